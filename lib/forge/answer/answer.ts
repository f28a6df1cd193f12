import type { RunMode, RunStatus } from '../../api/index.ts';
import { commandText } from '../command.ts';
import type { Reference } from './comparison.ts';

/** How the Run of a command stands. */
export type RunView =
  | { state: 'Waiting'; reason?: string }
  | { state: 'Running' }
  | { state: 'Over'; status: RunStatus; reference: Reference | undefined }
  /** It, or what was known of it, is gone: nobody will hear how it ended. */
  | { state: 'Lost'; why: string };

/** What an answer is made of. Every text of it is a stranger's but those of this program. */
export interface AnswerFacts {
  asked: RunMode;
  /** Name of the Run. */
  run: string;
  commit: string;
  author: string;
  view: RunView;
  /** Address of the page of the run; absent: there is none. */
  pageUrl?: string | undefined;
  /** The head by now, where it moved on since. */
  newerHead?: string | undefined;
  /** Earlier commands of the pull request, the newest first, each with how it ended. */
  earlier: readonly { asked: RunMode; commit: string; summary: string }[];
}

/** Characters of an answer at most; forges take somewhat more. */
export const MOST_CHARACTERS = 60_000;

/** A commit as people write it. Pure. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 10);
}

/** `quick run of 0a1b2c3d4e`, with what it was asked as. Pure. */
export function titleOf({ asked, commit }: Pick<AnswerFacts, 'asked' | 'commit'>): string {
  return `${asked === 'Quick' ? 'Quick' : 'Cold'} run of \`${shortCommit(commit)}\``;
}

/** What to write for another run. Pure. */
export function againText(asked: RunMode): string {
  return `\`${commandText(asked)}\``;
}
