import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError } from '../errors.ts';
import type { TreePlace } from './beneath.ts';
import { closing } from './closing.ts';
import { checkCopy } from './copy-check.ts';
import { readingFailure, writingFailure } from './copy-out.ts';
import { assertFree } from './copy-tree.ts';
import { type Coreutils, runProgram } from './coreutils.ts';
import { type DirectoryCalls, POOLED } from './directory-calls.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { asLargeFiles } from './large-files.ts';
import { removeTree } from './remove-tree.ts';
import { PAX_READING, PAX_WRITING } from './tar-arguments.ts';
import { type ArchivedTree, TarDigest } from './tar-digest.ts';
import { TarReader } from './tar-reader.ts';
import { treeDigest } from './tree-digest.ts';
import type { TreeDigest } from './tree-lines.ts';

/** A copy that is not checked yet. */
export interface StreamedCopy {
  to: string;
  archived: ArchivedTree;
}

/**
 * Copies a file or tree that others can reach, and makes the digest of what it reads on the way: each byte is read once.
 * Follows no link, as `copyOut`; kept and left out is the same. `to` must not exist; its parent must, and be ours alone.
 * Not synced; to be looked at with {@link checkStreamed} before it is used. On failure nothing is left.
 * @throws CcError `Conflict` (`to` exists, or something changed meanwhile), `DataMissing` (nothing there), `Refused`
 * (owner or mode not kept, a path longer than the system takes), `NoSpace`, `Aborted`, `CommandFailed`.
 */
export async function streamCopy(source: TreePlace, to: string, tools: Coreutils): Promise<StreamedCopy> {
  await assertFree(to);
  const staging = `${to}.tmp`;
  try {
    return { to, archived: await copyOnce(source, { to, staging }, tools) };
  } catch (error) {
    await removeTree(to);
    await removeTree(staging);
    throw error;
  }
}

/**
 * What a copy holds, once owners and modes are found kept and nothing of the source has changed since it was read. A
 * tree with holes in files, and one of a few large ones, is read back for its digest.
 * @param calls how the copy is asked.
 * @throws CcError `Refused`, `Conflict`, `Aborted`.
 */
export async function checkStreamed(
  source: TreePlace,
  { to, archived }: StreamedCopy,
  signal: AbortSignal,
  calls: DirectoryCalls = POOLED,
): Promise<TreeDigest> {
  const { sockets, changeTimes } = await checkCopy(source, to, signal, calls);
  if (changeTimes !== archived.changeTimes) {
    throw new CcError('Conflict', `${source.directory.whereOf(source.name)} changed while it was copied`, {
      remedy: 'Something still writes to it: see that the app is undeployed.',
    });
  }
  return { ...(archived.found ?? (await treeDigest(to, signal))), sockets };
}

interface Places {
  to: string;
  staging: string;
}

async function copyOnce(source: TreePlace, places: Places, tools: Coreutils): Promise<ArchivedTree> {
  const { directory, name } = source;
  const stats = await directory.lstat(name);
  const tree = stats?.isDirectory() ? await directory.openDirectory(name) : undefined;
  if (stats === undefined || (stats.isDirectory() && tree === undefined)) {
    throw new CcError('DataMissing', `${directory.whereOf(name)} does not exist, it cannot be copied`);
  }
  if (tree === undefined) return await copyEntry(source, places, tools);
  return await closing(tree, async (from) => {
    await mkdir(places.to, { mode: 0o700 });
    const changeTimes = await asLargeFiles(source, tools.signal);
    return await pipe({ from, member: '.', to: places.to, tools }, changeTimes);
  });
}

async function copyEntry(source: TreePlace, { to, staging }: Places, tools: Coreutils) {
  const { directory, name } = source;
  await removeTree(staging);
  await mkdir(staging, { mode: 0o700 });
  const changeTimes = await asLargeFiles(source, tools.signal);
  const archived = await pipe({ from: directory, member: `./${name}`, to: staging, tools }, changeTimes);
  await rename(join(staging, name), to);
  await removeTree(staging);
  return archived;
}

/** The reader's exit code is told as a line of its own. */
const READER = `{ tar --create --sort=name ${PAX_READING} --file=- -- "$1"; echo "reader ended with $?" >&2; }`;
const WRITER = `tar --extract ${PAX_WRITING} --file=- --directory="$2" >&2`;
const SCRIPTS = {
  /** What the writer unpacks goes to standard output as well. */
  Telling: `{ ${READER} | { tee /dev/fd/4 4>&1 >&3 | ${WRITER}; }; } 3>&1`,
  Silent: `${READER} | ${WRITER}`,
} as const;
const READER_END = /^reader ended with (\d+)\n/m;

/** Standard output is the archive: only what the programs say is kept. */
const KEPT_BYTES = 64 * 1024;

interface Pipe {
  from: DirectoryHandle;
  member: string;
  to: string;
  tools: Coreutils;
}

/** @param changeTimes those of a few large files: they are quicker read back out of memory than handed through more pipes. */
async function pipe(pipe: Pipe, changeTimes: string | undefined): Promise<ArchivedTree> {
  if (changeTimes !== undefined) {
    await runScript('Silent', pipe);
    return { found: undefined, changeTimes };
  }
  const digest = new TarDigest(pipe.member);
  const reader = new ArchiveTap(digest);
  await runScript('Telling', pipe, { onOutput: reader.take, maxOutputBytes: KEPT_BYTES });
  reader.end();
  return digest.end();
}

/** The child begins in the open directory itself; nothing of the source is named by a path. */
async function runScript(
  script: keyof typeof SCRIPTS,
  { from, member, to, tools }: Pipe,
  output?: Parameters<typeof runProgram>[3],
): Promise<void> {
  const result = await runProgram(tools, ['sh', '-c', SCRIPTS[script], 'copy', member, to], from.path, output);
  const stderr = result.stderr.replace(READER_END, '');
  if (result.exitCode !== 0) throw writingFailure({ exitCode: result.exitCode, stderr }, from.where);
  const exitCode = Number(READER_END.exec(result.stderr)?.[1] ?? 1);
  if (exitCode !== 0) throw readingFailure({ exitCode, stderr }, from.where);
}

/** Hands the archive to its reader; a fault of it is told at the end, not to who delivers the output. */
class ArchiveTap {
  readonly #reader: TarReader;
  #fault: { error: unknown } | undefined;

  constructor(digest: TarDigest) {
    this.#reader = new TarReader(digest);
  }

  readonly take = (chunk: Buffer, stream: 'stdout' | 'stderr'): void => {
    if (stream !== 'stdout' || this.#fault !== undefined) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#fault = { error };
    }
  };

  end(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
    this.#reader.end();
  }
}
