import picocolors from 'picocolors';
import type { CliEnvironment, TextOutput } from '../environment.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours for one output: none off a terminal, with `NO_COLOR` set to anything, or on a dumb terminal. */
export function coloursFor(environment: CliEnvironment, output: TextOutput): Colours {
  const { NO_COLOR, TERM } = environment.variables;
  const plain = picocolors.createColors(output.isTty && !NO_COLOR && TERM !== 'dumb');
  return output.escape === undefined ? plain : withEscape(plain, output.escape);
}

function withEscape(colours: Colours, mark: string): Colours {
  const formatters = Object.entries(colours).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const paint = (text: string | number): string => value(text).replaceAll('\u001b', mark);
    return [name, paint];
  });
  return Object.fromEntries(formatters) as Colours;
}

const GOOD = new Set(['True', 'Passed', 'Promoted', 'Ready', 'Done', 'Clean', 'Committed', 'Delivered']);
const BAD = new Set([
  'False',
  'Failed',
  'TimedOut',
  'InfraError',
  'TeardownFailed',
  'InvalidSpec',
  'DuplicateName',
  'Stalled',
  'RollbackFailed',
  'Refused',
  'Critical',
  'Failing',
]);
const UNDER_WAY = new Set([
  'Running',
  'Pending',
  'Retrying',
  'Unknown',
  'Deleting',
  'Renamed',
  'Interrupted',
  'Unverified',
  'Held',
  'Warning',
]);

/** The word in the colour of what it means; words are told apart by their part before a slash. */
export function paintWord(colours: Colours, word: string, text: string = word): string {
  const head = word.split('/')[0] ?? word;
  if (GOOD.has(head)) return colours.green(text);
  if (BAD.has(head)) return colours.red(text);
  return UNDER_WAY.has(head) ? colours.yellow(text) : text;
}
