import type { WarmServiceHistoryEntry } from '../../../lib/api/index.ts';
import { toTime } from '../../../lib/clock.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import { removeAsides } from '../../../lib/snapshot/discard.ts';

import type { Quarantined, WarmServiceJournal } from '../journal.ts';
import { mirrorOf, next, revisionRef, type WarmOutcome, type WarmSite } from '../site.ts';

const HISTORY = 10;
/** Sets of upgrades that are kept, the newest first. */
const KEPT_SETS = 2;

/**
 * The point of no return: one atomic write, and what runs is good from here on, whatever the journal says. A rollback
 * and a repair change nothing of what is good, unless a person went back to another version.
 */
export async function commit({ view, operation, services, domain, home, signal }: WarmSite): Promise<WarmOutcome> {
  const { type, id, to, hasSet } = operation;
  if (
    (type === 'RollBack' || type === 'Recover') &&
    view.lastGood?.commit === to.commit &&
    view.lastGood.version === to.version
  )
    return next;
  const volumes = (await services.platform.volumes({ domain }, signal)).map(({ name }) => name);
  const secrets = Object.keys(await home.secretFiles());
  const time = toTime(services.clock.now());
  const serial = (view.lastGood?.serial ?? 0) + 1;
  const of = { serial, recipe: view.spec.app.recipe, domain, volumes: volumes.filter(isOwn), secrets };
  const made = { ...revisionOf(to), operation: id, ...(hasSet ? { set: id } : {}), ...of };
  await view.record.commit({ format: 1, ...made, time });
  return next;
}

/** What a restore has put aside beside a volume is none. */
const isOwn = (name: string): boolean => !name.startsWith('.');

/** Only what is kept of a revision. Pure. */
export function revisionOf({ version, commit, source }: ReleasedRevision): ReleasedRevision {
  return { version, commit, source };
}

/** Drops what nothing refers to any more: asides of the restore, old sets, checkouts and pins of other commits. */
export async function collect(site: WarmSite): Promise<WarmOutcome> {
  const { view, operation, home, signal } = site;
  await removeAsides(home.directory);
  const { stay, gone } = await collectSets(site);
  const { failedSets = [] } = view.journal;
  const commits = [operation.to, ...stay, ...failedSets].map(({ commit }) => commit);
  await home.pruneRevisions(commits);
  for (const one of operation.from ? [operation.from, ...gone] : gone) {
    if (commits.includes(one.commit)) continue;
    await mirrorOf(site, one.source).release(revisionRef(view.object.uid, one), signal);
  }
  return next;
}

/** Gives what the sets that stay are of, and those that went. */
async function collectSets({ view, operation }: WarmSite): Promise<Record<'stay' | 'gone', ReleasedRevision[]>> {
  const { sets } = view;
  await sets.sweep();
  const referenced = [operation.id, operation.set, view.lastGood?.set];
  const all = await sets.list();
  const stays = all.filter(({ id }, index) => index < KEPT_SETS || referenced.includes(id));
  const goes = all.filter((one) => !stays.includes(one));
  for (const { id } of goes) await sets.remove(id);
  return { stay: stays.map(({ manifest }) => manifest), gone: goes.map(({ manifest }) => manifest) };
}

/** Puts a version that failed into quarantine. Idempotent. Pure but for the draft. */
export function quarantine(journal: WarmServiceJournal, { version, commit, ...why }: Quarantined): void {
  const others = journal.quarantine.filter((one) => one.commit !== commit || one.version !== version);
  const { reason, untilRunningMs, digest } = why;
  const of = digest === undefined ? {} : { digest };
  journal.quarantine = [...others, { version, commit, reason, untilRunningMs, ...of }];
}

/** Puts an entry before the others; the oldest beyond ten go. Pure but for the draft. */
export function noteHistory(journal: WarmServiceJournal, entry: WarmServiceHistoryEntry): void {
  journal.history = [entry, ...journal.history].slice(0, HISTORY);
}
