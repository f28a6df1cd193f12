import type { KindServices } from '../../lib/app/kind-services.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, TerminalError } from '../../lib/errors.ts';
import { coreutils } from '../../lib/fs/coreutils.ts';
import { holdsLease, type Lease, readLease } from '../../lib/known-good/lease.ts';
import { resetTo } from '../../lib/known-good/reattach.ts';
import { isNobodys } from '../../lib/known-good/volumes-state.ts';
import { readyWayBack } from '../../lib/known-good/way-back.ts';
import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { removeLitter } from '../../lib/snapshot/leavings.ts';
import { isAsCopied } from '../../lib/snapshot/prepared.ts';
import { again, areVolumesLost, type CanonicalPass, type LeasedWork, ownHolder } from './observe.ts';

/**
 * Puts lost volumes back from the known-good, under the lease. One listing without them may be an old answer: it takes
 * a second one, made here.
 */
export async function restoreVolumes(run: CanonicalPass, id: string): Promise<Outcome> {
  const { services, view, pass } = run;
  if (!(await areVolumesLost(services, view, pass.signal))) return again('VolumesAreThere');
  const lease = await takeLease(run, 'Restore');
  if (lease === undefined) return requeueAfter(1_000, 'Leased');
  const { directory } = view.knownGood;
  // Until the lease was taken, a promotion may have moved it.
  const isCurrent = (await view.knownGood.pointerId()) === id;
  if (isCurrent) {
    await restoreUnderLease(run, id);
    await noteRestored(run, id, lease);
  }
  await services.turns.release(directory, lease);
  return again(isCurrent ? 'Restored' : 'KnownGoodMoved');
}

/** The lease for the reconciler itself, in its turn; undefined: others come first. */
export async function takeLease({ services, view }: CanonicalPass, work: LeasedWork): Promise<Lease | undefined> {
  const key = { kind: 'Canonical', name: view.object.name } as const;
  const answer = await services.turns.acquire(view.knownGood.directory, { key, holder: ownHolder(view, work) });
  return answer.state === 'Mine' ? answer.lease : undefined;
}

/** Once for a lease, although a controller that died before it gave the lease back is followed by one that repairs it. */
async function noteRestored(run: CanonicalPass, id: string, lease: Lease): Promise<void> {
  const { services, view, save } = run;
  const { manifest, journal } = view;
  const [last] = journal.history;
  if (last?.result === 'Restored' && last.time >= lease.since) return;
  if (manifest) {
    const { version, commit } = manifest;
    const entry = { version, commit, result: 'Restored' as const, time: toTime(services.clock.now()) };
    journal.history = [entry, ...journal.history].slice(0, 10);
    await save();
  }
  const message = `lost volumes were restored from generation ${id}`;
  await services.store.event(view.object, { type: 'Warning', reason: 'VolumesRestored', message });
}

/** Intact or not is asked before the app is taken down, and its commit is pinned. */
async function restoreUnderLease({ services, view, pass }: CanonicalPass, id: string): Promise<void> {
  const { domain, home, knownGood, object } = view;
  const { signal } = pass;
  pass.leavePool();
  const live = { home, volumes: await services.platform.volumes({ domain }, signal) };
  const wayBack = { sets: knownGood.sets, ownerUid: object.uid, mirrors: services.mirrors, signal, live };
  if ((await readyWayBack(id, wayBack)) !== id)
    throw new CcError('Damaged', `generation ${id} is damaged, nothing is restored from it`, {
      remedy: 'Say ccctl reconcile: the next look at it says so in the status.',
    });
  const { platform, limits } = services;
  await platform.undeploy({ domain }, signal);
  const operation = { id: `canonical-${id}`.slice(0, 60), attempt: Math.floor(services.store.runningMs()) };
  const assertUndeployed = (): Promise<void> => assertGone(services, domain, signal);
  const tools = coreutils(services, signal);
  await resetTo({ platform, limits, knownGood, home, id, operation, assertUndeployed, tools });
}

async function assertGone({ platform }: KindServices, domain: string, signal: AbortSignal): Promise<void> {
  const { deployed } = await platform.observe({ domain }, signal);
  if (deployed)
    throw new TerminalError('StillDeployed', `${domain} is deployed although nobody holds its lease`, {
      remedy: 'Undeploy it and say ccctl reconcile.',
    });
}

/** Since it was seen, its holder may have given it back and another one got it. */
function isSame(now: Lease | undefined, seen: Lease | undefined): boolean {
  return now !== undefined && seen !== undefined && holdsLease(now, seen) && now.since === seen.since;
}

/**
 * A lease whose holder is over, unknown or damaged. Under one of upkeep no data was touched: it is given back. Otherwise
 * the data is put right first.
 */
export async function repairLease(run: CanonicalPass): Promise<Outcome> {
  const { services, view, pass } = run;
  const { directory } = view.knownGood;
  pass.leavePool();
  const found = await readLease(directory);
  if (!isSame(found, view.facts.lease)) return again('LeaseChanged');
  if (found && !holdsLease(found, ownHolder(view, 'Upkeep'))) await putRight(run);
  const held = await readLease(directory);
  if (held && !(await services.turns.release(directory, held))) return requeueAfter(1_000, 'Leased');
  const message = `the lease of ${held?.holder ?? 'nobody'} was over`;
  await services.store.event(view.object, { type: 'Warning', reason: 'LeaseRepaired', message });
  return again('LeaseRepaired');
}

/**
 * Undeploys, and puts the known-good back. Where that is damaged the volumes stay as they are; they go only where nothing
 * ever was known to be good.
 */
async function putRight(run: CanonicalPass): Promise<void> {
  const { services, view, pass } = run;
  const { knownGood, facts, domain } = view;
  const id = facts.knownGood.state === 'Present' ? facts.knownGood.id : undefined;
  const intact = id !== undefined && ((await isUntouched(run, id)) || (await isIntact(run, id)));
  if (!intact) await services.platform.undeploy({ domain }, pass.signal);
  if (intact) await restoreUnderLease(run, id);
  else if (isNobodys(facts.volumes) && (await knownGood.isEmpty())) {
    await services.platform.destroy({ domain }, pass.signal);
    await knownGood.setVolumesState({ state: 'Missing' });
  }
  const held = await readLease(knownGood.directory);
  if (intact && held && holdsLease(held, ownHolder(view, 'Restore'))) await noteRestored(run, id, held);
}

/** A sealed copy of it lies beside the volumes, and nobody has written to it since. */
async function isUntouched({ view, pass }: CanonicalPass, id: string): Promise<boolean> {
  const { facts, home, knownGood } = view;
  return facts.prepared === 'Sealed' && (await isAsCopied(home.directory, knownGood.sets.pathOf(id), pass.signal));
}

async function isIntact({ view, pass }: CanonicalPass, id: string): Promise<boolean> {
  return (await view.knownGood.sets.verify(id, pass.signal)).state === 'Intact';
}

/**
 * Removes what a failed promotion or a crash left beside the live data and below the canonical's directory: asides of
 * restores that ended, copies that were never put in place. Under the lease, and only while an intact known-good is
 * there. What a fresh start set aside is not litter.
 */
export async function tidy(run: CanonicalPass): Promise<Outcome> {
  const { services, view, pass } = run;
  const { knownGood, domain } = view;
  const lease = await takeLease(run, 'Upkeep');
  if (lease === undefined) return requeueAfter(1_000, 'Leased');
  pass.leavePool();
  const volumes = await services.platform.volumes({ domain }, pass.signal);
  await removeLitter({ home: view.home, volumes });
  await knownGood.sweep();
  await services.turns.release(knownGood.directory, lease);
  return again('Tidied');
}
