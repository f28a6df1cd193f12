import { parseDuration } from '../../lib/api/duration.ts';
import type { WarmServiceHistoryEntry } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import type { ReleasedRevision } from '../../lib/known-good/last-good.ts';
import type { Outcome } from '../../lib/runtime/reconciler.ts';
import type { OperationFault, OperationRecord, WarmServiceJournal } from './journal.ts';
import { REQUESTED } from './requests.ts';
import { again, operationOf, settingsDigest, type WarmServicePass, type WarmSite } from './site.ts';
import { noteHistory, quarantine } from './steps/commit.ts';
import { WAY_BACK_MISSING } from './steps/deploy.ts';
import { factsOf, tell, tellRecovered } from './tell.ts';

/** However short a person wants it: no version is tried and taken back in a loop (T55), milliseconds. */
const SHORTEST_QUARANTINE_MS = 10 * 60_000;
/** The reason of a quarantine of what was never tried. */
const NOT_PREPARED = 'NotPrepared';

/** The operation is over: what came of it is told once, with the write that ends it. */
export async function endOperation(run: WarmServicePass, outcome: 'Done' | 'Failed'): Promise<Outcome> {
  const { view, services, save } = run;
  const { journal } = view;
  const operation = operationOf(view);
  if (outcome === 'Done') await tellEnd(run, operation);
  const entry = outcome === 'Done' ? entryOf(operation, services.clock.now()) : undefined;
  if (entry) noteHistory(journal, entry);
  journal.applied = appliedBy(operation);
  if (view.lastGood) journal.lastGood = view.lastGood;
  // What was let through is there; it lets nothing else through.
  if (outcome === 'Done' && journal.approved?.version === operation.to.version) delete journal.approved;
  if (outcome === 'Done' && isEdit(operation)) delete journal.approvedEdit;
  if (outcome === 'Done') delete journal.begun;
  delete journal.operation;
  await save();
  const message = `${operation.type} to ${operation.to.version}: ${outcome === 'Done' ? 'done' : 'failed'}`;
  await services.store.event(view.object, { type: 'Normal', reason: operation.type, message });
  for (const { kind, name } of services.store.list('WarmService')) services.enqueue({ kind, name });
  return again(operation.type);
}

function appliedBy({ appliedMs: ms, settings, url }: OperationRecord): NonNullable<WarmServiceJournal['applied']> {
  return { ms, ...(url === undefined ? {} : { url }), ...(settings === undefined ? {} : { settings }) };
}

/** A rollback that ends well is told as what it is; that nothing is wrong any more, where something was told. */
async function tellEnd(run: WarmServicePass, operation: OperationRecord): Promise<void> {
  const { type, id, to, from, cause } = operation;
  if (type === 'RollBack' && cause?.reason !== REQUESTED) {
    const what = isSame(from, to) ? 'the edit of the spec' : (from?.version ?? '');
    const message = `${what} failed (${cause?.reason ?? ''}: ${cause?.message ?? ''}); ${to.version} runs again with its data`;
    await tell(run, 'UpgradeRolledBack', { id, message, facts: factsOf(operation, true) });
  }
  await tellRecovered(run, operation);
}

/** A repair is no entry: nothing of the version came of it. Pure. */
function entryOf(operation: OperationRecord, now: number): WarmServiceHistoryEntry | undefined {
  const { type, to, from, cause, startTime } = operation;
  if (type === 'Recover') return undefined;
  // What was tried is what is told: of a rollback the version that it took back.
  const tried = type === 'RollBack' && from !== undefined ? from : to;
  return {
    version: tried.version,
    commit: tried.commit,
    result: type === 'RollBack' ? 'RolledBack' : 'Committed',
    time: toTime(now),
    durationSeconds: Math.max(0, Math.round((now - Date.parse(startTime)) / 1000)),
    ...(cause === undefined ? {} : { message: `${cause.reason}: ${cause.message}` }),
  };
}

/**
 * What follows a failure, in the one write that says so: after an upgrade that touched the app its rollback, under the
 * same id, with the set if it was made; a version that failed is not tried again for a while. What faults of the ground
 * kept from being prepared is only postponed: nothing was touched, and nothing is known of the version (T54). A rollback
 * that failed stays as it is, for a person (PROTOCOLS 7).
 */
export async function followFailure(run: WarmServicePass, site: WarmSite): Promise<void> {
  const { view, services } = run;
  const { operation } = site;
  const { id, type, steps, failure = { reason: 'Failed', message: '' } } = operation;
  const message = `${type} to ${operation.to.version} failed, ${failure.reason}: ${failure.message}`;
  await services.store.event(view.object, { type: 'Warning', reason: `${type}Failed`, message });
  if (type === 'RollBack') return await noteRollbackFailed(site, message);
  if (type === 'Recover' || type === 'Deploy')
    await tell(run, `${type}Failed`, { id, message, facts: factsOf(operation, false) });
  if (type === 'Recover') return leaveAsItIs(site);
  if (steps.done.includes('Preflight')) return followTouched(site, failure);
  if (type === 'Upgrade') await tellNotPrepared(run, operation);
  followUntouched(site, failure);
}

/** It runs, if badly, as the spec wants it: that is no drift. Pure but for the draft. */
function leaveAsItIs({ view: { journal }, operation }: WarmSite): void {
  if (operation.appliedMs > 0) journal.applied = appliedBy(operation);
  delete journal.operation;
}

/** Pure but for the draft. */
function followTouched(site: WarmSite, failure: OperationFault): void {
  const { operation, view, services } = site;
  const { journal, spec, facts } = view;
  const { type, to } = operation;
  const untilMs = Math.max(SHORTEST_QUARANTINE_MS, parseDuration(spec.rollback.quarantine));
  const untilRunningMs = services.store.runningMs() + untilMs;
  if (isEdit(operation)) giveUpEdit(journal, operation);
  else quarantine(journal, { ...to, reason: failure.reason, untilRunningMs, digest: facts.specDigest });
  delete journal.operation;
  if (type === 'Deploy' && !operation.isFresh) journal.begun = to.version;
  if (type === 'Upgrade') journal.operation = rollbackOf(site, failure);
}

/** Of what was never tried only a look is lost: its image may have been published since. Pure but for the draft. */
function followUntouched({ operation, view, services }: WarmSite, { message }: OperationFault): void {
  const { journal, spec, facts } = view;
  const { specDigest: digest, intervalMs } = facts;
  const runningMs = services.store.runningMs();
  delete journal.operation;
  if (saysNothingOfTheVersion(operation)) {
    const count = journal.postponed?.digest === digest ? journal.postponed.count + 1 : 1;
    journal.postponed = { digest, count, atRunningMs: runningMs, message };
    return;
  }
  if (isEdit(operation)) {
    giveUpEdit(journal, operation);
    return;
  }
  const untilMs = Math.max(SHORTEST_QUARANTINE_MS, Math.min(parseDuration(spec.rollback.quarantine), intervalMs));
  quarantine(journal, { ...operation.to, reason: NOT_PREPARED, untilRunningMs: runningMs + untilMs, digest });
}

/** An upgrade to the version that runs: with other settings. Pure. */
function isEdit({ type, from, to }: OperationRecord): boolean {
  return type === 'Upgrade' && isSame(from, to);
}

function isSame(from: ReleasedRevision | undefined, to: ReleasedRevision): boolean {
  return from?.commit === to.commit && from.version === to.version;
}

/** Not tried again until somebody says so, or something else is asked for. Pure but for the draft. */
function giveUpEdit(journal: WarmServiceJournal, { settings }: OperationRecord): void {
  if (settings) journal.failedEdit = settingsDigest(settings);
  delete journal.approvedEdit;
}

/** What runs goes on. */
async function tellNotPrepared(run: WarmServicePass, operation: OperationRecord): Promise<void> {
  const { id, to, failure } = operation;
  const message = `${to.version} cannot be prepared, and nothing was touched: ${failure?.message ?? ''}`;
  await tell(run, 'UpgradeNotPrepared', { id, message, facts: factsOf(operation, true) });
}

/** Faults of the ground, and a version before that is not to be had any more. Pure. */
function saysNothingOfTheVersion({ fault, failure }: OperationRecord): boolean {
  return fault !== undefined || failure?.reason === 'DeadlineExceeded' || failure?.reason === WAY_BACK_MISSING;
}

async function noteRollbackFailed({ operation, view, services }: WarmSite, said: string): Promise<void> {
  await tell({ services, view }, 'RollbackFailed', {
    id: operation.id,
    message: said,
    facts: factsOf(operation, false),
  });
  const { version, commit } = operation.from ?? operation.to;
  const time = toTime(services.clock.now());
  const { reason, message } = operation.failure ?? { reason: 'Failed', message: '' };
  noteHistory(view.journal, { version, commit, result: 'RollbackFailed', time, message: `${reason}: ${message}` });
  operation.tries = (operation.tries ?? 1) + 1;
}

/** Back to what was good, under the same id: its set is that of the upgrade. */
function rollbackOf(
  { operation, services, view }: WarmSite,
  cause: NonNullable<OperationRecord['cause']>,
): OperationRecord {
  const { id, from, to, startTime } = operation;
  const settings = view.journal.applied?.settings ?? operation.settings;
  return {
    type: 'RollBack',
    id,
    from: to,
    to: from ?? to,
    steps: { operation: id, process: services.session, begun: 1, done: [], undone: [] },
    startTime,
    ...(operation.hasSet ? { set: id } : {}),
    ...(settings === undefined ? {} : { settings }),
    cause,
    stepStartedMs: services.clock.monotonicMs(),
    appliedMs: 0,
    up: false,
  };
}
