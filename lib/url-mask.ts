/** What stands in the place of user and password of a URL. */
const HIDDEN = '***';

/** `scheme://`, as it is, with the slashes escaped as some JSON writers do, or percent-encoded; then what has no space. */
const URLS = /([a-z][a-z0-9+.-]*(?::(?:\\?\/){2}|%3A%2F%2F))(\S+)/gi;

/**
 * The text with user and password of every URL replaced, up to the last `@` of the word: a password may hold one, and
 * slashes too where somebody did not encode it. Rather too much than too little. Pure, idempotent.
 */
export function maskUrls(text: string): string {
  if (!mayBearPassword(text)) return text;
  return text.replaceAll(URLS, (_, scheme: string, rest: string) => scheme + hideUserInfo(rest));
}

/** False where {@link maskUrls} changes nothing in a text, nor in a value whose JSON it is. Pure. */
export function mayBearPassword(text: string): boolean {
  return text.includes('@') || text.includes('%40');
}

/** Whether {@link maskUrls} would change a text anywhere in what JSON can hold. Pure. */
export function bearsPassword(value: unknown): boolean {
  if (typeof value === 'string') return maskUrls(value) !== value;
  return typeof value === 'object' && value !== null && Object.values(value).some(bearsPassword);
}

function hideUserInfo(rest: string): string {
  const end = Math.max(rest.lastIndexOf('@'), rest.lastIndexOf('%40') + (rest.includes('%40') ? 2 : 0));
  return end < 0 || !mayHoldUserInfo(rest) ? rest : `${HIDDEN}@${rest.slice(end + 1)}`;
}

/** An `@` behind a plain host and port belongs to the path. */
function mayHoldUserInfo(rest: string): boolean {
  return !/^(?:\[[^\]]*\]|[^\s:/?#@%]*)(?::\d{0,5})?(?:[/?#]|\\\/|%2F)/i.test(rest);
}
