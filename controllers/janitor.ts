import { dirname } from 'node:path';
import { type Clock, repeat, type Timer } from '../lib/clock.ts';
import { explainError } from '../lib/errors.ts';
import { type Log, orWarn } from '../lib/log.ts';
import type { Platform } from '../lib/platform/platform.ts';
import { isAttemptOver, readRunRecord } from '../lib/run-record/run-end.ts';
import { statePaths } from '../lib/store/state-paths.ts';
import type { Claim, ObjectStore } from '../lib/store/store.ts';
import { sweepTemps } from '../lib/store/temp-sweep.ts';
import { sweepTrash } from '../lib/store/trash.ts';

export interface JanitorServices {
  store: ObjectStore;
  platform: Platform;
  log: Log;
  /** Removes what the processes of apps and commands left in the host's tables; idempotent. */
  sweepHost?: () => void;
}

/**
 * Removes what is claimed by an attempt that is over: its run went on to another, or ended and was torn down. Does nothing
 * until specs and platform were listed in full by this process, and touches nothing without a claim of ours. An owner
 * that is not known is not over: its record may be lost, and what it owns stays.
 * @returns the domains that were reaped.
 */
export async function reapOrphans(services: JanitorServices, signal: AbortSignal): Promise<string[]> {
  const { store, platform, log } = services;
  if (!store.complete()) return [];
  await platform.apps(signal);
  const reaped: string[] = [];
  for (const claim of await store.claims.list()) {
    if (signal.aborted) break;
    try {
      if (!(await isOver(store, claim))) continue;
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

/** Proven by the owner's own journal. */
async function isOver(store: ObjectStore, claim: Claim): Promise<boolean> {
  if (claim.kind !== 'Run' || store.get({ kind: 'Run', name: claim.name })?.uid !== claim.uid) return false;
  const record = await readRunRecord(store, claim.name);
  return record !== undefined && isAttemptOver(record, claim.domain);
}

export interface JanitorOptions extends JanitorServices {
  stateDirectory: string;
  specDirectory: string;
  clock: Clock;
  intervalMs: number;
}

/** Reaps orphans and sweeps what killed writers and failed removals left, at start and every `intervalMs`. */
export class Janitor {
  readonly #options: JanitorOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;

  constructor(options: JanitorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#round('Start');
    if (this.#stopping.signal.aborted) return;
    this.#timer = repeat(this.#options.clock, this.#options.intervalMs, () => this.#round('Later'));
  }

  stop(): void {
    this.#stopping.abort();
    this.#timer?.cancel();
  }

  async #round(when: 'Start' | 'Later'): Promise<void> {
    const { store, stateDirectory, specDirectory, clock } = this.#options;
    const specDirectories = [specDirectory, ...store.list().map(({ path }) => dirname(path))];
    await this.#attempt(() => sweepTemps({ stateDirectory, specDirectories, now: clock.now(), when }));
    await this.#attempt(() => sweepTrash(statePaths(stateDirectory)));
    await this.#attempt(() => reapOrphans(this.#options, this.#stopping.signal));
    await this.#attempt(async () => this.#options.sweepHost?.());
  }

  /** One of its works that fails does not keep it from the others. */
  async #attempt(work: () => Promise<unknown>): Promise<void> {
    await work().catch(orWarn(this.#options.log, 'janitor failed'));
  }
}
