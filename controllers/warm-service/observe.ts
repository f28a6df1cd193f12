import { parseDuration } from '../../lib/api/duration.ts';
import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { judgeSpec } from '../../lib/app/acceptance.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { warmServiceDomain } from '../../lib/app/domain.ts';
import { isGoing, sourceOf } from '../../lib/app/enrolment.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { canonicalDigest } from '../../lib/digest.ts';
import { orNothingNow } from '../../lib/errors.ts';
import { RecordFiles } from '../../lib/fs/record-files.ts';
import { type LastGood, LastGoodRecord } from '../../lib/known-good/last-good.ts';
import { warmHome } from '../../lib/known-good/warm-home.ts';
import { changeOf } from '../../lib/operation/run-step.ts';
import { acceptedSpec, specInForce } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { WarmServiceJournal } from './journal.ts';
import { WARM_OPERATIONS } from './operations.ts';
import { waitsFor } from './order.ts';
import type { WarmServiceFacts } from './plan.ts';
import type { WarmServiceView } from './site.ts';
import { stepLeftMs } from './steps/time.ts';
import { windowOf } from './window.ts';

/** Where the app of a warm service is, or will be. Pure. */
export function homeOf({ settings }: KindServices, object: StoredObject, journal: WarmServiceJournal): AppHome {
  const { app } = specInForce(object) as DefaultedWarmServiceSpec;
  return new AppHome(
    settings.stateDirectory,
    journal.domain ?? warmServiceDomain(object.name, app.domain, settings.zone),
  );
}

interface ObserveOptions {
  journal: WarmServiceJournal;
  /** Whether another service, by its name, was seen healthy and at rest in this process. */
  isReady: (name: string) => boolean;
  signal: AbortSignal;
}

/** Reads everything a decision needs; writes nothing. */
export async function observeWarmService(
  services: KindServices,
  object: StoredObject,
  { journal, isReady, signal }: ObserveOptions,
): Promise<WarmServiceView> {
  const { settings, store, session } = services;
  const spec = specInForce(object) as DefaultedWarmServiceSpec;
  const home = homeOf(services, object, journal);
  const { domain } = home;
  const { directory, sets } = warmHome(settings.stateDirectory, object.name, services.setReader);
  const record = new LastGoodRecord(new RecordFiles(settings.stateDirectory), directory);
  const lastGood = await record.read();
  const claim = await store.claims.get(domain);
  const source = orNothingNow(() => sourceOf(spec.app.recipe, spec.app.source, settings.recipeSource), 'Misconfigured');
  const runningMs = store.runningMs();
  const wantedDomain = warmServiceDomain(
    object.name,
    (object.spec as DefaultedWarmServiceSpec).app.domain,
    settings.zone,
  );
  const accepted = acceptedSpec(object) as DefaultedWarmServiceSpec | undefined;
  const owned = claim?.uid === object.uid && journal.domain !== undefined;
  const { app, health } = await lookAtApp(services, { spec, domain, journal, lastGood, owned }, signal);
  const { operation } = journal;
  const facts: WarmServiceFacts = {
    journal,
    session,
    runningMs,
    resyncMs: settings.resyncMs,
    ...judgeSpec({
      object,
      known: { recipe: accepted?.app.recipe ?? journal.recipe, domain: journal.domain },
      wanted: { recipe: (object.spec as DefaultedWarmServiceSpec).app.recipe, domain: wantedDomain },
      block: claim && claim.uid !== object.uid ? claim : undefined,
    }),
    claimed: owned,
    deletion: object.deletion?.state ?? 'None',
    deletionStartedRunningMs: object.deletion?.startedRunningMs ?? 0,
    retain: spec.deletionPolicy === 'Retain',
    suspended: spec.suspend || object.suspended,
    waitsFor: waitsFor(
      object,
      store.list('WarmService').filter((one) => !isGoing(one)),
      isReady,
    ),
    leftAlone: journal.leftAlone === object.digest,
    lastGood,
    app,
    choiceDigest: canonicalDigest({
      ...spec,
      suspend: null,
      approved: journal.approved ?? null,
      quarantine: quarantined(journal, runningMs),
    }),
    intervalMs: parseDuration(spec.update.interval),
    window: windowOf(spec.update.window, services.clock.now()),
    inUse: [],
    reached: reachedBy(journal, lastGood),
    touched: operation?.steps.done.includes('Preflight') ?? false,
    late: isLate(services, spec, journal),
  };
  return { object, spec, journal, domain, home, directory, record, lastGood, sets, source, health, facts };
}

/** Those that are still in quarantine: one whose time is over is chosen from anew. */
function quarantined({ quarantine }: WarmServiceJournal, runningMs: number): string[] {
  return quarantine.filter(({ untilRunningMs }) => untilRunningMs > runningMs).map(({ commit }) => commit);
}

/** Good is what the record says, not what was intended; of what changes no record, what was done. */
function reachedBy({ operation }: WarmServiceJournal, lastGood: LastGood | undefined): WarmServiceFacts['reached'] {
  if (operation === undefined) return 'Open';
  const { type, id, steps: journal } = operation;
  const { steps, commit } = WARM_OPERATIONS[type];
  const isRecorded =
    type === 'Deploy' || type === 'Upgrade' ? lastGood?.operation === id : journal.done.includes(commit);
  if (isRecorded) return 'Committed';
  return steps.slice(0, steps.indexOf(commit)).every((one) => journal.done.includes(one)) ? 'Ready' : 'Open';
}

function isLate(
  { session, clock }: KindServices,
  spec: DefaultedWarmServiceSpec,
  journal: WarmServiceJournal,
): boolean {
  const { operation } = journal;
  if (operation?.steps.process !== session) return false;
  const step = WARM_OPERATIONS[operation.type].steps.find((one) => !operation.steps.done.includes(one));
  return step !== undefined && stepLeftMs({ clock }, { spec, journal }, step) <= 0;
}

interface Looked {
  spec: DefaultedWarmServiceSpec;
  domain: string;
  journal: WarmServiceJournal;
  lastGood: LastGood | undefined;
  owned: boolean;
}

type Seen = Pick<WarmServiceFacts, 'app'> & Pick<WarmServiceView, 'health'>;

/** While an operation is under way its steps look at the app themselves. */
async function lookAtApp(services: KindServices, looked: Looked, signal: AbortSignal): Promise<Seen> {
  const { spec, domain, journal, lastGood, owned } = looked;
  const unknown: Seen = { app: { state: 'Absent' }, health: { state: 'Unknown', message: 'not looked at' } };
  if (!owned || journal.operation || lastGood === undefined) return unknown;
  const observation = await services.platform.observe({ domain }, signal);
  const change = changeOf(observation);
  const commit = observation.commit ?? '';
  if (!observation.deployed)
    return { app: { state: 'Absent' }, health: { state: 'Failing', message: 'the app is gone' } };
  if (change !== undefined)
    return { app: { state: 'Changed', commit, what: change }, health: { state: 'Failing', message: change } };
  const { ms: sinceMs = 0, url } = journal.applied ?? {};
  const settings = { ...spec.app, healthPasses: 1 };
  const result = await services.gate.look({ domain, settings, sinceMs, reachedBefore: url !== undefined, signal });
  if (result.state === 'Up') {
    const where = result.url === undefined ? {} : { url: result.url };
    const message = result.weak ? 'its tasks run; there is no URL to ask' : 'it answers';
    return { app: { state: 'Up', commit, what: '' }, health: { state: 'Up', message, ...where } };
  }
  const what = result.state === 'Failed' ? result.message : result.waitingFor;
  return { app: { state: 'Unhealthy', commit, what }, health: { state: 'Failing', message: what } };
}
