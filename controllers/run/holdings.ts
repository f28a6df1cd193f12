import type { KindServices } from '../../lib/app/kind-services.ts';
import { sourceOf } from '../../lib/app/recipe-source.ts';
import { CcError, hasCode, orElse, orNothing } from '../../lib/errors.ts';
import { isAttemptOver, isRealmOver, readRunRecord } from '../../lib/run-record/run-end.ts';
import { readResolved } from '../../lib/run-record/run-files.ts';
import { leftTraces } from '../../lib/run-record/run-traces.ts';
import type {
  KeptArtifacts,
  KindHoldings,
  NamedSource,
  NamedThings,
  RealmStanding,
} from '../../lib/runtime/holdings.ts';
import type { Claim, StoredObject } from '../../lib/store/store.ts';
import type { RunJournal } from './journal.ts';
import { runSpec } from './spec-changes.ts';
import { runDirectories } from './stage.ts';

type Services = Pick<KindServices, 'store' | 'settings' | 'clock' | 'enqueue'>;

const EXPIRED_WITHIN_MS = 30_000;
const LOOK_MS = 100;

/** What runs have outside: apps of their attempts, artifacts, the sources that they are still to read. */
export class RunHoldings implements KindHoldings {
  readonly #services: Services;
  /** Uids of runs whose artifacts are to go before their time. */
  readonly #expired = new Set<string>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** Proven by the owner's own journal. An owner that is not known is not over: its record may be lost. */
  async isOver({ name, uid, domain }: Claim): Promise<boolean> {
    const { store } = this.#services;
    if (store.get({ kind: 'Run', name })?.uid !== uid) return false;
    const record = await readRunRecord(store, name);
    return record !== undefined && isAttemptOver(record, domain);
  }

  /** Of those that have not ended; images of runs are in use while they are needed. */
  async named(): Promise<NamedThings> {
    const { store } = this.#services;
    const sources = await Promise.all(store.list('Run').map((run) => this.#sourcesOf(run)));
    return { sources: sources.flat(), images: [] };
  }

  async artifacts(): Promise<KeptArtifacts[]> {
    const { store, settings } = this.#services;
    const kept: KeptArtifacts[] = [];
    for (const run of store.list('Run')) {
      const journal = await orNothing(this.#journalOf(run), 'Damaged');
      if (journal === undefined || !hasArtifacts(journal) || run.deletion !== undefined) continue;
      const { root: directory } = runDirectories(settings.stateDirectory, run);
      const { endedRunningMs = store.runningMs() } = journal;
      kept.push({ uid: run.uid, name: run.name, directory, endedRunningMs });
    }
    return kept;
  }

  /** @throws CcError `DeadlineExceeded` where its worker has not come to it; it will. */
  async expire(uid: string, signal: AbortSignal): Promise<void> {
    const { store, enqueue, clock } = this.#services;
    const run = store.list('Run').find((one) => one.uid === uid);
    if (run === undefined) return;
    this.#expired.add(uid);
    enqueue({ kind: 'Run', name: run.name });
    for (let waitedMs = 0; waitedMs < EXPIRED_WITHIN_MS; waitedMs += LOOK_MS) {
      if ((await this.#journalOf(run))?.artifactsRemoved === true) return;
      await clock.sleep(LOOK_MS, signal);
    }
    throw new CcError(
      'DeadlineExceeded',
      `run/${run.name} has not been looked at within ${EXPIRED_WITHIN_MS / 1_000} s`,
    );
  }

  /** Whether the artifacts of the run are to go before their time. */
  isExpired(uid: string): boolean {
    return this.#expired.has(uid);
  }

  /** The run is gone. */
  forget(uid: string): void {
    this.#expired.delete(uid);
  }

  async realmStanding(realm: Parameters<NonNullable<KindHoldings['realmStanding']>>[0]): Promise<RealmStanding> {
    const { store, settings } = this.#services;
    const run = store.list('Run').find(({ uid }) => uid === realm.run);
    const record = run && (await orNothing(readRunRecord(store, run.name), 'Damaged'));
    if (record !== undefined) return isRealmOver(record, realm) ? 'Over' : 'Open';
    if (run !== undefined || !store.complete()) return 'Unknown';
    const { stateDirectory } = settings;
    return (await leftTraces({ claims: store.claims, stateDirectory }, realm.run)) ? 'Unknown' : 'Gone';
  }

  async #journalOf({ name }: StoredObject): Promise<RunJournal | undefined> {
    return await this.#services.store.readJournal<RunJournal>({ kind: 'Run', name });
  }

  async #sourcesOf(run: StoredObject): Promise<NamedSource[]> {
    const journal = await this.#journalOf(run);
    if (journal?.step === 'Ended') return [];
    const { settings } = this.#services;
    const { recipe, source } = runSpec(run);
    const resolved = await orElse(
      readResolved(runDirectories(settings.stateDirectory, run).root),
      'Damaged',
      () => undefined,
    );
    const own = namedBy(recipe, source, settings.recipeSource);
    return resolved === undefined ? own : [...own, { recipe: resolved.recipe, source: resolved.source }];
  }
}

function hasArtifacts({ step, collected, tornDown, artifactsRemoved, attempts }: RunJournal): boolean {
  return step === 'Ended' && collected === true && tornDown && artifactsRemoved !== true && attempts.length > 0;
}

/** Nothing where nobody says where the recipe comes from. */
function namedBy(recipe: string, own: string | undefined, template: string | undefined): NamedSource[] {
  try {
    return [{ recipe, source: sourceOf(recipe, own, template) }];
  } catch (error) {
    if (hasCode(error, 'Misconfigured')) return [];
    throw error;
  }
}
