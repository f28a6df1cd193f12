import type { StageResult } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, explainError } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { removeRealm } from './dependencies/remove-realm.ts';
import { appDomain, currentAttempt, type Resource, type RunJournal, resourcesOf } from './journal.ts';
import { giveBackLease } from './quick/give-back.ts';
import { modeOf } from './run-operation.ts';
import { runSpec } from './spec-changes.ts';
import type { RunPass, RunServices } from './stage.ts';
import { timeoutsOf } from './steps/timeouts.ts';

const again = (reason: string): Outcome => requeueAfter(0, reason);

/** Tries to remove all that the attempt made; what follows is the next attempt, the promotion, or the end. */
export async function performTeardown(run: RunPass): Promise<Outcome> {
  const { services, journal, progress, pass } = run;
  const attempt = currentAttempt(journal);
  if (!attempt) throw new CcError('Internal', 'a teardown without an attempt');
  pass.leavePool();
  services.usage.forget(appDomain(attempt));
  journal.teardown ??= { startedRunningMs: services.store.runningMs(), tries: 0, remaining: [] };
  const stage = progress?.stages.find((one) => one.name === 'Teardown');
  const final = journal.afterTeardown === 'End' && journal.step !== 'Ended';
  if (stage && final) stage.startTime ??= toTime(services.clock.now());
  const remaining = await tearDown(run, resourcesOf(attempt));
  if (stage && final) mark(stage, remaining, services.clock.now());
  if (remaining.length === 0) return afterTeardown(run);
  journal.teardown = { ...journal.teardown, tries: journal.teardown.tries + 1, remaining };
  const retryInMs = untilNextTryMs(run);
  journal.teardown.retryTime = toTime(services.clock.now() + retryInMs);
  await run.save();
  return requeueAfter(retryInMs, 'TeardownRemaining');
}

function mark(stage: StageResult, remaining: readonly string[], now: number): void {
  const message = `still there: ${remaining.join(', ')}`;
  if (remaining.length > 0) Object.assign(stage, { result: 'Running', reason: 'Remaining', message });
  else {
    Object.assign(stage, { result: 'Passed', endTime: toTime(now) });
    delete stage.reason;
    delete stage.message;
  }
}

/**
 * Removes what an attempt made, the last of it first, and decides by listing whether it is gone, never by how a command
 * ended. Idempotent. @returns what is left. @throws CcError `Aborted`.
 */
async function tearDown(run: RunPass, resources: readonly Resource[]): Promise<string[]> {
  const left: string[] = [];
  for (const resource of resources.toReversed()) left.push(...(await removeOne(run, resource)));
  return left;
}

type ResourceOf<Kind> = Extract<Resource, { kind: Kind }>;
type Remove<Kind> = (run: RunPass, resource: ResourceOf<Kind>) => Promise<string[]>;

/** How each kind of thing goes. @returns what is left of it. */
const REMOVE: { readonly [Kind in Resource['kind']]: Remove<Kind> } = {
  App: removeApp,
  Realm: removeRealm,
  Lease: giveBackLease,
};

function removeOne<Kind extends Resource['kind']>(
  run: RunPass,
  resource: ResourceOf<Kind> & { kind: Kind },
): Promise<string[]> {
  return REMOVE[resource.kind](run, resource);
}

/** Gives the claim back once the app is gone. Touches nothing that the run has no claim on. */
async function removeApp({ services, object, pass }: RunPass, { domain }: ResourceOf<'App'>): Promise<string[]> {
  const { platform, store, limits } = services;
  const { signal } = pass;
  const claim = await store.claims.get(domain);
  if (claim?.uid !== object.uid) return [];
  let problem: string | undefined;
  try {
    await limits.run('Teardown', () => platform.destroy({ domain }, signal), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    problem = explainError(error);
  }
  const left = await listRemaining(services, domain, signal);
  if (left.length > 0) return problem ? [...left, problem] : left;
  await store.claims.release(domain, object.uid);
  return [];
}

async function listRemaining({ platform }: RunServices, domain: string, signal: AbortSignal): Promise<string[]> {
  try {
    const left = await platform.leftovers({ domain }, signal);
    const { deployed } = await platform.observe({ domain }, signal);
    return deployed && left.length === 0 ? ['the app is still deployed'] : left;
  } catch (error) {
    if (signal.aborted) throw error;
    return [`cannot be listed: ${explainError(error)}`];
  }
}

/** Milliseconds until the next try: 1 s doubling to a minute, but not past the teardown's deadline. */
function untilNextTryMs({ journal, services, object, resolved }: RunPass): number {
  const { tries, startedRunningMs } = journal.teardown ?? { tries: 1, startedRunningMs: 0 };
  const retryMs = Math.min(60_000, 1_000 * 2 ** Math.min(6, tries - 1));
  const leftMs = startedRunningMs + timeoutsOf(runSpec(object), resolved).teardown - services.store.runningMs();
  return journal.step === 'Ended' ? retryMs : Math.max(0, Math.min(retryMs, leftMs));
}

async function afterTeardown(run: RunPass): Promise<Outcome> {
  const { journal, services } = run;
  journal.tornDown = true;
  delete journal.teardown;
  if (journal.step === 'Ended') {
    await run.save();
    return again('TornDown');
  }
  if (journal.afterTeardown === 'NextAttempt') {
    journal.step = 'Pending';
    delete journal.memory;
    await removeWorkFiles([run.directories.backup, run.directories.scratch, run.directories.dependencies]);
    await run.save();
    return again('NextAttempt');
  }
  if (journal.outcome?.reason === 'Passed' && promotes(run)) {
    journal.step = 'Promoting';
    journal.session = services.session;
    await run.save();
    return again('Promote');
  }
  skipPromotion(run);
  await run.finish();
  return again('Finished');
}

/** A quick run never does. */
function promotes({ progress, resolved }: Pick<RunPass, 'progress' | 'resolved'>): boolean {
  return (progress === undefined ? resolved?.mode : modeOf(progress)) !== 'Quick';
}

function skipPromotion(run: RunPass): void {
  const { journal, progress, services } = run;
  if (!promotes(run)) return;
  const reason = 'NotGreen';
  journal.promotion = { result: 'Skipped', reason };
  const stage = progress?.stages.find((one) => one.name === 'Promote');
  const now = toTime(services.clock.now());
  if (stage) Object.assign(stage, { result: 'Skipped', reason, startTime: now, endTime: now });
}

/** Ends a run whose teardown has had its time: the verdict stays, the teardown is tried for ever. */
export async function giveUpTeardown(run: RunPass): Promise<void> {
  const { journal, services, object, progress } = run;
  journal.afterTeardown = 'End';
  const remaining = journal.teardown?.remaining.join(', ') ?? '';
  journal.outcome = withoutTeardown(journal.outcome, remaining);
  const stage = progress?.stages.find((one) => one.name === 'Teardown');
  if (stage) Object.assign(stage, { result: 'Failed', reason: 'Remaining', endTime: toTime(services.clock.now()) });
  skipPromotion(run);
  services.log.error('teardown failed', { run: object.name, remaining });
  await run.finish();
}

function withoutTeardown(outcome: RunJournal['outcome'], remaining: string): NonNullable<RunJournal['outcome']> {
  const { verdict, blame, level = 0 } = outcome ?? {};
  return {
    reason: 'TeardownFailed',
    message: `still there: ${remaining}`,
    level,
    blame: verdict === 'Failed' && blame ? blame : 'Infra',
    ...(verdict ? { verdict } : {}),
  };
}

/** Removes what only the tests needed; artifacts stay. Idempotent. */
export async function removeWorkFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) await removeTree(path);
}
