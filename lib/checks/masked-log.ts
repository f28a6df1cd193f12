import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { translateNoSpace } from '../fs/no-space.ts';
import type { Mask } from './mask.ts';

/** Bytes of a log that are kept: the first so many as they come, and the last so many. */
const HEAD_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 256 * 1024;
const CUT = '\n[… output cut …]\n';

/** The log of one command, masked, bounded to about 8 MiB, written as the output comes. */
export interface MaskedLog {
  push(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /**
   * Writes what was held back and closes the file.
   * @returns the masked end of the output, at most 256 KiB, and whether the file lacks a part of the middle.
   * @throws CcError `NoSpace` when the disk is full; other system errors as they are.
   */
  close(): Promise<{ tail: string; truncated: boolean }>;
}

/** Opens (replaces) a log file, readable for its owner alone. Directories are created. */
export async function openMaskedLog(path: string, mask: Mask): Promise<MaskedLog> {
  await mkdir(dirname(path), { recursive: true });
  const file = createWriteStream(path, { mode: 0o600 });
  const done = finished(file).catch((error: unknown) => error);
  const streams = { stdout: mask.stream(), stderr: mask.stream() };
  const kept = new LogTail();
  const write = (bytes: Buffer): void => {
    const head = bytes.subarray(0, Math.max(0, HEAD_BYTES - kept.bytes));
    if (head.length > 0) file.write(head);
    kept.push(bytes);
  };
  return {
    push: (chunk, stream) => write(streams[stream].push(chunk)),
    async close() {
      write(streams.stdout.end());
      write(streams.stderr.end());
      const tail = kept.last();
      const unwritten = Math.max(0, kept.bytes - HEAD_BYTES);
      const truncated = unwritten > tail.length;
      if (unwritten > 0) file.write(Buffer.concat([Buffer.from(truncated ? CUT : ''), tail.subarray(-unwritten)]));
      file.end();
      const error = await done;
      if (error) throw translateNoSpace(error, `writing ${path}`);
      return { tail: tail.toString('utf8'), truncated };
    },
  };
}

/** The last bytes of a stream. */
class LogTail {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Of the whole stream. */
  bytes = 0;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.bytes += chunk.length;
    this.#held += chunk.length;
    this.#chunks.push(chunk);
    if (this.#held < 2 * TAIL_BYTES) return;
    this.#chunks = [Buffer.from(this.last())];
    this.#held = TAIL_BYTES;
  }

  last(): Buffer {
    return Buffer.concat(this.#chunks).subarray(-TAIL_BYTES);
  }
}
