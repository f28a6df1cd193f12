import { join } from 'node:path';
import { CcError } from '../errors.ts';

/** Of one file name, bytes: what Linux file systems hold. */
const MAX_NAME_BYTES = 255;

/**
 * `base` and the names below it, each one component: whatever a name that came from outside looks like, the path stays
 * below `base`. For every join of such names; what a name may be is checked before, where it enters.
 * @throws CcError `InvalidInput` for an empty name, `.`, `..`, a slash, a NUL, or more than 255 bytes.
 */
export function joinInside(base: string, ...names: string[]): string {
  for (const name of names) assertComponent(base, name);
  return join(base, ...names);
}

function assertComponent(base: string, name: string): void {
  const special = name === '' || name === '.' || name === '..';
  if (!special && !/[/\0]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new CcError('InvalidInput', `${JSON.stringify(name.slice(0, 80))} cannot be a file name in ${base}`, {
    remedy: 'Use letters, digits, dots, dashes and underscores.',
  });
}

/** A name for people and for JSON: bytes that are not UTF-8 and control characters become `\xNN`. Pure. */
export function printablePath(path: Buffer): string {
  const text = path.toString('utf8');
  if (Buffer.from(text).equals(path) && !/[\u0000-\u001f\u007f\\]/.test(text)) return text;
  const shown = (byte: number): string =>
    byte < 0x20 || byte > 0x7e || byte === 0x5c
      ? `\\x${byte.toString(16).padStart(2, '0')}`
      : String.fromCharCode(byte);
  return [...path].map(shown).join('');
}

const SHOWN = 300;

/** A place for a message: the middle of a very long one is left out. Pure. */
export function shortPlace(place: string): string {
  if (place.length <= SHOWN) return place;
  return `${place.slice(0, SHOWN / 2)}…${place.slice(-SHOWN / 2)}`;
}
