import { hash } from 'node:crypto';

/** sha256 of bytes, or of a text in UTF-8, hexadecimal. Pure. */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/**
 * The value as JSON, the same for all that differ in the order of keys only: sorted, and a field that is null counts as
 * absent, as one that is undefined. The order of lists counts. Pure.
 */
function canonicalJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const fields = Object.entries(inner).filter(([, field]) => field !== null);
    return Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
  });
  return text ?? 'null';
}

/** {@link sha256} of {@link canonicalJson}: comments and style of a file do not count either. Pure. */
export function canonicalDigest(value: unknown): string {
  return sha256(canonicalJson(value));
}
