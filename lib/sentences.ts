/** The text as a sentence: it ends with a stop, and with one only. Empty stays empty. Pure. */
export function sentence(text: string): string {
  const bare = text.trimEnd().replace(/\.{2}$/, '.');
  return bare === '' || /[.!?…]["']?$|\.\)$/.test(bare) ? bare : `${bare}.`;
}

/** What is wrong, then what to do about it; a remedy that the message says already is said once. Pure. */
export function withRemedy(message: string, remedy: string | undefined): string {
  if (remedy === undefined || remedy === '' || saysAlready(message, remedy)) return sentence(message);
  return `${sentence(message)} ${remedy}`.trimStart();
}

/** `1 volume`, `2 volumes`: a number with its word. Pure. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Pure. */
export function saysAlready(message: string, remedy: string): boolean {
  return words(message).includes(words(remedy));
}

function words(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[.\s]+/g, ' ')
    .trim();
}
