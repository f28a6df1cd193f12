import { orNothing } from '../../lib/errors.ts';
import { type Pace, paceOf } from '../../lib/fs/pace.ts';
import type { LeaseWatch } from '../../lib/known-good/lease-watch.ts';
import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { fingerprintOf } from '../../lib/snapshot/fingerprint.ts';
import { byContent, byFingerprint, firstBrokenPart } from '../../lib/snapshot/prepared.ts';
import type { SetState } from '../../lib/snapshot/verify-set.ts';
import { again, type CanonicalPass, watchOf } from './observe.ts';
import { PREPARED, VERIFY_INTERVAL_MS } from './plan.ts';
import { BUSY_MS, withdraw } from './prepare.ts';

/**
 * What the looks of a day may read, bytes a second: a fifth of what one plain disk gives, so that apps and runs do not
 * notice, and still 100 GiB within the hour.
 */
const LOOK_BYTES_PER_SECOND = 32 * 1024 * 1024;

/**
 * A look at the current generation. One that was read before, and to which nobody has written since, is not read again at
 * a start; one that was intact is read in the background, the others as fast as it goes.
 */
export async function verify(run: CanonicalPass, id: string): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { journal, knownGood } = view;
  const { session } = services;
  pass.leavePool();
  if (!(await trustPrepared(run))) return requeueAfter(1_000, 'Leased');
  const before =
    journal.verified?.generation === id && journal.verified.state === 'Intact' ? journal.verified : undefined;
  const path = knownGood.sets.pathOf(id);
  const fingerprint = await orNothing(fingerprintOf(path, pass.signal), 'DataMissing', 'Conflict');
  const isFresh = before !== undefined && services.store.runningMs() - before.atRunningMs < VERIFY_INTERVAL_MS;
  if (isFresh && fingerprint !== undefined && before.fingerprint === fingerprint) {
    journal.verified = { ...before, session };
    await save();
    return again('Verified');
  }
  if (before !== undefined && services.limits.isFull('Look')) return requeueAfter(BUSY_MS, 'OthersLook');
  const state = await (before === undefined
    ? readAtOnce(run, id)
    : inBackground(run, (watch, pace) => knownGood.sets.verify(id, watch.signal, pace)));
  if (state === 'GaveWay') return again('GaveWay');
  await noteVerified(run, { id, state, fingerprint });
  return again('Verified');
}

async function readAtOnce({ services, view, pass }: CanonicalPass, id: string): Promise<SetState> {
  return await services.limits.run('Copy', () => view.knownGood.sets.verify(id, pass.signal), pass.signal);
}

interface Seen {
  id: string;
  state: SetState;
  /** From before it was read. */
  fingerprint: string | undefined;
}

async function noteVerified({ services, view, save }: CanonicalPass, { id, state, fingerprint }: Seen): Promise<void> {
  const reason = state.state === 'Damaged' ? state.reason : 'the generation is gone';
  const at = { generation: id, session: services.session, atRunningMs: services.store.runningMs() };
  view.journal.verified =
    state.state === 'Intact'
      ? { ...at, state: 'Intact', ...(fingerprint === undefined ? {} : { fingerprint }) }
      : { ...at, state: 'Damaged', reason };
  await save();
  const damage = { type: 'Warning', reason: 'SnapshotDamaged', message: `generation ${id}: ${reason}` } as const;
  if (state.state === 'Intact') await view.knownGood.notePointer();
  else await services.store.event(view.object, damage);
}

/** At a start: a prepared copy to which somebody wrote meanwhile is none. False where the lease is not to be had. */
async function trustPrepared(run: CanonicalPass): Promise<boolean> {
  const { view, pass } = run;
  const broken = await firstBrokenPart(view.home.directory, byFingerprint(pass.signal));
  return broken === undefined || (await withdrawDamaged(run, broken));
}

async function withdrawDamaged(run: CanonicalPass, live: string): Promise<boolean> {
  const { services, view, pass } = run;
  const volumes = await services.platform.volumes({ domain: view.domain }, pass.signal);
  if (!(await withdraw(run, { home: view.home, volumes }))) return false;
  const message = `the prepared copy of ${live} is not what it was; another one is made`;
  await services.store.event(view.object, { type: 'Warning', reason: 'PreparedCopyDamaged', message });
  return true;
}

/** A look in turn at an ancestor, by its id, or at the prepared copy. */
export async function look(run: CanonicalPass, what: string): Promise<Outcome> {
  const { services, view, pass, save } = run;
  if (services.limits.isFull('Look')) return requeueAfter(BUSY_MS, 'OthersLook');
  pass.leavePool();
  const done = what === PREPARED ? await lookAtPrepared(run) : await lookAtAncestor(run, what);
  if (!done) return again('GaveWay');
  const { journal, facts } = view;
  const known = facts.looks.map((one) => [one.what, one.atRunningMs] as const);
  journal.looked = { ...Object.fromEntries(known), [what]: services.store.runningMs() };
  await save();
  return again('Looked');
}

async function lookAtAncestor(run: CanonicalPass, id: string): Promise<boolean> {
  const { services, view } = run;
  const state = await inBackground(run, (watch, pace) => view.knownGood.sets.verify(id, watch.signal, pace));
  if (state === 'GaveWay') return false;
  if (state.state !== 'Damaged') return true;
  const message = `generation ${id}, which the known-good descends from: ${state.reason}`;
  await services.store.event(view.object, { type: 'Warning', reason: 'AncestorDamaged', message });
  return true;
}

async function lookAtPrepared(run: CanonicalPass): Promise<boolean> {
  const { directory } = run.view.home;
  const broken = await inBackground(run, (watch, pace) => firstBrokenPart(directory, byContent(watch.signal, pace)));
  if (broken === 'GaveWay') return false;
  return broken === undefined || (await withdrawDamaged(run, broken));
}

/** Gives way to who takes the lease. */
async function inBackground<T>(
  run: CanonicalPass,
  work: (watch: LeaseWatch, pace: Pace) => Promise<T>,
): Promise<T | 'GaveWay'> {
  const { services, pass } = run;
  const watch = watchOf(run);
  const slowly = paceOf({ bytesPerSecond: LOOK_BYTES_PER_SECOND, clock: services.clock, signal: watch.signal });
  const pace: Pace = (bytes) => {
    watch.worked(bytes);
    return slowly(bytes);
  };
  try {
    return await services.limits.run('Look', () => work(watch, pace), watch.signal);
  } catch (error) {
    if (watch.gaveWay && !pass.signal.aborted) return 'GaveWay';
    throw error;
  } finally {
    await watch.end();
  }
}
