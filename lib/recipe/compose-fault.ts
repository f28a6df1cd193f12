/** Something in a compose file that the docker CLI refuses. */
export interface ComposeFault {
  /** Keys and numbers of list items. */
  path: readonly string[];
  /** What is wrong, said of the path. */
  rule: string;
  remedy: string;
}

/** A key as it can be printed; one that holds anything odd is quoted and cut. Pure. */
export function shownKey(key: string): string {
  if (/^[\w.-]{1,128}$/.test(key)) return key;
  const text = JSON.stringify(key.slice(0, 60));
  return text.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
