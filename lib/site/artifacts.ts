import { isUtf8 } from 'node:buffer';
import { sha256 } from '../digest.ts';
import { orNothing } from '../errors.ts';
import { openFileBeneath, readStartBeneath } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';
import { DirectoryHandle } from '../fs/directory-handle.ts';
import { eachDirectory } from '../fs/each-directory.ts';
import { visibleText } from '../terminal-text.ts';
import type { ArtifactFacts } from './model.ts';
import { copiesPath } from './paths.ts';

/** Directories of a run that hold what people look at. */
const DIRECTORIES = ['screenshots', 'artifacts', 'logs'];
/** Files of a run that people look at. */
const FILES = ['results.json', 'junit.xml', 'lint.json', 'events.jsonl'];
const NAMED = 200;
const COPIED = 60;
const TEXT_BYTES = 512 * 1024;
const PICTURE_BYTES = 4 * 1024 * 1024;
/** Enough to tell a picture, and most of what is no text. */
const START_BYTES = 512;

/** An artifact with what its copy is made of. */
export interface Artifact extends ArtifactFacts {
  /** Reads the content of the copy; undefined where the file is gone by now, or is another one. */
  read?: () => Promise<Uint8Array | undefined>;
}

/** What is shown of the artifacts of a run. */
export interface ArtifactListing {
  artifacts: Artifact[];
  /** More that there are. */
  more: number;
}

/**
 * Lists the artifacts in a run's directory, and which of them are copied: pictures by their first bytes (PNG, JPEG, WebP)
 * and text, each up to a size; of longer text the end. Text is copied as plain text whatever it calls itself, so that no
 * page, drawing or script of a recipe is ever served. No link is followed; the directory may be gone.
 * @throws system errors.
 */
export async function listArtifacts(directory: string, run: { name: string; uid: string }): Promise<ArtifactListing> {
  const paths = await pathsIn(directory);
  const artifacts: Artifact[] = [];
  let copies = 0;
  for (const { path, bytes } of paths.slice(0, NAMED)) {
    const copy = copies < COPIED ? await copyOf(directory, path) : undefined;
    if (copy !== undefined) copies += 1;
    artifacts.push(copy === undefined ? { path, bytes } : { path, bytes, ...copy, copy: copyPath(run, path, copy) });
  }
  return { artifacts, more: Math.max(0, paths.length - NAMED) };
}

interface FoundFile {
  path: string;
  bytes: number;
}

/** In the order of their paths, what the controller writes first. */
async function pathsIn(directory: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const root = await DirectoryHandle.open(directory);
  await closing(root, async (run) => {
    for (const name of FILES) {
      const stats = await run.lstat(name);
      if (stats?.isFile()) found.push({ path: name, bytes: Number(stats.size) });
    }
    for (const name of DIRECTORIES) found.push(...(await filesBelow(run, name)));
  });
  return found;
}

async function filesBelow(run: DirectoryHandle, name: string): Promise<FoundFile[]> {
  const start = await orNothing(run.openDirectory(name), 'Refused');
  if (start === undefined) return [];
  const [prefix, found] = [`${run.where}/`, [] as FoundFile[]];
  await eachDirectory(start, async (directory) => {
    for (const entry of await directory.entries()) {
      const stats = await directory.lstat(entry);
      // A name that is no text cannot be asked for again by a text.
      if (!stats?.isFile() || !isUtf8(entry)) continue;
      found.push({ path: directory.whereOf(entry).slice(prefix.length), bytes: Number(stats.size) });
    }
  });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

type Copy = Required<Pick<Artifact, 'sort' | 'cut' | 'read'>> & { extension: string };

async function copyOf(directory: string, path: string): Promise<Copy | undefined> {
  const found = await orNothing(readStartBeneath(directory, path, START_BYTES), 'Refused');
  if (found === undefined || found.size === 0) return undefined;
  const { start, size } = found;
  const extension = pictureOf(start);
  if (extension !== undefined) {
    if (size > PICTURE_BYTES) return undefined;
    return { sort: 'Picture', cut: false, extension, read: () => readPicture(directory, path) };
  }
  if (!isText(start)) return undefined;
  return { sort: 'Text', cut: size > TEXT_BYTES, extension: 'txt', read: () => readText(directory, path) };
}

/** No NUL, and UTF-8 but for a last character that is cut off. */
function isText(start: Buffer): boolean {
  if (start.includes(0)) return false;
  return [0, 1, 2, 3].some((cut) => isUtf8(start.subarray(0, Math.max(0, start.length - cut))));
}

/** The extension of a picture that browsers show and that runs nothing, by its first bytes. Pure. */
function pictureOf(start: Buffer): string | undefined {
  if (start.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'png';
  if (start.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'jpg';
  const isRiff = start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'WEBP';
  return isRiff ? 'webp' : undefined;
}

async function readPicture(directory: string, path: string): Promise<Buffer | undefined> {
  const found = await orNothing(readStartBeneath(directory, path, PICTURE_BYTES + 1), 'Refused');
  if (found === undefined || found.start.length > PICTURE_BYTES) return undefined;
  return pictureOf(found.start) === undefined ? undefined : found.start;
}

/** The end of the file, from a whole line on, as text in which nothing steers. */
async function readText(directory: string, path: string): Promise<Buffer | undefined> {
  const bytes = await closing(await orNothing(openFileBeneath(directory, path), 'Refused'), async (file) => {
    const { size } = await file.stat();
    const from = Math.max(0, size - TEXT_BYTES);
    const buffer = Buffer.alloc(Math.min(size, TEXT_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    const read = buffer.subarray(0, bytesRead);
    return from === 0 ? read : read.subarray(read.indexOf('\n') + 1);
  });
  return bytes && Buffer.from(visibleText(bytes.toString('utf8')));
}

/** Readable, and of this run and file alone. */
function copyPath({ name, uid }: { name: string; uid: string }, path: string, { extension }: Copy): string {
  const words = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(-40)
    .replace(/^-+|-+$/g, '');
  return `${copiesPath(name)}/${words === '' ? 'file' : words}-${sha256(`${uid}/${path}`).slice(0, 10)}.${extension}`;
}
