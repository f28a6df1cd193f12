import type { DefaultedSweepSpec } from '../../lib/api/index.ts';
import { isGoing } from '../../lib/app/enrolment.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { orElse } from '../../lib/errors.ts';
import { readWarmRecord } from '../../lib/known-good/warm-record.ts';
import { readRunRecord } from '../../lib/run-record/run-end.ts';
import { isAccepted, specInForce } from '../../lib/store/spec-in-force.ts';
import type { ObjectStore, StoredObject } from '../../lib/store/store.ts';
import { activeRuns } from './active-runs.ts';
import { type RecipeRow, type ServiceRow, type SweepJournal, underWay } from './journal.ts';
import { calendarOf } from './occurrence.ts';
import type { RowRun, SweepFacts } from './plan.ts';
import type { ServiceSeen } from './services.ts';

/** A Sweep as one pass sees it. */
export interface SweepView {
  object: StoredObject;
  /** In force, or about to be. */
  spec: DefaultedSweepSpec;
  journal: SweepJournal;
  facts: SweepFacts;
}

/** Reads everything a decision needs; writes nothing. */
export async function observeSweep(
  { store, clock, settings }: KindServices,
  object: StoredObject,
  journal: SweepJournal,
): Promise<SweepView> {
  const spec = specInForce(object) as DefaultedSweepSpec;
  const now = clock.now();
  const calendar = calendarOf({ spec, uid: object.uid, journal, now });
  const sweep = underWay(journal);
  const starts = sweep === undefined && (calendar.due !== undefined || journal.asked !== undefined);
  const service = sweep?.step === 'Services' ? sweep.warmServices.find(({ result }) => !result) : undefined;
  const recipe = sweep?.step === 'Recipes' ? sweep.recipes.find(isOpen) : undefined;
  const facts: SweepFacts = {
    ...(sweep ? { sweep: { step: sweep.step, cancelled: sweep.cancel !== undefined } } : {}),
    asked: journal.asked !== undefined,
    now,
    runningMs: store.runningMs(),
    resyncMs: settings.resyncMs,
    deletion: object.deletion?.state ?? 'None',
    accepted: isAccepted(object),
    suspended: spec.suspend || object.suspended,
    calendar,
    enrolled: matching(store.list('Canonical'), spec).filter(({ accepted }) => accepted !== undefined).length,
    activeRuns: starts ? await activeRuns(store) : [],
    activeSweeps: starts ? await activeSweeps(store, object.name) : [],
    ...(service ? { service: { row: service, seen: await seeService(store, service) } } : {}),
    ...(recipe ? { recipe: { row: recipe, run: await seeRun(store, recipe, object.uid) } } : {}),
  };
  return { object, spec, journal, facts };
}

/** Canonicals that the selector matches and that stay, by name. Pure. */
export function matching(canonicals: readonly StoredObject[], { selector }: DefaultedSweepSpec): StoredObject[] {
  const wanted = Object.entries(selector.matchLabels ?? {});
  return canonicals
    .filter((one) => !isGoing(one) && wanted.every(([key, value]) => one.labels[key] === value))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isOpen({ decision, result }: RecipeRow): boolean {
  return decision === undefined || (decision === 'Run' && result === undefined);
}

/** Names of other sweeps that are under way. One whose journal is damaged does nothing. */
async function activeSweeps(store: ObjectStore, name: string): Promise<string[]> {
  const active: string[] = [];
  for (const one of store.list('Sweep').filter((other) => other.name !== name)) {
    const journal = await orElse(store.readJournal<SweepJournal>(one), 'Damaged', () => undefined);
    if (journal && underWay(journal)) active.push(one.name);
  }
  return active;
}

async function seeService(store: ObjectStore, { name, uid }: ServiceRow): Promise<ServiceSeen> {
  const object = store.get({ kind: 'WarmService', name });
  if (object === undefined || object.uid !== uid || isGoing(object)) return { state: 'Removed' };
  const spec = specInForce(object) as { suspend?: boolean; update?: { window?: object } };
  if (object.accepted === undefined) return { state: 'NotAccepted' };
  if (object.suspended || spec.suspend) return { state: 'Suspended' };
  const record = await orElse(readWarmRecord(store, name), 'Damaged', () => 'Damaged' as const);
  if (record === 'Damaged') return { state: 'Damaged' };
  const { domain, lastGood, operation, newest, history, postponed, waits, conditions } = record ?? {};
  const known = { domain, lastGood, operation, newest, history: history?.slice(0, 1), postponed, waits, conditions };
  const isAsked = object.requests.some(({ verb, by }) => verb === 'reconcile' && by.startsWith(SWEEPS));
  const hasWindow = spec.update?.window !== undefined;
  return { state: 'There', isAsked, record: known as ServiceRecord, hasWindow };
}

type ServiceRecord = (ServiceSeen & { state: 'There' })['record'];

/** Who asks, of requests that a sweep makes. */
export const SWEEPS = 'sweep/';

/** A run of that name that another one owns is none of this row. */
async function seeRun(store: ObjectStore, { run, runUid }: RecipeRow, uid: string): Promise<RowRun> {
  if (run === undefined) return { state: 'Unmade' };
  const key = { kind: 'Run', name: run } as const;
  const object = store.get(key);
  const isOurs = object !== undefined && object.uid === (runUid ?? object.uid) && isOwnedBy(object, uid);
  if (store.isDamaged(key)) return { state: 'Damaged' };
  if (!isOurs) return { state: runUid === undefined ? 'Unmade' : 'Removed' };
  const record = await orElse(readRunRecord(store, run), 'Damaged', () => 'Damaged' as const);
  if (record === 'Damaged') return { state: 'Damaged', uid: object.uid };
  return { state: record?.step === 'Ended' ? 'Over' : 'Open', uid: object.uid };
}

function isOwnedBy({ ownerReferences }: StoredObject, uid: string): boolean {
  return ownerReferences.some((owner) => owner.uid === uid);
}
