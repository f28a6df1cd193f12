import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { sha256 } from '../digest.ts';
import { explainError, systemCode } from '../errors.ts';
import { closing } from '../fs/closing.ts';
import { forEachBounded } from '../serial.ts';
import { parseSpec, type SpecResult } from './spec-file.ts';
import type { ListedFile } from './spec-listing.ts';

/** A file younger than this may still be under its writer's hands and is read again in the next round. */
const SETTLE_MS = 20;
/** Longer files are cut here; the codec refuses them by their length. */
const READ_LIMIT = 1024 * 1024 + 1;

export interface SpecFile {
  path: string;
  /** sha256 of the bytes, hex. */
  fileDigest: string;
  result: SpecResult;
}

export interface SpecFiles {
  files: SpecFile[];
  /** Present, but changing or unreadable just now: nothing is concluded about them. */
  unsettled: { path: string; message: string }[];
}

interface Cached {
  signature: string;
  file: SpecFile;
}

/** Reads and parses listed files; an unchanged file (path, size, times, inode) is read once. */
export class SpecReader {
  readonly #clock: Clock;
  readonly #cache = new Map<string, Cached>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In the order of `listed`. Never throws. */
  async read(listed: readonly ListedFile[]): Promise<SpecFiles> {
    const result = new Map<string, SpecFile>();
    const unsettled: SpecFiles['unsettled'] = [];
    await forEachBounded(listed, 16, async (entry) => {
      const file = await this.#readOne(entry);
      if ('message' in file) unsettled.push(file);
      else result.set(entry.path, file);
    });
    for (const path of this.#cache.keys()) if (!result.has(path)) this.#cache.delete(path);
    return { files: listed.flatMap(({ path }) => result.get(path) ?? []), unsettled };
  }

  async #readOne({ path, stats }: ListedFile): Promise<SpecFile | { path: string; message: string }> {
    const cached = this.#cache.get(path);
    if (cached?.signature === signatureOf(stats)) return cached.file;
    const ageMs = this.#clock.now() - stats.mtimeMs;
    if (ageMs >= 0 && ageMs < SETTLE_MS) return { path, message: `${path} was written a moment ago` };
    try {
      const { bytes, after } = await readWhole(path, stats.size);
      if (signatureOf(after) !== signatureOf(stats)) return { path, message: `${path} changed while it was read` };
      return this.#remember(path, after, bytes);
    } catch (error) {
      const gone = systemCode(error) === 'ENOENT';
      return { path, message: gone ? `${path} vanished while it was read` : explainError(error) };
    }
  }

  #remember(path: string, stats: Stats, bytes: Uint8Array): SpecFile {
    const fileDigest = sha256(bytes);
    const file = { path, fileDigest, result: parseSpec(path, bytes) };
    this.#cache.set(path, { signature: signatureOf(stats), file });
    return file;
  }
}

function signatureOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

async function readWhole(path: string, size: number): Promise<{ bytes: Uint8Array; after: Stats }> {
  return await closing(await open(path, 'r'), async (handle) => {
    const buffer = Buffer.alloc(Math.min(size + 1, READ_LIMIT));
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      got = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
    }
    return { bytes: buffer.subarray(0, length), after: await handle.stat() };
  });
}
