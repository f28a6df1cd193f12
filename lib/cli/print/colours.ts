import { styleText } from 'node:util';
import type { CliEnvironment, TextOutput } from '../environment.ts';

const NAMES = ['green', 'red', 'yellow'] as const;
type Paint = (text: string) => string;

export type Colours = Readonly<Record<(typeof NAMES)[number], Paint>>;

/** Text as it is. */
export const NO_COLOURS = coloursBy(() => (text) => text);

/** Colours for one output: none off a terminal, with `NO_COLOR` set to anything, or on a dumb terminal. */
export function coloursFor(environment: CliEnvironment, output: TextOutput): Colours {
  const { NO_COLOR, TERM } = environment.variables;
  return output.isTty && !NO_COLOR && TERM !== 'dumb' ? terminalColours(output.escape) : NO_COLOURS;
}

/** Those of a terminal; `mark` stands for ESC where text has to pass {@link TextOutput.escape}. */
export function terminalColours(mark?: string): Colours {
  // Whether this output has colours is decided above, not by what standard output is.
  const paint = (name: (typeof NAMES)[number], text: string): string =>
    styleText(name, text, { validateStream: false });
  return coloursBy((name) => (text) => {
    const painted = paint(name, text);
    return mark === undefined ? painted : painted.replaceAll('\u001b', mark);
  });
}

function coloursBy(paintOf: (name: (typeof NAMES)[number]) => Paint): Colours {
  return Object.fromEntries(NAMES.map((name) => [name, paintOf(name)])) as Colours;
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
