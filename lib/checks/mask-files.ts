import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../errors.ts';
import type { Mask } from './mask.ts';

/**
 * Masks secret values in every regular file below a directory, in place. Links are not followed, a file without such a
 * value is not touched. Works on bytes: pictures come through unharmed. Idempotent; a missing directory is success.
 * @throws system errors as they are.
 */
export async function maskFiles(directory: string, mask: Mask): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) if (entry.isFile()) await maskFile(join(entry.parentPath, entry.name), mask);
}

async function maskFile(path: string, mask: Mask): Promise<void> {
  const masked = `${path}.tmp-masked`;
  try {
    if (await copyMasked(path, masked, mask)) return;
    await chmod(masked, (await stat(path)).mode & 0o777);
    await rename(masked, path);
  } finally {
    await rm(masked, { force: true });
  }
}

/** Tells whether there was nothing to mask. */
async function copyMasked(from: string, to: string, mask: Mask): Promise<boolean> {
  const [before, after] = [createHash('sha256'), createHash('sha256')];
  const transform = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const stream = mask.stream();
    for await (const chunk of chunks) {
      before.update(chunk);
      yield stream.push(chunk);
    }
    yield stream.end();
  };
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      after.update(chunk);
      yield chunk;
    }
  };
  await pipeline(createReadStream(from), transform, counted, createWriteStream(to, { mode: 0o600 }));
  return before.digest('hex') === after.digest('hex');
}
