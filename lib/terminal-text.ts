/** Sequences that steer a terminal, whole: colours and cursor (CSI), titles, links and clipboard (OSC), and the short ones. */
const SEQUENCES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g;

/** What steers, hides or turns round on its own: C0 but tab and line feed, DEL, C1, bidirectional and invisible characters. */
const STEERING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** What no search needs to look through: most tables and documents. */
const PLAIN = /^[\n\t\x20-\x7e]*$/;

/**
 * The text as a terminal may get it: nothing in it moves the cursor, changes colours or titles, rings, overwrites or
 * reorders. Tabs and line feeds stay; a carriage return begins a new line. Pure, idempotent.
 */
export function plainText(text: string): string {
  // One search of a kind that is cheap to compile: those below are a tenth of the start of a command.
  if (PLAIN.test(text)) return text;
  return text
    .replaceAll(SEQUENCES, '')
    .replace(/\r+\n?/g, '\n')
    .replaceAll(STEERING, '');
}

/** The text without such characters, what they stood before kept: for a cell, where nothing is hidden. Pure. */
export function withoutSteering(text: string): string {
  return text.replaceAll(STEERING, '');
}

/** JSON, or YAML in double quotes, with every such character as an escape; line feeds between the values stay. Pure. */
export function escapeSteering(quoted: string): string {
  return quoted.replaceAll(STEERING, (char) =>
    [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Noncharacters that no XML document may hold. */
const NO_XML = /[\ufffe\uffff]/g;

/**
 * The text as a page may show it: sequences are gone, what steers on its own stands there as an escape, so that it is seen
 * and does nothing, and what is no character is U+FFFD. Tabs and line feeds stay. Pure.
 */
export function visibleText(text: string): string {
  if (/^[\t\n -~]*$/.test(text)) return text;
  return escapeSteering(text.replaceAll(SEQUENCES, '').replace(/\r+\n?/g, '\n'))
    .toWellFormed()
    .replace(NO_XML, '\ufffd');
}

/** Whether the text has what {@link plainText} takes out, but for carriage returns. Pure. */
export function steers(text: string): boolean {
  return text.search(STEERING) >= 0;
}
