import { statSync } from 'node:fs';
import type { FileStats } from './listing-memory.ts';

/**
 * What is at a path, looked up at once: the way through the thread pool takes ten times as long. Undefined where nothing is
 * there, or that cannot be told.
 */
export function statsAt(path: string): FileStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
