import { oneLine, textWidth } from './table.ts';

/** The text in lines of at most `room` columns, those after the first indented: at blanks; a word that is too long for a line is cut into pieces of it. Pure. */
export function wrap(text: string, room: number | undefined, indent: string): string[] {
  const clean = withIndent(text);
  if (room === undefined || textWidth(clean) <= room) return [clean];
  const lines: string[] = [];
  let line = /^ */.exec(clean)?.[0] ?? '';
  for (const word of pieces(clean.trimStart(), Math.max(1, room - Math.max(indent.length, line.length)))) {
    const longer = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (textWidth(longer) > room && line.trim() !== '') {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/** On one line, with the blanks that it begins with. */
function withIndent(text: string): string {
  const blanks = /^ */.exec(text)?.[0] ?? '';
  return `${blanks}${oneLine(text.slice(blanks.length))}`;
}

function pieces(text: string, longest: number): string[] {
  return text.split(' ').flatMap((word) => (textWidth(word) <= longest ? [word] : cutUp(word, longest)));
}

function cutUp(word: string, longest: number): string[] {
  const parts = [''];
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const last = parts.at(-1) ?? '';
    if (last !== '' && textWidth(last + segment) > longest) parts.push(segment);
    else parts[parts.length - 1] = last + segment;
  }
  return parts;
}

/** What talk of the program begins with. */
const SPEAKER = 'ccctl: ';

/** Beyond this part of the width nothing is aligned below what begins there. */
const FARTHEST = 0.6;

/** A sequence of colour, as a terminal takes it or with a mark in the place of ESC, see `TextOutput.escape`. */
const SEQUENCE = String.raw`(?:\u001b|\ue000[^\ue001]{1,64}\ue001)\[[\d;]*m`;
/** A line that is in one colour from its first word to its end. */
const PAINTED = new RegExp(`^( *)(${SEQUENCE})([^\\u001b\\ue000]*)(${SEQUENCE})$`);
const COLOURS = new RegExp(SEQUENCE);

/**
 * Sections as `renderSections` gives them, for a terminal so wide: what is longer is wrapped, and goes on below where its
 * last column begins, in its colour. Lines with several colours stay as they are. Pure.
 */
export function foldText(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => foldPainted(line, width))
    .join('\n');
}

function foldPainted(line: string, width: number): string[] {
  const [, blanks = '', begin = '', words, end = ''] = PAINTED.exec(line) ?? [];
  if (words === undefined) return COLOURS.test(line) ? [line] : foldLine(line, width);
  const paint = (part: string): string => part.replace(/^( *)(.*)$/, (_, before, rest) => before + begin + rest + end);
  return foldLine(`${blanks}${words}`, width).map(paint);
}

function foldLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const gap = /^.*? {2,}(?=\S)(?!.* {2})/.exec(line)?.[0] ?? '';
  const blanks = /^ */.exec(line)?.[0].length ?? 0;
  const start = textWidth(gap);
  const indent = start > blanks && start <= width * FARTHEST ? start : below(line, blanks);
  return hung(line, { width, indent, head: start > blanks && start <= width * FARTHEST ? gap : '' });
}

/** What the program itself says goes on below its words; other lines a little to the right. */
function below(line: string, blanks: number): number {
  return line.startsWith(SPEAKER) ? SPEAKER.length : blanks + 2;
}

/** The columns before the last one are not wrapped: their blanks stay. */
function hung(line: string, { width, indent, head }: { width: number; indent: number; head: string }): string[] {
  const [first = '', ...others] = wrap(
    line.slice(head.length),
    Math.max(8, width - textWidth(head)),
    head ? '' : ' '.repeat(indent),
  );
  return [`${head}${first}`, ...others.map((other) => (head ? `${' '.repeat(indent)}${other}` : other))];
}
