import { stripVTControlCharacters } from 'node:util';

/** Lines of a log that go into a status. */
export const LOG_TAIL_LINES = 20;

/** Characters of one line that go into a status. */
export const LOG_TAIL_LINE_CHARACTERS = 500;

/**
 * The last lines of a log that say something: empty ones, terminal control sequences and other control characters are
 * dropped, of a line rewritten with carriage returns its last form is kept, long lines are cut. Pure; does not mask.
 */
export function logTail(text: string): string[] {
  const kept: string[] = [];
  const all = stripVTControlCharacters(text).split('\n');
  for (let index = all.length - 1; index >= 0 && kept.length < LOG_TAIL_LINES; index -= 1) {
    const line = cleanLine(all[index] ?? '');
    if (line !== '') kept.push(line);
  }
  return kept.reverse();
}

function cleanLine(line: string): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  const clean = last
    .replaceAll('\t', ' ')
    .replace(/\p{Cc}/gu, '')
    .trimEnd();
  return clean.length > LOG_TAIL_LINE_CHARACTERS ? `${clean.slice(0, LOG_TAIL_LINE_CHARACTERS)}…` : clean;
}
