import { randomUUID } from 'node:crypto';
import { AppHome } from '../../lib/app/app-home.ts';
import { restoreApp } from '../../lib/app/restore-app.ts';
import { provenWayBack } from '../../lib/app/way-back.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, explainError, hasCode, TerminalError } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import { generationRef } from '../../lib/known-good/generation-ref.ts';
import {
  acquireLease,
  holdsLease,
  type Lease,
  type LeaseHolder,
  readLease,
  releaseLease,
} from '../../lib/known-good/lease.ts';
import { isNobodys } from '../../lib/known-good/volumes-state.ts';
import { done, type Outcome, type Pass, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { removeAsides } from '../../lib/snapshot/restore.ts';
import { areVolumesLost, type CanonicalView } from './observe.ts';
import type { CanonicalAction } from './plan.ts';
import type { CanonicalServices } from './services.ts';

const again = (reason: string): Outcome => requeueAfter(0, reason);

export interface CanonicalPass {
  services: CanonicalServices;
  view: CanonicalView;
  pass: Pass;
  /** Journals the draft. */
  save(): Promise<void>;
}

/** Performs exactly one action for a canonical. */
export async function performCanonicalAction(run: CanonicalPass, action: CanonicalAction): Promise<Outcome> {
  switch (action.type) {
    case 'Reject':
      return requeueAfter(run.services.settings.resyncMs, 'NotAccepted');
    case 'Rest':
      return requeueAfter(action.afterMs, action.reason);
    case 'Claim':
      return claim(run);
    case 'Accept':
      return accept(run);
    case 'Refuse':
      return refuse(run);
    case 'RepairLease':
      return repairLease(run);
    case 'Verify':
      return verify(run, action.id);
    case 'RestoreVolumes':
      return restoreVolumes(run, action.id);
    case 'FindNewest':
      return findNewest(run);
    case 'Seed':
      return seed(run, action.hash);
    case 'Undeploy':
      return undeploy(run);
    case 'StartDestroying':
      return startDestroying(run);
    case 'Destroy':
      return destroy(run);
    case 'Forget':
      return forget(run);
  }
}

async function claim({ services, view, save }: CanonicalPass): Promise<Outcome> {
  const { object, domain, journal, spec } = view;
  Object.assign(journal, { domain, recipe: spec.app.recipe });
  await services.store.claims.claim({ domain, kind: 'Canonical', name: object.name, uid: object.uid, attempt: 0 });
  await save();
  if (!view.facts.rejection) await services.store.accept(object);
  return again('Claimed');
}

async function accept({ services, view }: CanonicalPass): Promise<Outcome> {
  await services.store.accept(view.object);
  return again('Accepted');
}

async function refuse({ services, view }: CanonicalPass): Promise<Outcome> {
  const { object, facts } = view;
  if (facts.rejection) await services.store.refuse(object, facts.rejection);
  return again('Refused');
}

async function verify({ services, view, pass, save }: CanonicalPass, id: string): Promise<Outcome> {
  pass.leavePool();
  const state = await services.limits.run('Copy', () => view.knownGood.verify(id, pass.signal), pass.signal);
  const intact = state.state === 'Intact';
  const reason = state.state === 'Damaged' ? state.reason : 'the generation is gone';
  view.journal.verified = {
    generation: id,
    session: services.session,
    atRunningMs: services.store.runningMs(),
    state: intact ? 'Intact' : 'Damaged',
    ...(intact ? {} : { reason }),
  };
  await save();
  if (intact) await view.knownGood.notePointer();
  else
    await services.store.event(keyOf(view), {
      type: 'Warning',
      reason: 'SnapshotDamaged',
      message: `generation ${id}: ${reason}`,
    });
  return again('Verified');
}

function keyOf(view: CanonicalView): { kind: 'Canonical'; name: string } {
  return { kind: 'Canonical', name: view.object.name };
}

function ownHolder(view: CanonicalView): LeaseHolder {
  return { holder: 'canonical', uid: view.object.uid, attempt: 0 };
}

/**
 * Puts lost volumes back from the known-good, under the lease. One listing without them may be an old answer: it takes
 * a second one, made here.
 */
async function restoreVolumes(run: CanonicalPass, id: string): Promise<Outcome> {
  const { services, view, pass } = run;
  if (!(await areVolumesLost(services, view, pass.signal))) return again('VolumesAreThere');
  const holder = ownHolder(view);
  const lease = await acquireLease(view.knownGood.directory, holder, services.clock);
  if (!holdsLease(lease, holder)) return requeueAfter(1_000, 'Leased');
  await restoreUnderLease(run, id);
  await noteRestored(run, id, lease);
  await releaseLease(view.knownGood.directory, holder);
  return again('Restored');
}

/** Once for a lease, although a controller that died before it gave the lease back is followed by one that repairs it. */
async function noteRestored(run: CanonicalPass, id: string, lease: Lease): Promise<void> {
  const { services, view } = run;
  const [last] = view.journal.history;
  if (last?.result === 'Restored' && last.time >= lease.since) return;
  await note(run, 'Restored');
  await services.store.event(keyOf(view), {
    type: 'Warning',
    reason: 'VolumesRestored',
    message: `lost volumes were restored from generation ${id}`,
  });
}

/** Intact or not is asked before the app is taken down, and its commit is pinned. */
async function restoreUnderLease({ services, view, pass }: CanonicalPass, id: string): Promise<void> {
  const { domain, knownGood, object } = view;
  const { signal } = pass;
  pass.leavePool();
  const options = { knownGood, canonicalUid: object.uid, mirrors: services.mirrors, signal };
  if ((await provenWayBack(id, options)) !== id) {
    throw new CcError('Damaged', `generation ${id} is damaged, nothing is restored from it`, {
      remedy: 'Say ccctl reconcile: the next look at it says so in the status.',
    });
  }
  await services.platform.undeploy({ domain }, signal);
  const home = new AppHome(services.settings.stateDirectory, domain);
  await knownGood.setVolumesState({ state: 'Dirty', generation: id });
  const token = `${services.instanceId}/child/${randomUUID()}`;
  const operation = { id: `canonical-${id}`.slice(0, 60), attempt: Math.floor(services.store.runningMs()) };
  const tools = {
    runner: services.runner,
    env: { PATH: services.settings.path, LANG: 'C', CCCI_TOKEN: token },
    signal,
  };
  const assertUndeployed = (): Promise<void> => assertGone(services, domain, signal);
  await knownGood.asides.resume(tools);
  const restore = { platform: services.platform, home, set: knownGood.pathOf(id), operation, assertUndeployed, tools };
  await services.limits.run('Copy', () => restoreApp(restore), signal);
  await removeAsides(home.directory);
  await knownGood.setVolumesState({ state: 'Clean', generation: id });
}

async function assertGone({ platform }: CanonicalServices, domain: string, signal: AbortSignal): Promise<void> {
  const { deployed } = await platform.observe({ domain }, signal);
  if (deployed)
    throw new TerminalError('StillDeployed', `${domain} is deployed although nobody holds its lease`, {
      remedy: 'Undeploy it and say ccctl reconcile.',
    });
}

/**
 * A lease whose holder is over, unknown or damaged: undeploy, put the known-good back, give the lease back last. Where
 * the known-good is damaged the volumes stay as they are; they go only where nothing ever was known to be good.
 */
async function repairLease(run: CanonicalPass): Promise<Outcome> {
  const { services, view, pass } = run;
  const { knownGood, facts, domain } = view;
  pass.leavePool();
  const id = facts.knownGood.state === 'Present' ? facts.knownGood.id : undefined;
  const intact = id !== undefined && (await knownGood.verify(id, pass.signal)).state === 'Intact';
  if (!intact) await services.platform.undeploy({ domain }, pass.signal);
  if (intact) await restoreUnderLease(run, id);
  else if (isNobodys(facts.volumes) && (await knownGood.isEmpty())) {
    await services.platform.destroy({ domain }, pass.signal);
    await knownGood.setVolumesState({ state: 'Missing' });
  }
  const held = await readLease(knownGood.directory);
  if (intact && held && holdsLease(held, ownHolder(view))) await noteRestored(run, id, held);
  if (held && !(await releaseLease(knownGood.directory, held))) return requeueAfter(1_000, 'Leased');
  await services.store.event(keyOf(view), {
    type: 'Warning',
    reason: 'LeaseRepaired',
    message: `the lease of ${held?.holder ?? 'nobody'} was over`,
  });
  return again('LeaseRepaired');
}

/** Fetches and remembers the newest release: what a seed would test. A failed fetch is an error, never "no release". */
async function findNewest({ services, view, pass, save }: CanonicalPass): Promise<Outcome> {
  const { journal, source, spec } = view;
  if (source === undefined) {
    throw new TerminalError('NoSource', `nothing says where the recipe ${spec.app.recipe} comes from`, {
      remedy: 'Set app.source, or recipeSource in the configuration.',
    });
  }
  pass.leavePool();
  const mirror = services.mirrors.of(spec.app.recipe, source);
  try {
    await mirror.fetch(pass.signal);
  } catch (error) {
    if (!hasCode(error, 'InvalidInput')) throw error;
    throw new TerminalError('InvalidSource', explainError(error));
  }
  const newest = (await mirror.versions(pass.signal)).versions[0];
  journal.newest = {
    ...(newest ? { tag: newest.tag } : {}),
    atRunningMs: services.store.runningMs(),
    session: services.session,
  };
  await save();
  return again('NewestFound');
}

/** Creates the seed run of a hash, then journals it: one that exists already is the same seed. */
async function seed({ services, view, save }: CanonicalPass, hash: string): Promise<Outcome> {
  const { object, spec, journal } = view;
  const tag = journal.newest?.tag ?? '';
  const name = `${object.name.slice(0, 45)}-seed-${hash}`;
  const owner = { kind: 'Canonical', name: object.name, uid: object.uid } as const;
  try {
    await services.store.createRun({
      name,
      spec: { recipe: spec.app.recipe, ref: tag, mode: 'Cold' },
      labels: { 'cc-ci/seed': object.name },
      owner,
    });
  } catch (error) {
    if (!hasCode(error, 'Conflict')) throw error;
  }
  journal.seed = { run: name, hash, tag };
  await save();
  services.enqueue({ kind: 'Run', name });
  await services.store.event(keyOf(view), { type: 'Normal', reason: 'Seeding', message: `run/${name} tests ${tag}` });
  return requeueAfter(services.settings.resyncMs, 'Seeding');
}

async function note({ view, save, services }: CanonicalPass, result: 'Restored'): Promise<void> {
  const { manifest, journal } = view;
  if (!manifest) return;
  const entry = { version: manifest.version, commit: manifest.commit, result, time: toTime(services.clock.now()) };
  journal.history = [entry, ...journal.history].slice(0, 10);
  await save();
}

async function undeploy({ services, view, pass, save }: CanonicalPass): Promise<Outcome> {
  pass.leavePool();
  await services.platform.undeploy({ domain: view.domain }, pass.signal);
  view.journal.undeployedFor = view.facts.deletionStartedRunningMs;
  await save();
  for (const { kind, name } of services.store.list('Run')) services.enqueue({ kind, name });
  return again('Undeployed');
}

async function startDestroying({ services, view }: CanonicalPass): Promise<Outcome> {
  const key = keyOf(view);
  if (!view.object.deletion?.requested && !(await services.store.confirmAbsent(key)))
    return requeueAfter(1_000, 'FileReturned');
  await services.store.markDestroying(key);
  return again('Destroying');
}

/** Data, then proof by listing that it is gone, then claims, then the record. */
async function destroy({ services, view, pass }: CanonicalPass): Promise<Outcome> {
  const { domain, object, knownGood } = view;
  pass.leavePool();
  const claim = await services.store.claims.get(domain);
  if (claim?.uid === object.uid) {
    await services.limits.run('Teardown', () => services.platform.destroy({ domain }, pass.signal), pass.signal);
    const left = await services.platform.leftovers({ domain }, pass.signal);
    if (left.length > 0) return requeueAfter(5_000, `still there: ${left.join(', ')}`);
  }
  await releaseCommits(services, view, pass.signal);
  await removeTree(knownGood.directory);
  return forget({ services, view, pass, save: async () => {} });
}

/** The commits of the generations are no longer wanted; a mirror that cannot be written only keeps some room. */
async function releaseCommits(
  { mirrors, log }: CanonicalServices,
  view: CanonicalView,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const { id, manifest } of await view.knownGood.generations()) {
      await mirrors.of(manifest.recipe, manifest.source).release(generationRef(view.object.uid, id), signal);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn('could not release the commits of a canonical', { name: view.object.name, error: explainError(error) });
  }
}

async function forget({ services, view }: CanonicalPass): Promise<Outcome> {
  await services.store.claims.release(view.domain, view.object.uid);
  await services.store.remove(keyOf(view));
  return done;
}
