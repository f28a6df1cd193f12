import { FILE_START, type SpecProblem } from './spec-codec-problem.ts';

/** Largest file that is read; real specs have a few kilobytes. */
export const MAX_SPEC_BYTES = 1024 * 1024;

/**
 * Most line ends and punctuation marks. The parser takes some 10 µs for each in the worst case (a megabyte of commas: ten
 * seconds), so that this bounds the time in which one file can hold up everything else.
 */
const MOST_MARKS = 50_000;
/** Most brackets open at once, and most `- ` or `? ` in a row: deeper nesting overflows the stack of the parser. */
const MOST_OPEN = 200;
const MARKS = new Set([...'\n,:[]{}&*!?-#"\''].map((mark) => mark.charCodeAt(0)));

/** The text of the file, or why it is not read: too large, too intricate, not UTF-8. Looks at each byte once or twice. */
export function decode(file: string, bytes: Uint8Array): string | SpecProblem {
  const place = { file, ...FILE_START, path: '' };
  if (bytes.byteLength > MAX_SPEC_BYTES) {
    const message = `found ${bytes.byteLength} bytes, expected at most ${MAX_SPEC_BYTES}`;
    return { ...place, message, remedy: 'Move what is no specification out of the directory.', code: 'TooLarge' };
  }
  if (openBracketsOf(bytes) > MOST_OPEN) {
    const message = `found more than ${MOST_OPEN} brackets open at once`;
    return { ...place, message, remedy: 'Nest less deeply.', code: 'TooComplex' };
  }
  if (marksOf(bytes) > MOST_MARKS) {
    const message = `found more than ${MOST_MARKS} lines and punctuation marks`;
    return { ...place, message, remedy: 'Split the file, or remove what is no specification.', code: 'TooComplex' };
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const readable = new TextDecoder().decode(bytes).split('\uFFFD', 1)[0] ?? '';
    const lines = readable.split('\n');
    const message = 'found bytes that are not UTF-8 text';
    const remedy = 'Save the file in the encoding UTF-8.';
    return { ...place, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, message, remedy, code: 'NotUtf8' };
  }
}

const OPENING = new Set([...'[{'].map((mark) => mark.charCodeAt(0)));
const CLOSING = new Set([...']}'].map((mark) => mark.charCodeAt(0)));
const ITEM = new Set([...'-?'].map((mark) => mark.charCodeAt(0)));
const BLANK = ' '.charCodeAt(0);

/** The most brackets that are open at one place, or list marks that follow each other with only blanks between. */
function openBracketsOf(bytes: Uint8Array): number {
  let open = 0;
  let items = 0;
  let most = 0;
  let before = 0;
  for (const byte of bytes) {
    if (OPENING.has(byte)) open += 1;
    else if (CLOSING.has(byte)) open -= 1;
    if (ITEM.has(byte) && before === BLANK) items += 1;
    else if (byte !== BLANK) items = 0;
    most = Math.max(most, open, items);
    before = byte;
  }
  return most;
}

function marksOf(bytes: Uint8Array): number {
  let marks = 0;
  for (const byte of bytes) if (MARKS.has(byte)) marks += 1;
  return marks;
}
