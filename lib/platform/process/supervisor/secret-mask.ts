const MASK = Buffer.from('***');

/** Values shorter than this, in bytes, are not masked: they would blot out ordinary text. */
export const SHORTEST_MASKED = 4;

/**
 * Replaces secret values in bytes, valid UTF-8 or not. A value of several lines is masked line by line as well, and in
 * its URL-encoded form.
 */
export class SecretMask {
  readonly #needles: readonly Buffer[];

  constructor(values: readonly string[]) {
    const forms = values.flatMap((value) => {
      const whole = value.trim();
      return [whole, ...whole.split('\n').map((line) => line.trim()), encodeURIComponent(whole)];
    });
    this.#needles = [...new Set(forms)]
      .map((form) => Buffer.from(form))
      .filter((form) => form.length >= SHORTEST_MASKED)
      .toSorted((a, b) => b.length - a.length);
  }

  /** Bytes that must be kept back at a cut, so that no value is cut in two. */
  get overlap(): number {
    return Math.max(0, (this.#needles[0]?.length ?? 0) - 1);
  }

  apply(bytes: Buffer): Buffer {
    return this.#needles.reduce((text, needle) => replaceAll(text, needle), bytes);
  }
}

function replaceAll(bytes: Buffer, needle: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, from)) {
    parts.push(bytes.subarray(from, at), MASK);
    from = at + needle.length;
  }
  return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(from)]);
}
