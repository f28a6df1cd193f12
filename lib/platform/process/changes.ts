import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { explainError } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** What is needed of a watcher of the file system. */
export interface ChangeWatcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

export interface ChangeWatchOptions {
  directory: string;
  clock: Clock;
  log: Log;
  /** Called with the name of what changed: a hint, may be late or lost. */
  onChange: (name: string) => void;
  /** Default: that of Node. */
  open?: (directory: string, onChange: (event: string, name: string | null) => void) => ChangeWatcher;
}

/** Until a watcher that failed is tried again, milliseconds. */
const AGAIN_MS = 30_000;

/**
 * Watches a directory until the signal trips. A watcher that cannot be had (inotify has too few) or that fails is logged
 * and tried again: meanwhile hints are lost, nothing else. Never rejects.
 */
export async function watchChanges(options: ChangeWatchOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  while (!signal.aborted) {
    const error = await watchOnce(options, signal).catch((thrown: unknown) => thrown);
    if (signal.aborted) return;
    log.warn('no hints of changes for a while; rescans find them', { error: explainError(error) });
    await clock.sleep(AGAIN_MS, signal).catch(() => {});
  }
}

/** Resolves with the error that ended it, or on the signal. */
async function watchOnce(
  { directory, onChange, open = watch }: ChangeWatchOptions,
  signal: AbortSignal,
): Promise<unknown> {
  await mkdir(directory, { recursive: true });
  const watcher = open(directory, (_, name) => {
    if (name !== null) onChange(name);
  });
  try {
    return await new Promise((resolve) => {
      watcher.on('error', resolve);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      if (signal.aborted) resolve(undefined);
    });
  } finally {
    watcher.close();
  }
}
