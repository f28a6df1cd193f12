import { withoutSteering } from '../../terminal-text.ts';

/** Characters of one cell of a table. */
const LONGEST_CELL = 300;

/**
 * Text of others as a code span on one line, so that nothing in it is a link, a mention, a picture or a tag; empty text
 * stays empty. For a cell of a table, too. Pure.
 */
export function span(text: string, longest = LONGEST_CELL): string {
  const line = shortened(withoutSteering(text.replaceAll(/\s+/g, ' ')).trim(), longest);
  if (line === '') return '';
  const fence = '`'.repeat(longestRun(line) + 1);
  const inner = line.startsWith('`') || line.endsWith('`') ? ` ${line} ` : line;
  // Parsers do not agree on what a backslash before a bar is.
  return `${fence}${inner.replaceAll('|', '│')}${fence}`;
}

/** Lines of others as a block of code, which nothing in them can end. Pure. */
export function block(lines: readonly string[]): string {
  const text = lines.map((line) => withoutSteering(line.replaceAll(/[\r\n]+/g, ' '))).join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

/** A table; cells are markdown already, and hold no line end. Pure. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // Never half of a pair.
  return `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
