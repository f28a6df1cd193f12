import { basename, dirname, join } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { exists } from '../fs/exists.ts';
import { joinInside } from '../fs/join-inside.ts';
import { smallFiles } from '../fs/small-files.ts';
import type { RestoreOperation } from './restore-journal.ts';

/**
 * Everything that lies beside live data begins with this: a platform that lists volumes leaves such names out. `~`
 * separates the fields, because no volume name or operation id holds one.
 */
export const SIBLING_PREFIX = '.cc-ci~';

/** Where live data goes during a restore. Pure. */
export function asidePath(live: string, operation: RestoreOperation): string {
  return beside(live, `aside~${basename(live)}~${operation.id}~${operation.attempt}`);
}

/** Where the copy that will become live is made. Pure. */
export function incomingPath(live: string, operation: RestoreOperation): string {
  return beside(live, `incoming~${basename(live)}~${operation.id}~${operation.attempt}`);
}

function beside(live: string, rest: string): string {
  return join(dirname(live), `${SIBLING_PREFIX}${rest}`);
}

/** The first aside of this try that does not exist yet: `…`, `….2`, `….3` and so on; asides are never overwritten. */
export async function freeAsidePath(live: string, operation: RestoreOperation): Promise<string> {
  const first = asidePath(live, operation);
  let candidate = first;
  for (let number = 2; await exists(candidate); number += 1) candidate = `${first}.${number}`;
  return candidate;
}

/** Where the parts of a live app are: volumes, env, secrets. Pure. */
export function livePaths({
  home,
  volumes,
}: {
  home: { envFile: string; secretsDirectory: string };
  volumes: readonly { path: string }[];
}): string[] {
  return [...volumes.map(({ path }) => path), home.envFile, home.secretsDirectory];
}

/** What may lie beside live data: what a restore replaced, its copies, copies made ahead, and what is being removed. */
export type SiblingSort = 'aside' | 'incoming' | 'prepared' | 'trash';

/** The siblings of `live` of these sorts, whatever their operation; sorted. A missing directory has none. */
export async function siblingsOf(live: string, ...sorts: readonly SiblingSort[]): Promise<string[]> {
  return siblingsOfAll([live], ...sorts);
}

/** The same of several live places, directory by directory; each directory is listed once. */
export async function siblingsOfAll(lives: readonly string[], ...sorts: readonly SiblingSort[]): Promise<string[]> {
  const found: string[] = [];
  for (const directory of new Set(lives.map((live) => dirname(live)))) {
    const within = lives.filter((live) => dirname(live) === directory);
    const prefixes = within.flatMap((live) => sorts.map((sort) => `${SIBLING_PREFIX}${sort}~${basename(live)}~`));
    const names = (await orNothing(smallFiles.readdir(directory), 'ENOENT')) ?? [];
    const ours = names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
    found.push(...ours.sort().map((name) => join(directory, name)));
  }
  return found;
}

/** The directory in which a copy of the set is prepared, to become `live`. Pure. */
export function preparedPath(live: string, set: string): string {
  return beside(live, `prepared~${basename(live)}~${set}`);
}

/** Where a sibling goes to be removed, on its own file system: the first such name that is free. */
export async function freeTrashPath(live: string, sibling: string): Promise<string> {
  const [, , , ...rest] = basename(sibling).split('~');
  const first = beside(live, `trash~${basename(live)}~${rest.join('~')}`);
  let candidate = first;
  for (let number = 2; await exists(candidate); number += 1) candidate = `${first}.${number}`;
  return candidate;
}

/** Where the parts of a set lie inside its directory. */
export const setPaths = {
  manifest: (set: string): string => join(set, 'manifest.json'),
  volumes: (set: string): string => join(set, 'volumes'),
  volume: (set: string, name: string): string => joinInside(set, 'volumes', name),
  env: (set: string): string => join(set, 'env'),
  secrets: (set: string): string => join(set, 'secrets'),
} as const;

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/**
 * Returns `name` where it can be one file name of ours: letters, digits, `.`, `_`, `-`, not starting with a sign, at
 * most 200 long. So no id can leave its directory.
 * @throws CcError `InvalidInput` otherwise; `what` says what it names.
 */
export function safeName(what: string, name: string): string {
  if (SAFE.test(name)) return name;
  throw new CcError('InvalidInput', `${what} ${JSON.stringify(name)} must match ${SAFE.source}`);
}
