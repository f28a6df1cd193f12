import type { KindServices } from '../../lib/app/kind-services.ts';
import type { Timer } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import { writeRealmReport } from '../../lib/known-good/realm-report.ts';
import type { HeldProvider, KindHoldings, RealmStanding } from '../../lib/runtime/holdings.ts';
import type { SsoRealm } from '../../lib/sso/provider.ts';
import { siteOf } from '../../lib/sso/provider-app.ts';
import { isNamedAfter } from '../../lib/sso/realm-name.ts';

export interface RealmServices extends Pick<KindServices, 'store' | 'platform' | 'providers' | 'settings' | 'log'> {
  /** Of all kinds. */
  holdings: readonly KindHoldings[];
}

/**
 * Removes realms of ours that an attempt made which is over, from all providers that are up: by the marks that each
 * carries and by what the kind of its owner says, or because nothing at all is left of that owner. One of a run whose
 * record may be lost stays, and is reported, as is one that only looks like ours. Does nothing while a record is damaged,
 * or until the specs were listed in full by this process.
 * @returns the names of those that were removed.
 */
export async function reapRealms(services: RealmServices, signal: AbortSignal): Promise<string[]> {
  const { store, log, holdings } = services;
  const reaped: string[] = [];
  if (!store.complete()) return reaped;
  for (const provider of (await Promise.all(holdings.map((one) => one.providers?.() ?? []))).flat()) {
    if (signal.aborted) break;
    const { service } = provider;
    try {
      reaped.push(...(await reapIn(services, provider, signal)));
    } catch (error) {
      if (!signal.aborted) log.warn('could not look for realms', { service, error: explainError(error) });
    }
  }
  return reaped;
}

async function reapIn(services: RealmServices, { service, app }: HeldProvider, signal: AbortSignal): Promise<string[]> {
  const { settings, log } = services;
  const site = await siteOf(services, app, signal);
  const provider = await services.providers(app.type);
  if (site === undefined || !(await provider.isReady(site, signal))) return [];
  const reaped: string[] = [];
  const kept: SsoRealm[] = [];
  for (const realm of await provider.list(site, signal)) {
    const standing = await standingOf(services, realm);
    if (standing === 'Unknown') kept.push(realm);
    if (standing !== 'Over' || (await provider.remove(site, realm, signal)) !== 'Removed') continue;
    reaped.push(realm.realm);
    log.info('reaped an orphan', { realm: realm.realm, service, run: realm.run });
  }
  const alike = await provider.listAlike(site, signal);
  await writeRealmReport(settings.stateDirectory, service, { unowned: kept, alike });
  return reaped;
}

/** What its kind says. An owner that was removed has no journal; then the marks and the name have to agree besides. */
async function standingOf({ holdings }: RealmServices, realm: SsoRealm): Promise<Exclude<RealmStanding, 'Gone'>> {
  for (const one of holdings) {
    const standing = (await one.realmStanding?.(realm)) ?? 'Unknown';
    if (standing === 'Gone') return isNamedAfter(realm) ? 'Over' : 'Unknown';
    if (standing !== 'Unknown') return standing;
  }
  return 'Unknown';
}

export interface RealmReaperOptions extends RealmServices, Pick<KindServices, 'clock'> {
  intervalMs: number;
}

/** Reaps realms right after the start, and every `intervalMs`. A provider that hangs keeps nobody else waiting. */
export class RealmReaper {
  readonly #options: RealmReaperOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #round: Promise<unknown> = Promise.resolve();

  private constructor(options: RealmReaperOptions) {
    this.#options = options;
  }

  static start(options: RealmReaperOptions): RealmReaper {
    const reaper = new RealmReaper(options);
    reaper.#round = reaper.#run();
    return reaper;
  }

  /** Resolves once the round under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#round;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { log, clock, intervalMs } = this.#options;
    await reapRealms(this.#options, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn('could not reap realms', { error: explainError(error) });
    });
    if (signal.aborted) return;
    this.#timer = clock.after(intervalMs, () => {
      this.#round = this.#run();
    });
  }
}
