import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { MARKER_FILE, readMarker } from './directory-guard.ts';
import { type FileStats, sameStats, TICK_MS } from './listing-memory.ts';
import { statsAt } from './stats-at.ts';

export interface OwnMarkerOptions {
  specDirectory: string;
  instanceId: string;
  clock: Pick<Clock, 'now'>;
}

/** Looks for our marker in the spec directory; one that looks as it did when it was read is not read again. */
export class OwnMarker {
  readonly #options: OwnMarkerOptions;
  /** What our marker looked like when it was read. */
  #read: FileStats | undefined;

  constructor(options: OwnMarkerOptions) {
    this.#options = options;
  }

  /** False also where it cannot be told. Never throws. */
  async isThere(): Promise<boolean> {
    const { specDirectory, instanceId, clock } = this.#options;
    const now = statsAt(join(specDirectory, MARKER_FILE));
    if (now !== undefined && this.#read !== undefined && sameStats(now, this.#read)) return true;
    const nowMs = clock.now();
    const found = await readMarker(specDirectory, instanceId).catch(() => undefined);
    const isOwn = found?.marker === 'Own';
    this.#read = isOwn && now !== undefined && nowMs - now.ctimeMs >= TICK_MS ? now : undefined;
    return isOwn;
  }
}
