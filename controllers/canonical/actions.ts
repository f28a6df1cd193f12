import { fetchRecipe, requireSource } from '../../lib/app/recipe-source.ts';
import { orNothing } from '../../lib/errors.ts';
import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { destroy, forget, startDestroying, undeploy } from './deletion.ts';
import { look, verify } from './looks.ts';
import { again, type CanonicalPass } from './observe.ts';
import type { CanonicalAction } from './plan.ts';
import { emptyTrash, prepare } from './prepare.ts';
import { repairLease, restoreVolumes, tidy } from './volumes.ts';

/** Performs exactly one action for a canonical. */
export async function performCanonicalAction(run: CanonicalPass, action: CanonicalAction): Promise<Outcome> {
  if (action.type === 'Reject') return requeueAfter(run.services.settings.resyncMs, 'NotAccepted');
  if (action.type === 'Rest') return requeueAfter(action.afterMs, action.reason);
  if (action.type === 'Verify') return verify(run, action.id);
  if (action.type === 'RestoreVolumes') return restoreVolumes(run, action.id);
  if (action.type === 'Look') return look(run, action.what);
  return action.type === 'Seed' ? seed(run, action.hash) : ACTS[action.type](run);
}

const ACTS = {
  Claim: claim,
  Accept: accept,
  Refuse: refuse,
  RepairLease: repairLease,
  Tidy: tidy,
  EmptyTrash: emptyTrash,
  Prepare: prepare,
  FindNewest: findNewest,
  Undeploy: undeploy,
  StartDestroying: startDestroying,
  Destroy: destroy,
  Forget: forget,
} as const;

/** The claim is what holds the domain, and what others find it by: the journal may say so with what the pass ends in. */
async function claim({ services, view, saveWithStatus }: CanonicalPass): Promise<Outcome> {
  const { object, domain, journal, spec } = view;
  const { claims } = services.store;
  // One of a pass that was cut off before the spec was accepted, which named another domain then: nothing was made there.
  const isFirst = object.accepted === undefined && journal.domain === undefined;
  const others = isFirst ? await claims.of(object) : [];
  Object.assign(journal, { domain, recipe: spec.app.recipe });
  for (const other of others) if (other.domain !== domain) await claims.release(other.domain, object.uid);
  await claims.claim({ domain, kind: 'Canonical', name: object.name, uid: object.uid, attempt: 0 });
  saveWithStatus();
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

/** Fetches and remembers the newest release: what a seed would test. A failed fetch is an error, never "no release". */
async function findNewest({ services, view, pass, save }: CanonicalPass): Promise<Outcome> {
  const { journal, spec } = view;
  const source = requireSource(spec.app.recipe, spec.app.source, services.settings.recipeSource);
  pass.leavePool();
  const mirror = services.mirrors.of(spec.app.recipe, source);
  await fetchRecipe(mirror, pass.signal);
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
  const run = { recipe: spec.app.recipe, ref: tag, mode: 'Cold' } as const;
  const labels = { 'cc-ci/seed': object.name };
  await orNothing(services.store.createRun({ name, spec: run, labels, owner }), 'Conflict');
  journal.seed = { run: name, hash, tag };
  await save();
  services.enqueue({ kind: 'Run', name });
  await services.store.event(view.object, { type: 'Normal', reason: 'Seeding', message: `run/${name} tests ${tag}` });
  return requeueAfter(services.settings.resyncMs, 'Seeding');
}
