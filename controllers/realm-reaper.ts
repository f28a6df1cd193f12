import type { DefaultedWarmServiceSpec } from '../lib/api/index.ts';
import type { KindServices } from '../lib/app/kind-services.ts';
import type { Timer } from '../lib/clock.ts';
import { explainError, orNothing } from '../lib/errors.ts';
import { writeRealmReport } from '../lib/known-good/realm-report.ts';
import { isChanging, readWarmRecord } from '../lib/known-good/warm-record.ts';
import { isRealmOver, readRunRecord } from '../lib/run-record/run-end.ts';
import { leftTraces } from '../lib/run-record/run-traces.ts';
import type { SsoRealm } from '../lib/sso/provider.ts';
import { providerApp, siteOf } from '../lib/sso/provider-app.ts';
import { isNamedAfter } from '../lib/sso/realm-name.ts';
import { acceptedSpec } from '../lib/store/spec-in-force.ts';
import type { StoredObject } from '../lib/store/store.ts';

type Services = Pick<KindServices, 'store' | 'platform' | 'providers' | 'settings' | 'log'>;

/**
 * Removes realms of ours that an attempt made which is over, from all warm services that are up: by the marks that each
 * carries and by the journal of the run that they name, or because nothing at all is left of that run. One of a run whose
 * record may be lost stays, and is reported, as is one that only looks like ours. Does nothing while a record is damaged,
 * or until the specs were listed in full by this process.
 * @returns the names of those that were removed.
 */
export async function reapRealms(services: Services, signal: AbortSignal): Promise<string[]> {
  const { store, log } = services;
  const reaped: string[] = [];
  if (!store.complete()) return reaped;
  for (const service of store.list('WarmService')) {
    if (signal.aborted) break;
    try {
      reaped.push(...(await reapIn(services, service, signal)));
    } catch (error) {
      if (!signal.aborted) log.warn('could not look for realms', { service: service.name, error: explainError(error) });
    }
  }
  return reaped;
}

async function reapIn(services: Services, service: StoredObject, signal: AbortSignal): Promise<string[]> {
  const { store, settings, log } = services;
  const record = (await readWarmRecord(store, service.name)) ?? {};
  const { domain = '' } = record;
  const spec = acceptedSpec(service) as DefaultedWarmServiceSpec | undefined;
  const app = spec && providerApp(spec, domain);
  if (app === undefined || domain === '' || isChanging(record)) return [];
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
    log.info('reaped an orphan', { realm: realm.realm, service: service.name, run: realm.run });
  }
  const alike = await provider.listAlike(site, signal);
  await writeRealmReport(settings.stateDirectory, service.name, { unowned: kept, alike });
  return reaped;
}

/**
 * Over is what the journal of the run proves: it had that realm in that attempt, and went on or was torn down. A run that
 * was removed has no journal; then the marks and the name have to agree besides.
 */
async function standingOf({ store, settings }: Services, realm: SsoRealm): Promise<'Over' | 'Open' | 'Unknown'> {
  const run = store.list('Run').find(({ uid }) => uid === realm.run);
  const record = run && (await orNothing(readRunRecord(store, run.name), 'Damaged'));
  if (record !== undefined) return isRealmOver(record, realm) ? 'Over' : 'Open';
  if (run !== undefined || !isNamedAfter(realm) || !store.complete()) return 'Unknown';
  const { stateDirectory } = settings;
  return (await leftTraces({ claims: store.claims, stateDirectory }, realm.run)) ? 'Unknown' : 'Over';
}

export interface RealmReaperOptions extends Services, Pick<KindServices, 'clock'> {
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
