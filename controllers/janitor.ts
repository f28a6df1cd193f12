import type { Clock, Timer } from '../lib/clock.ts';
import { explainError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Platform } from '../lib/platform/platform.ts';
import type { ObjectStore } from '../lib/store/store.ts';

export interface JanitorServices {
  store: ObjectStore;
  platform: Platform;
  log: Log;
}

/**
 * Removes what is claimed by an object that no longer exists. Does nothing until specs and platform were listed in full
 * by this process, and touches nothing without a claim of ours: what merely looks like ours is left alone.
 * @returns the domains that were reaped.
 */
export async function reapOrphans({ store, platform, log }: JanitorServices, signal: AbortSignal): Promise<string[]> {
  if (!store.complete()) return [];
  await platform.apps(signal);
  const reaped: string[] = [];
  for (const claim of await store.claims.list()) {
    if (signal.aborted) break;
    const owner = store.get({ kind: claim.kind, name: claim.name });
    if (owner?.uid === claim.uid) continue;
    try {
      await platform.destroy({ domain: claim.domain }, signal);
      const left = await platform.leftovers({ domain: claim.domain }, signal);
      if (left.length > 0) continue;
      await store.claims.release(claim.domain, claim.uid);
      reaped.push(claim.domain);
      log.info('reaped an orphan', { domain: claim.domain, owner: `${claim.kind}/${claim.name}` });
    } catch (error) {
      if (!signal.aborted) log.warn('could not reap an orphan', { domain: claim.domain, error: explainError(error) });
    }
  }
  return reaped;
}

/** Calls {@link reapOrphans} at start and every `intervalMs`. */
export class Janitor {
  readonly #options: JanitorServices & { clock: Clock; intervalMs: number };
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;

  constructor(options: JanitorServices & { clock: Clock; intervalMs: number }) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#round();
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#options.clock.after(this.#options.intervalMs, () => void this.start());
  }

  stop(): void {
    this.#stopping.abort();
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    try {
      await reapOrphans(this.#options, this.#stopping.signal);
    } catch (error) {
      this.#options.log.warn('janitor failed', { error: explainError(error) });
    }
  }
}
