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

/** Beyond this part of the width nothing is aligned below what begins there. */
const FARTHEST = 0.6;

/**
 * Sections as `renderSections` gives them, for a terminal so wide: what is longer is wrapped, and goes on below where its
 * last column begins. Lines with colours stay as they are. Pure.
 */
export function foldText(text: string, width: number): string {
  const lines = text.split('\n');
  return lines.flatMap((line) => (line.includes('\u001b') ? [line] : foldLine(line, width))).join('\n');
}

function foldLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const gap = /^.*? {2,}(?=\S)(?!.* {2})/.exec(line)?.[0] ?? '';
  const blanks = /^ */.exec(line)?.[0].length ?? 0;
  const start = textWidth(gap);
  const indent = start > blanks && start <= width * FARTHEST ? start : blanks + 2;
  return hung(line, { width, indent, head: start > blanks && start <= width * FARTHEST ? gap : '' });
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
