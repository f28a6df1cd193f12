import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, hasCode } from '../errors.ts';
import type { CommandResult } from '../exec/command.ts';
import type { TreePlace } from './beneath.ts';
import { closing } from './closing.ts';
import { checkCopy, notKept } from './copy-check.ts';
import { assertFree } from './copy-tree.ts';
import { type Coreutils, programFailure, runProgram } from './coreutils.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { removeTree } from './remove-tree.ts';
import { PAX_READING, PAX_WRITING } from './tar-arguments.ts';

export interface CopyOutOptions {
  /** Must not exist; its parent must, and be ours alone. */
  to: string;
  tools: Coreutils;
  /**
   * Live: an app writes meanwhile. What vanishes is left out, what changes is copied in one of its states, and both are
   * told. LiveWhole: an app writes, but not to this; it is copied as a whole, else not at all.
   */
  moment: 'AtRest' | 'Live' | 'LiveWhole';
}

/** How often a copy beside a living app is begun anew that something swapped or changed. */
const LIVE_TRIES = 3;

/**
 * Copies a file or tree that others can reach. Follows no link, whatever is swapped meanwhile: GNU tar opens each
 * directory from the one above it. Kept and left out is the same as by `copyTree`, but blocks are not shared.
 * @returns relative paths, printable: of a Live tree what came, went or changed meanwhile, else the sockets.
 * @throws CcError `Conflict` (`to` exists, or what is not Live changed meanwhile), `DataMissing` (nothing there),
 * `Refused` (owner or mode not kept, a path longer than the system takes), `NoSpace`, `Aborted`, `CommandFailed`.
 */
export async function copyOut(source: TreePlace, options: CopyOutOptions): Promise<string[]> {
  await assertFree(options.to);
  for (let left = options.moment === 'AtRest' ? 1 : LIVE_TRIES; ; left -= 1) {
    try {
      return await copyOnce(source, options, left);
    } catch (error) {
      await removeTree(options.to);
      await removeTree(stagingOf(options.to));
      if (left <= 1 || !hasCode(error, 'Conflict')) throw error;
    }
  }
}

const stagingOf = (to: string): string => `${to}.tmp`;

async function copyOnce(source: TreePlace, options: CopyOutOptions, left: number): Promise<string[]> {
  const { to, tools, moment } = options;
  const stats = await source.directory.lstat(source.name);
  const tree = stats?.isDirectory() ? await source.directory.openDirectory(source.name) : undefined;
  if (stats === undefined || (stats.isDirectory() && tree === undefined)) {
    throw new CcError('DataMissing', `${source.directory.whereOf(source.name)} does not exist, it cannot be copied`);
  }
  const tolerated = moment !== 'Live' ? 'Nothing' : left > 1 || tree === undefined ? 'Changes' : 'Swaps';
  const copy = { ...options, tolerated } satisfies Copy;
  const unsteady = (await closing(tree, (open) => copyInto(open, copy))) ?? (await copyEntry(source, copy));
  return moment === 'Live' ? unsteady : (await checkCopy(source, to, tools.signal)).sockets;
}

interface Copy extends CopyOutOptions {
  /** What tar may tell: nothing, that files changed or vanished, or also that directories were exchanged. */
  tolerated: 'Nothing' | 'Changes' | 'Swaps';
}

async function copyInto(tree: DirectoryHandle, copy: Copy): Promise<string[]> {
  await mkdir(copy.to, { mode: 0o700 });
  return await pipe({ ...copy, from: tree, member: '.' });
}

async function copyEntry({ directory, name }: TreePlace, copy: Copy): Promise<string[]> {
  const staging = stagingOf(copy.to);
  await removeTree(staging);
  await mkdir(staging, { mode: 0o700 });
  const unsteady = await pipe({ ...copy, from: directory, member: `./${name}`, to: staging });
  await rename(join(staging, name), copy.to);
  await removeTree(staging);
  return unsteady;
}

/**
 * The reader's exit code goes to standard output, the writer's is the script's. A file that shrinks while it is read is
 * filled up with zeros, now and then by a block too many, which the writer must not take for the end.
 */
const SCRIPT = `
{ { tar --create ${PAX_READING} --file=- -- "$1"; echo "$?" >&3; } | tar --extract --ignore-zeros ${PAX_WRITING} --file=- --directory="$2" >&2; } 3>&1
`;

interface Pipe extends Copy {
  from: DirectoryHandle;
  member: string;
}

/** The child begins in the open directory itself; nothing of the source is named by a path. */
async function pipe({ from, member, to, tools, tolerated }: Pipe): Promise<string[]> {
  const result = await runProgram(tools, ['sh', '-c', SCRIPT, 'copy', member, to], from.path);
  if (result.exitCode !== 0) throw writingFailure(result, from.where);
  const reading = Number(result.stdout.trim());
  if (reading === 0) return [];
  const told = toldByTar(result.stderr);
  if (tolerated !== 'Nothing' && reading === CHANGED) return told.unsteady;
  if (tolerated === 'Swaps' && told.nothingElse) return told.unsteady;
  throw readingFailure({ exitCode: reading, stderr: result.stderr }, from.where);
}

/** What GNU tar ends with where a file changed or vanished while it was read. */
const CHANGED = 1;
/** What it says where something else has taken the place of an entry since it was listed. */
const SWAPPED =
  /Cannot (?:.*: (?:Too many levels of symbolic links|Not a directory|No such file or directory)|readlink: Invalid argument)/;
/** What it says of an entry, named first, that came, went or changed. */
const UNSTEADY = new RegExp(
  `^tar: (.+): (?:Warning: )?(?:File removed before we read it|file changed as we read it|File shrank by .*|${SWAPPED.source})$`,
);
const LAST_WORDS = 'tar: Exiting with failure status due to previous errors';

/** The entries that tar found unsteady, and whether it complains of nothing else: the root itself has to be there. */
function toldByTar(stderr: string): { unsteady: string[]; nothingElse: boolean } {
  const lines = stderr.split('\n').filter((line) => line !== '' && line !== LAST_WORDS);
  const named = lines.map((line) => UNSTEADY.exec(line)?.[1]?.replace(/^\.\//, ''));
  const paths = named.filter((path) => path !== undefined);
  const rootGone = lines.some((line) => line.startsWith('tar: .: Cannot'));
  return { unsteady: [...new Set(paths)], nothingElse: paths.length === lines.length && !rootGone };
}

type Ended = Pick<CommandResult, 'exitCode' | 'stderr'>;

/** Of the tar that reads: what is read changed meanwhile, or as {@link programFailure}. Pure. */
export function readingFailure(ended: Ended, where: string): CcError {
  if (ended.exitCode !== CHANGED && !SWAPPED.test(ended.stderr)) return programFailure('tar', ended);
  return new CcError('Conflict', `${where} changed while it was copied`, {
    cause: programFailure('tar', ended),
    remedy: 'Something still writes to it: see that the app is undeployed.',
  });
}

/** Of the tar that writes: owners or modes are not kept, paths are too long, or as {@link programFailure}. Pure. */
export function writingFailure(ended: Ended, where: string): CcError {
  if (ended.exitCode === 127) return new CcError('NotFound', 'cannot run tar', { cause: programFailure('tar', ended) });
  if (/Cannot change (?:ownership|mode)/.test(ended.stderr)) return notKept(where);
  if (!/File name too long/.test(ended.stderr)) return programFailure('tar', ended);
  return new CcError('Refused', `${where} holds paths that are too long to be copied (4,096 bytes)`, {
    remedy: 'See what makes them; such a volume can be removed, but not backed up.',
  });
}
