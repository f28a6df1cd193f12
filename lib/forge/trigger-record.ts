import { join } from 'node:path';
import type { RunMode } from '../api/index.ts';
import { sha256 } from '../digest.ts';
import { orNothing } from '../errors.ts';
import type { RecordFiles } from '../fs/record-files.ts';
import type { ForgeComment } from './forge.ts';

/** How far a command has come. Only a write of the record moves it. */
export type CommandState =
  | 'New' // seen; nobody has decided yet
  | 'Accepted' // pinned to a commit; its Run is made, or about to be
  | 'Over'; // its Run has ended, and what is to be said of it lies in the outbox

/** A comment that asks for a run. */
export interface Command {
  /** `c<id>` of a comment, `r<id>` of a review: unique in the forge. */
  id: string;
  comment: number;
  kind: ForgeComment['kind'];
  pull: number;
  author: string;
  mode: RunMode;
  url: string;
  /** When it was written, RFC 3339, by the forge's clock. */
  time: string;
  state: CommandState;
  /** What it is pinned to; once it is accepted. */
  pin?: Pin;
  /** The Run was made, and is this one. */
  runUid?: string;
  /** Why its Run could not be made. */
  fault?: string;
  /** Why it is cancelled, once that was asked of its Run. */
  cancelled?: string;
  /** How it ended, in a few words, once it is over. */
  summary?: string;
}

/** What a command was pinned to when it was read. */
export interface Pin {
  /** Name of the Run. */
  run: string;
  recipe: string;
  commit: string;
  base: { branch: string; commit: string };
  url: string;
  author: string;
}

/** What is kept of a pull request that has, or had, commands. */
export interface PullMemory {
  /** Digest of the answer that was put into the outbox last. */
  answer?: string;
  /** Context and commit → digest of the status that was put into the outbox last. */
  statuses?: Record<string, string>;
  /** The head that the answer speaks of. */
  saidHead?: string;
  /** The head when it was looked at last. */
  head?: string;
}

/** `forge/<repository>/trigger.json`: which comments are known for ever, and what became of them. */
export interface TriggerRecord {
  format: 1;
  forge: string;
  repository: string;
  /** Name of the Canonical that names it, or did, and its recipe. */
  canonical?: string;
  recipe?: string;
  /** False: no Canonical names the repository any more; comments of meanwhile are only marked. */
  enrolled: boolean;
  /** Comments that changed before are known; RFC 3339 in whole seconds, by the forge's clock. */
  since?: string;
  /** The newest time of the forge's clock that was seen. */
  clock?: string;
  /** Number of a pull request → its `updatedTime` when its reviews were read. */
  reviewed: Record<string, string>;
  /** When the reviews of all of them were read, by the forge's clock. */
  allReviewed?: string;
  /** Ids of commands that are over, refused, or older than the enrolment: none of them ever starts anything. */
  seen: string[];
  /** The others, in the order in which they were written, and the last that is over of each open pull request. */
  commands: Command[];
  pulls: Record<string, PullMemory>;
  /** Login of our token, where it was learnt from what it wrote. */
  self?: string;
}

/** Before the first look. Pure. */
export function newTriggerRecord(forge: string, repository: string): TriggerRecord {
  const lists = { reviewed: {}, seen: [], commands: [], pulls: {} };
  return { format: 1, forge, repository, enrolled: false, ...lists };
}

/** `forge/<owner>~<name>-<hash>`, below the state directory: of one repository of one forge. Pure. */
export function triggerDirectory(stateDirectory: string, forge: string, repository: string): string {
  const readable = repository
    .toLowerCase()
    .replace('/', '~')
    .replaceAll(/[^a-z0-9~._-]/g, '_')
    .slice(0, 80);
  const hash = sha256(`${forge} ${repository.toLowerCase()}`).slice(0, 8);
  return join(stateDirectory, 'forge', `${readable}-${hash}`);
}

/** The records of all repositories that were ever watched; what cannot be read is left out. */
export async function readTriggerRecords(records: RecordFiles, stateDirectory: string): Promise<TriggerRecord[]> {
  const root = join(stateDirectory, 'forge');
  const paths = records.names(root).map((name) => join(root, name, 'trigger.json'));
  const read = await Promise.all(paths.map((path) => orNothing(records.read<TriggerRecord>(path), 'Damaged')));
  return read.filter((one) => one !== undefined);
}

/** Follows from forge, repository, number and comment: no crash and no redelivery makes a second one. Pure. */
export function runNameOf(
  { forge, repository }: Pick<TriggerRecord, 'forge' | 'repository'>,
  { pull, id }: Pick<Command, 'pull' | 'id'>,
  recipe: string,
): string {
  const hash = sha256(`${forge} ${repository.toLowerCase()} ${pull} ${id}`).slice(0, 6);
  return `${recipe.slice(0, 25).replace(/-+$/, '')}-pr${pull}-${id}-${hash}`;
}

/** Id of the command that a comment may be. Pure. */
export function commandId({ kind, id }: Pick<ForgeComment, 'kind' | 'id'>): string {
  return `${kind === 'Review' ? 'r' : 'c'}${id}`;
}
