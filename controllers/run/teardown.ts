import type { StageResult } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, explainError } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import type { RunJournal } from './journal.ts';
import type { RunServices } from './services.ts';

export interface TeardownOptions {
  services: RunServices;
  domain: string;
  uid: string;
  signal: AbortSignal;
}

/** Nothing is left, or what is. */
export type TeardownResult = { gone: true } | { gone: false; remaining: string[] };

/**
 * Destroys the app of an attempt and decides by listing whether it is gone, never by how a command ended; then gives
 * the claim back. Idempotent. Touches nothing that the run has no claim on.
 * @throws CcError `Aborted`.
 */
export async function tearDown({ services, domain, uid, signal }: TeardownOptions): Promise<TeardownResult> {
  const { platform, store, limits } = services;
  const claim = await store.claims.get(domain);
  if (claim?.uid !== uid) return { gone: true };
  let problem: string | undefined;
  try {
    await limits.run('Teardown', () => platform.destroy({ domain }, signal), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    problem = explainError(error);
  }
  const remaining = await listRemaining(services, domain, signal);
  if (remaining.length > 0) return { gone: false, remaining: problem ? [...remaining, problem] : remaining };
  await store.claims.release(domain, uid);
  return { gone: true };
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

/** Marks the Teardown stage in a draft of the stages. */
export function markTeardown(stage: StageResult | undefined, result: TeardownResult, now: number): void {
  if (!stage) throw new CcError('Internal', 'the run has no stage Teardown');
  if (result.gone) {
    Object.assign(stage, { result: 'Passed', endTime: toTime(now) });
    delete stage.reason;
    delete stage.message;
    return;
  }
  Object.assign(stage, {
    result: 'Running',
    reason: 'Remaining',
    message: `still there: ${result.remaining.join(', ')}`,
  });
}

/** Removes what only the tests needed; artifacts stay. Idempotent. */
export async function removeWorkFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) await removeTree(path);
}

/** Milliseconds until the next try of a teardown that did not succeed: 1 s doubling to a minute. Pure. */
export function teardownRetryMs(journal: Pick<RunJournal, 'teardown'>): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(6, (journal.teardown?.tries ?? 1) - 1));
}
