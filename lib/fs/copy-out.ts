import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, hasCode } from '../errors.ts';
import type { CommandResult } from '../exec/command.ts';
import type { TreePlace } from './beneath.ts';
import { checkCopy, notKept } from './copy-check.ts';
import { assertFree } from './copy-tree.ts';
import { type Coreutils, programFailure, runProgram } from './coreutils.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { removeTree } from './remove-tree.ts';

export interface CopyOutOptions {
  /** Must not exist; its parent must, and be ours alone. */
  to: string;
  tools: Coreutils;
  /** Live: an app writes meanwhile. What vanishes is left out, what changes is copied in one of its states. */
  moment: 'AtRest' | 'Live';
}

/** How often a live tree is begun anew whose directories were swapped under the copy. */
const LIVE_TRIES = 3;

/**
 * Copies a file or tree that others can reach. Follows no link, whatever is swapped meanwhile: GNU tar opens each
 * directory from the one above it. Kept and left out is the same as by `copyTree`, but blocks are not shared. Sockets
 * of a tree at rest are returned (printable relative paths).
 * @throws CcError `Conflict` (`to` exists, or the tree at rest changed meanwhile), `DataMissing` (nothing there),
 * `Refused` (owner or mode not kept, a path longer than the system takes), `NoSpace`, `Aborted`, `CommandFailed`.
 */
export async function copyOut(source: TreePlace, options: CopyOutOptions): Promise<string[]> {
  await assertFree(options.to);
  for (let left = options.moment === 'Live' ? LIVE_TRIES : 1; ; left -= 1) {
    try {
      return await copyOnce(source, options);
    } catch (error) {
      await removeTree(options.to);
      await removeTree(stagingOf(options.to));
      if (left <= 1 || !hasCode(error, 'Conflict')) throw error;
    }
  }
}

const stagingOf = (to: string): string => `${to}.tmp`;

async function copyOnce(source: TreePlace, options: CopyOutOptions): Promise<string[]> {
  const { to, tools, moment } = options;
  const stats = await source.directory.lstat(source.name);
  const tree = stats?.isDirectory() ? await source.directory.openDirectory(source.name) : undefined;
  if (stats === undefined || (stats.isDirectory() && tree === undefined)) {
    throw new CcError('DataMissing', `${source.directory.whereOf(source.name)} does not exist, it cannot be copied`);
  }
  try {
    if (tree === undefined) await copyEntry(source, options);
    else await copyInto(tree, options);
  } finally {
    await tree?.close();
  }
  return moment === 'Live' ? [] : await checkCopy(source, to, tools.signal);
}

async function copyInto(tree: DirectoryHandle, { to, tools, moment }: CopyOutOptions): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  await pipe({ from: tree, member: '.', to, moment }, tools);
}

async function copyEntry({ directory, name }: TreePlace, { to, tools, moment }: CopyOutOptions): Promise<void> {
  const staging = stagingOf(to);
  await removeTree(staging);
  await mkdir(staging, { mode: 0o700 });
  await pipe({ from: directory, member: `./${name}`, to: staging, moment }, tools);
  await rename(join(staging, name), to);
  await removeTree(staging);
}

const KEPT = '--format=pax --sparse --xattrs --xattrs-include="*" --acls --numeric-owner';
const SET =
  '--same-owner --same-permissions --delay-directory-restore --xattrs --xattrs-include="*" --acls --numeric-owner';

/** The reader's exit code goes to standard output, the writer's is the script's. */
const SCRIPT = `
{ { tar --create ${KEPT} --file=- -- "$1"; echo "$?" >&3; } | tar --extract ${SET} --file=- --directory="$2" >&2; } 3>&1
`;

interface Pipe extends Pick<CopyOutOptions, 'to' | 'moment'> {
  from: DirectoryHandle;
  member: string;
}

/** The child begins in the open directory itself; nothing of the source is named by a path. */
async function pipe({ from, member, to, moment }: Pipe, tools: Coreutils): Promise<void> {
  const result = await runProgram(tools, ['sh', '-c', SCRIPT, 'copy', member, to], from.path);
  if (result.exitCode !== 0) throw writingFailure(result, from.where);
  const reading = Number(result.stdout.trim());
  if (reading === 0 || (reading === CHANGED && moment === 'Live')) return;
  throw readingFailure({ exitCode: reading, stderr: result.stderr }, from.where);
}

/** What GNU tar ends with where a file changed or vanished while it was read. */
const CHANGED = 1;
/** What it says where something else has taken the place of a directory since it was listed. */
const SWAPPED = /Too many levels of symbolic links|Not a directory|No such file or directory/;

type Ended = Pick<CommandResult, 'exitCode' | 'stderr'>;

function readingFailure(ended: Ended, where: string): CcError {
  if (ended.exitCode !== CHANGED && !SWAPPED.test(ended.stderr)) return programFailure('tar', ended);
  return new CcError('Conflict', `${where} changed while it was copied`, {
    cause: programFailure('tar', ended),
    remedy: 'Something still writes to it: see that the app is undeployed.',
  });
}

function writingFailure(ended: Ended, where: string): CcError {
  if (ended.exitCode === 127) return new CcError('NotFound', 'cannot run tar', { cause: programFailure('tar', ended) });
  if (/Cannot change (?:ownership|mode)/.test(ended.stderr)) return notKept(where);
  if (!/File name too long/.test(ended.stderr)) return programFailure('tar', ended);
  return new CcError('Refused', `${where} holds paths that are too long to be copied (4,096 bytes)`, {
    remedy: 'See what makes them; such a volume can be removed, but not backed up.',
  });
}
