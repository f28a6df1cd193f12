import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError } from '../errors.ts';
import { allEnded } from '../serial.ts';
import type { TreePlace } from './beneath.ts';
import { closing } from './closing.ts';
import { checkCopy } from './copy-check.ts';
import { readingFailure, writingFailure } from './copy-out.ts';
import { assertFree } from './copy-tree.ts';
import { type Coreutils, runProgram } from './coreutils.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { removeTree } from './remove-tree.ts';
import { PAX_READING, PAX_WRITING } from './tar-arguments.ts';
import { type ArchivedTree, TarDigest } from './tar-digest.ts';
import { TarReader } from './tar-reader.ts';
import { treeDigest } from './tree-digest.ts';
import type { TreeDigest } from './tree-lines.ts';
import { WriteBack } from './write-back.ts';

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
 * tree with holes in files is read back for its digest.
 * @throws CcError `Refused`, `Conflict`, `Aborted`.
 */
export async function checkStreamed(
  source: TreePlace,
  { to, archived }: StreamedCopy,
  signal: AbortSignal,
): Promise<TreeDigest> {
  const { sockets, changeTimes } = await checkCopy(source, to, signal);
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
    return await pipe({ from, member: '.', to: places.to, tools });
  });
}

async function copyEntry({ directory, name }: TreePlace, { to, staging }: Places, tools: Coreutils) {
  await removeTree(staging);
  await mkdir(staging, { mode: 0o700 });
  const archived = await pipe({ from: directory, member: `./${name}`, to: staging, tools });
  await rename(join(staging, name), to);
  await removeTree(staging);
  return archived;
}

/** What the writer unpacks goes to standard output as well; the reader's exit code is told as a line of its own. */
const SCRIPT = `
{ { tar --create --sort=name ${PAX_READING} --file=- -- "$1"; echo "reader ended with $?" >&2; } |
  { tee /dev/fd/4 4>&1 >&3 | tar --extract ${PAX_WRITING} --file=- --directory="$2" >&2; }; } 3>&1
`;
const READER_END = /^reader ended with (\d+)\n/m;

/** Standard output is the archive: only what the programs say is kept. */
const KEPT_BYTES = 64 * 1024;

interface Pipe {
  from: DirectoryHandle;
  member: string;
  to: string;
  tools: Coreutils;
}

/** The child begins in the open directory itself; nothing of the source is named by a path. */
async function pipe({ from, member, to, tools }: Pipe): Promise<ArchivedTree> {
  const digest = new TarDigest(member);
  const writeBack = new WriteBack(to, tools);
  const reader = new ArchiveTap(digest, writeBack);
  const argv = ['sh', '-c', SCRIPT, 'copy', member, to] as const;
  const copying = runProgram(tools, argv, from.path, { onOutput: reader.take, maxOutputBytes: KEPT_BYTES });
  const [result] = await allEnded([copying, copying.catch(() => {}).then(() => writeBack.end())]);
  const stderr = result.stderr.replace(READER_END, '');
  if (result.exitCode !== 0) throw writingFailure({ exitCode: result.exitCode, stderr }, from.where);
  const exitCode = Number(READER_END.exec(result.stderr)?.[1] ?? 1);
  if (exitCode !== 0) throw readingFailure({ exitCode, stderr }, from.where);
  reader.end();
  return digest.end();
}

/** Hands the archive to its reader; a fault of it is told at the end, not to who delivers the output. */
class ArchiveTap {
  readonly #reader: TarReader;
  readonly #writeBack: WriteBack;
  #fault: { error: unknown } | undefined;

  constructor(digest: TarDigest, writeBack: WriteBack) {
    this.#reader = new TarReader(digest);
    this.#writeBack = writeBack;
  }

  readonly take = (chunk: Buffer, stream: 'stdout' | 'stderr'): void => {
    if (stream !== 'stdout' || this.#fault !== undefined) return;
    try {
      this.#reader.push(chunk);
      this.#writeBack.wrote(chunk.length);
    } catch (error) {
      this.#fault = { error };
    }
  };

  end(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
    this.#reader.end();
  }
}
