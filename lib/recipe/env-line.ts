/** How a value was written. */
export type Quote = 'None' | 'Single' | 'Double';

/** A piece of an env file; `text` is exact, line ends included, so that a file is the sum of its pieces. */
export type EnvPiece =
  | { kind: 'Other'; text: string }
  | {
      kind: 'Entry';
      text: string;
      key: string;
      /** Between the quotes, as written: escapes and variables are still in it. */
      written: string;
      quote: Quote;
      /** What stands before the value: `KEY=`, with blanks and `export`. */
      head: string;
      /** What follows the value up to and with the line end: blanks, a comment. */
      tail: string;
    };

const HEAD = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/y;
const LINE = /[^\n]*(?:\n|$)/y;
const REST_AFTER_QUOTE = /[ \t]*(?:#[^\n]*)?\r?(?=\n|$)\n?/y;

/** Splits a docker-style env file (as godotenv reads it) into its pieces; never fails. */
export function readEnvPieces(text: string): EnvPiece[] {
  const pieces: EnvPiece[] = [];
  let at = 0;
  while (at < text.length) {
    const piece = entryAt(text, at) ?? { kind: 'Other' as const, text: matchAt(LINE, text, at) ?? text.slice(at) };
    pieces.push(piece);
    at += piece.text.length;
  }
  return pieces;
}

function entryAt(text: string, at: number): EnvPiece | undefined {
  HEAD.lastIndex = at;
  const match = HEAD.exec(text);
  const [head, key] = match ?? [];
  if (head === undefined || key === undefined) return undefined;
  const start = at + head.length;
  return quotedEntry(text, at, { head, key, start }) ?? plainEntry(text, { head, key, start });
}

interface EntryStart {
  head: string;
  key: string;
  start: number;
}

/**
 * A value in quotes. What follows its end must be blank or a comment; it may run over several lines, but then the first
 * quote met there has to be its end, in a line that does not look like an entry: a quote that nobody closed must not
 * swallow the entries after it, nor those that are appended later.
 */
function quotedEntry(text: string, at: number, { head, key, start }: EntryStart): EnvPiece | undefined {
  const mark = text[start];
  if (mark !== '"' && mark !== "'") return undefined;
  const quote = mark === '"' ? 'Double' : 'Single';
  let end = nextMark(text, start + 1, mark);
  while (end !== undefined) {
    const written = text.slice(start + 1, end);
    const tail = opensAnother(written) ? undefined : matchAt(REST_AFTER_QUOTE, text, end + 1);
    if (tail !== undefined)
      return { kind: 'Entry', text: text.slice(at, end + 1 + tail.length), key, written, quote, head, tail };
    if (written.includes('\n')) return undefined;
    end = nextMark(text, end + 1, mark);
  }
  return undefined;
}

/** Offset of the next quotation mark; a backslash hides one in double quotes. */
function nextMark(text: string, from: number, mark: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === mark) return at;
    if (text[at] === '\\' && mark === '"') at += 1;
  }
  return undefined;
}

/** True where the last line of this text begins an entry of its own. */
function opensAnother(text: string): boolean {
  const line = text.lastIndexOf('\n');
  return line >= 0 && matchAt(HEAD, text, line + 1) !== undefined;
}

function plainEntry(text: string, { head, key, start }: EntryStart): EnvPiece {
  const rest = matchAt(LINE, text, start) ?? '';
  const comment = (head.endsWith('=') ? rest : ` ${rest}`).search(/[ \t]#/);
  const shift = head.endsWith('=') ? 0 : 1;
  const value = comment < 0 ? rest : rest.slice(0, Math.max(0, comment - shift));
  const written = value.replace(/[ \t\r\n]+$/, '');
  return { kind: 'Entry', text: head + rest, key, written, quote: 'None', head, tail: rest.slice(written.length) };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
