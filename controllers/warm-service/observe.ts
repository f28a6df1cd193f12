import { join } from 'node:path';
import { parseDuration } from '../../lib/api/duration.ts';
import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { warmServiceDomain } from '../../lib/app/domain.ts';
import { isGoing } from '../../lib/app/enrolment.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { canonicalDigest } from '../../lib/digest.ts';
import { RecordFiles } from '../../lib/fs/record-files.ts';
import { type LastGood, LastGoodRecord } from '../../lib/known-good/last-good.ts';
import { warmHome } from '../../lib/known-good/warm-home.ts';
import { DamagedRecord } from '../../lib/store/damaged-record.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { judged } from './acceptance.ts';
import type { WarmServiceJournal } from './journal.ts';
import { lookAtApp } from './look.ts';
import { WARM_OPERATIONS } from './operations.ts';
import { waitsFor } from './order.ts';
import type { WarmServiceFacts } from './plan.ts';
import { editOf, settingsDigest, settingsInForce, type WarmServiceView } from './site.ts';
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
  const lastGood = newer(await record.read(), journal.lastGood);
  const claim = await store.claims.get(domain);
  if (lastGood !== undefined && claim?.uid === object.uid && journal.recipe === undefined)
    throw journalLost(settings.stateDirectory, object);
  const runningMs = store.runningMs();
  const owned = claim?.uid === object.uid && journal.domain !== undefined;
  const reached = reachedBy(journal, lastGood);
  const looked = { spec, domain, home, journal, lastGood, owned, reached };
  const { app, health, missing } = await lookAtApp(services, looked, signal);
  const { operation } = journal;
  const specDigest = digestInForce(spec, journal);
  journal.quarantine = journal.quarantine.filter(({ digest }) => digest === undefined || digest === specDigest);
  const facts: WarmServiceFacts = {
    journal,
    session,
    runningMs,
    resyncMs: settings.resyncMs,
    ...judged(object, { ...lastGood, ...journal }, { claim, zone: settings.zone, others: store.list() }),
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
    missing,
    specDigest,
    edited: editOf(spec, journal) !== undefined,
    lastGood,
    app,
    choiceDigest: canonicalDigest({
      ...spec,
      suspend: null,
      approved: journal.approved ?? null,
      edits: [journal.approvedEdit ?? null, journal.failedEdit ?? null],
      quarantine: quarantined(journal, runningMs),
    }),
    intervalMs: parseDuration(spec.update.interval),
    window: windowOf(spec.update.window, services.clock.now()),
    inUse: services.leases.of(object.name),
    reached,
    touched: operation?.steps.done.includes('Preflight') ?? false,
    late: isLate(services, spec, journal),
  };
  return { object, spec, journal, domain, home, directory, record, lastGood, sets, health, facts };
}

/** An edit that waits is nothing new: what failed would fail again. */
function digestInForce(spec: DefaultedWarmServiceSpec, journal: WarmServiceJournal): string {
  const app = { ...spec.app, env: null, composeFiles: null, secrets: null };
  const settings = settingsDigest(settingsInForce(spec, journal));
  return canonicalDigest({ ...spec, app, settings, suspend: null });
}

/** What was under way may have touched the data: nobody knows (PROTOCOLS 1). */
function journalLost(stateDirectory: string, { kind, name }: StoredObject): DamagedRecord {
  const path = join(stateDirectory, 'objects', kind, name, 'journal.json');
  const message = `${path} is lost, and nobody knows what was under way. 'ccctl retry' goes on with what is there`;
  return new DamagedRecord(path, new Error(message));
}

/** The record, unless it is lost or from before what the journal says. Pure. */
function newer(record: LastGood | undefined, noted: LastGood | undefined): LastGood | undefined {
  if (record === undefined || noted === undefined) return record ?? noted;
  return (noted.serial ?? 0) > (record.serial ?? 0) ? noted : record;
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
  return step !== undefined && stepLeftMs({ clock, session }, { spec, journal }, step) <= 0;
}
