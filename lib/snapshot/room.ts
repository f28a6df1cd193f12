import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Manifest } from './manifest.ts';
import type { PreparedFor } from './prepared.ts';

/** Room that a file takes beside its content, at most, on file systems of today: its last block, bytes. */
const BYTES_A_FILE = 4096;

/** A file system that is too full. Bytes. */
export interface Shortage {
  path: string;
  free: number;
  wanted: number;
}

/**
 * Where a copy of the set beside the live parts would leave less than the floor and the size of the set: the next set is
 * made from what is left. Undefined where there is room everywhere.
 */
export async function shortageFor(
  { home, volumes }: PreparedFor,
  manifest: Manifest,
  floorBytes: number,
): Promise<Shortage | undefined> {
  const files = manifest.volumes.reduce((sum, volume) => sum + volume.files, 0);
  const size = manifest.bytes + files * BYTES_A_FILE;
  const wanted = floorBytes + 2 * size;
  for (const path of new Set([home.directory, ...volumes.map((volume) => dirname(volume.path))])) {
    const { bavail, bsize } = await statfs(path);
    if (bavail * bsize < wanted) return { path, free: bavail * bsize, wanted };
  }
  return undefined;
}
