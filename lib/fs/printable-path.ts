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
