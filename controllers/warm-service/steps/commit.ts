import { parseDuration } from '../../../lib/api/duration.ts';
import type { WarmServiceHistoryEntry } from '../../../lib/api/index.ts';
import { toTime } from '../../../lib/clock.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import { removeAsides } from '../../../lib/snapshot/restore.ts';
import type { OperationRecord, WarmServiceJournal } from '../journal.ts';
import { mirrorOf, next, revisionRef, type WarmOutcome, type WarmSite } from '../site.ts';

const HISTORY = 10;
/** Sets of upgrades that are kept, the newest first. */
const KEPT_SETS = 2;

/**
 * The point of no return. Of a deploy and an upgrade that is one atomic write: what runs is good from here on, whatever
 * the journal says. A repair changes nothing of what is good, nor does a rollback but one to another version.
 */
export async function commit({ view, operation, services }: WarmSite): Promise<WarmOutcome> {
  const { type, id, to } = operation;
  const isGood = view.lastGood?.version === to.version && view.lastGood.commit === to.commit;
  if (type === 'Recover' || (type === 'RollBack' && isGood)) return next;
  const madeSet = operation.steps.done.includes('Snapshot') && view.spec.rollback.strategy === 'Snapshot';
  const set = madeSet && operation.from ? { set: id } : {};
  const time = toTime(services.clock.now());
  await view.record.commit({ format: 1, ...revisionOf(to), operation: id, ...set, time });
  return next;
}

/** Only what is kept of a revision. Pure. */
export function revisionOf({ version, commit, source }: ReleasedRevision): ReleasedRevision {
  return { version, commit, source };
}

/** Drops what nothing refers to any more: asides of the restore, old sets, checkouts and pins of other commits. */
export async function collect(site: WarmSite): Promise<WarmOutcome> {
  const { view, operation, home, signal } = site;
  await removeAsides(home.directory);
  const kept = await collectSets(site);
  const failed = (view.journal.failedSets ?? []).map(({ commit }) => commit);
  const commits = [operation.to.commit, ...kept, ...failed];
  await home.pruneRevisions(commits);
  if (operation.from && !commits.includes(operation.from.commit))
    await mirrorOf(site, operation.from.source).release(revisionRef(view.object.uid, operation.from), signal);
  return next;
}

/** Gives the commits of the sets that stay. */
async function collectSets({ view, operation }: WarmSite): Promise<string[]> {
  const { sets } = view;
  await sets.sweep();
  const referenced = [operation.id, operation.set, view.lastGood?.set];
  const all = await sets.list();
  const stays = all.filter(({ id }, index) => index < KEPT_SETS || referenced.includes(id));
  for (const { id } of all) if (!stays.some((one) => one.id === id)) await sets.remove(id);
  return stays.map(({ manifest }) => manifest.commit);
}

/** Puts a version that failed into quarantine. Idempotent. Pure but for the draft. */
export function quarantine(
  journal: WarmServiceJournal,
  {
    operation,
    reason,
    runningMs,
    period,
  }: { operation: OperationRecord; reason: string; runningMs: number; period: string },
): void {
  const { version, commit } = operation.to;
  const others = journal.quarantine.filter((one) => one.commit !== commit || one.version !== version);
  const untilRunningMs = runningMs + parseDuration(period);
  journal.quarantine = [...others, { version, commit, reason, untilRunningMs }];
}

/** Puts an entry before the others; the oldest beyond ten go. Pure but for the draft. */
export function noteHistory(journal: WarmServiceJournal, entry: WarmServiceHistoryEntry): void {
  journal.history = [entry, ...journal.history].slice(0, HISTORY);
}
