import type { RunMode } from '../api/index.ts';

/** What people may write, as the whole of a comment, and the mode of the run that it asks for. */
const COMMANDS: ReadonlyMap<string, RunMode> = new Map([
  ['!testme', 'Cold'],
  ['!testme --quick', 'Quick'],
]);

/** The mode that a comment asks for; undefined: it is no command. Blanks and line ends around it do not count. Pure. */
export function commandOf(body: string): RunMode | undefined {
  return COMMANDS.get(body.trim());
}

/** The text that asks for a mode. Pure. */
export function commandText(mode: RunMode): string {
  return mode === 'Quick' ? '!testme --quick' : '!testme';
}

/** Context of the commit status that follows a command: a quick result never sets the one that gates a merge. Pure. */
export function statusContext(asked: RunMode): string {
  return asked === 'Quick' ? 'cc-ci/quick' : 'cc-ci/testme';
}
