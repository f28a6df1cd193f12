import { stripVTControlCharacters } from 'node:util';
import type { StageReason } from '../api/generated/types.ts';

/** Ends of an app by itself: what it said last tells why. */
const CRASHES: readonly (StageReason | undefined)[] = ['CrashLoop', 'ExitedForGood', 'RolledBack', 'NotUpAnyMore'];

/** Characters of a log line in a message. */
const SHOWN_CHARACTERS = 240;

/**
 * Lines that say nothing of the cause, whatever language the app is in: continued lines (frames, code, properties),
 * lone punctuation, what a runtime, a package manager or a shell adds after the error, and words of leaving.
 */
const NOISE: readonly RegExp[] = [
  /^\s/,
  /^[^\p{L}\p{N}]*$/u,
  /^(?:Traceback \(most recent call last\)|Stack trace|goroutine \d+)/i,
  /^(?:at|from) \S+.*[:(]\d+\)?$/,
  /^#\d+ /,
  /^[\w.*/()-]+\([^)]*\)$/,
  /^(?:usage\b|(?:(?:global |available )?(?:flags|options|commands|arguments):?)$|for more information, try|try '?.*--?help)/i,
  /^Node\.js v\d/,
  /^npm (?:ERR!|error) (?:code|errno|path|command|signal|A complete log|This is probably|Lifecycle script|workspace|location|\/)/i,
  /^(?:error|yarn|pnpm|make)\b.*(?:command failed|Error \d+|ELIFECYCLE)/i,
  /^(?:note: run with|exit status \d+|exited with code \d+|\d{4}-\d\d-\d\dT[\d:.]+Z?$)/i,
  /\b(?:shutting down|shut down|exiting|stopping|stopped|(?:good ?)?bye|SIGTERM|SIGINT|graceful(?:ly)?)\b/i,
];
const ERROR_WORD = /\b(?:error|fatal|panic(?:ked)?|exception|failed|cannot|can't|could not|denied|refused)\b/i;

/** The last line of a log that is not noise; where all are, the last one. Pure. */
export function lastWords(lines: readonly string[]): string | undefined {
  const line = lines.findLast((one) => !isNoise(one)) ?? lines.at(-1);
  const text = line?.trim();
  if (text === undefined || text === '') return undefined;
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** A word of leaving in a line that names an error is part of the error. */
function isNoise(line: string): boolean {
  const found = NOISE.findIndex((pattern) => pattern.test(line));
  if (found === -1) return false;
  return found < NOISE.length - 1 || !ERROR_WORD.test(line);
}

/** The end of an app that crashed says what it said last. Pure. */
export function withLastWords<End extends { reason?: StageReason; message?: string }>(
  end: End,
  logTail: readonly string[] = [],
): End {
  const words = CRASHES.includes(end.reason) ? lastWords(logTail) : undefined;
  if (words === undefined || end.message?.includes(words)) return end;
  return { ...end, message: `${end.message ?? end.reason}; its last words: ${words}` };
}

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
