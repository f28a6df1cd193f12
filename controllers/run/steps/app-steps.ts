import { checkOutRevision } from '../../../lib/app/deployment.ts';
import { CONSECUTIVE_PASSES, type GateResult, type HealthSettings } from '../../../lib/app/health-gate.ts';
import { withinDeadline } from '../../../lib/deadline.ts';
import { CcError, explainError } from '../../../lib/errors.ts';
import { convergence } from '../../../lib/platform/convergence.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { noteDeployed } from '../../../lib/run-record/run-files.ts';
import { failStage, next, type PreparedContext, type StepContext, type StepOutcome } from '../stage.ts';

/** Whether the app is deployed right before or after a deploy, noted for the count of deploys. @throws CcError as `observe`. */
export async function lookAtDeploy({ services, domain, progress, signal }: PreparedContext): Promise<boolean> {
  const { deployed } = await services.platform.observe({ domain }, signal);
  noteDeployed(progress, deployed);
  return deployed;
}

/** One look of the health gate as the outcome of a step; journals nothing while it waits. */
export async function awaitUp(
  context: PreparedContext,
  settings: HealthSettings = context.resolved.app,
): Promise<StepOutcome> {
  const { services, applied, domain, signal } = context;
  const result = await services.gate.look({
    domain,
    settings,
    sinceMs: applied.appliedMs,
    remainingMs: context.remainingMs,
    reachedBefore: applied.url !== undefined,
    signal,
  });
  if (result.state === 'Waiting') return { kind: 'Wait', afterMs: result.afterMs, waitingFor: result.waitingFor };
  if (result.state === 'Failed') {
    const { state: _, reason, message, ...details } = result;
    return failStage(reason, message, details);
  }
  applied.up = true;
  if (result.url !== undefined) applied.url = result.url;
  if (result.weak && context.stage !== 'Promote') noteWeakEvidence(context);
  return next;
}

/**
 * {@link awaitUp} of what is going to be upgraded. Between two passes in a row, when nothing but time is waited for, it puts
 * the files of head where Upgrade looks for them: nothing that runs sees them, and a teardown removes them with the app.
 * @throws as {@link awaitUp}; what the checkout says once the signal has tripped.
 */
export async function awaitUpForUpgrade(context: PreparedContext): Promise<StepOutcome> {
  const outcome = await awaitUp(context);
  if (outcome.kind !== 'Wait' || outcome.waitingFor !== CONSECUTIVE_PASSES) return outcome;
  if (context.resolved.base.from === 'None') return outcome;
  const { clock } = context.services;
  const startedMs = clock.monotonicMs();
  context.leavePool();
  await checkOutHead(context, outcome.afterMs);
  return { ...outcome, afterMs: Math.max(0, outcome.afterMs - (clock.monotonicMs() - startedMs)) };
}

/** Given up when the time is over, and where it fails: Upgrade tries it again, and says what is wrong. */
async function checkOutHead({ home, mirror, resolved, services, signal }: PreparedContext, deadlineMs: number) {
  const { clock, log } = services;
  const late = (): CcError => new CcError('DeadlineExceeded', 'it takes longer than what it was done beside');
  try {
    await withinDeadline({ clock, signal, deadlineMs, late }, (bounded) =>
      checkOutRevision({ home, mirror, resolved: resolved.head, signal: bounded }),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    log.debug('head is not checked out yet', { domain: home.domain, error: explainError(error) });
  }
}

/** An app that nobody can ask counts as up by its running tasks: the stage says so, unless it has more to say. */
function noteWeakEvidence({ progress, stage: name }: PreparedContext): void {
  const stage = progress.stages.find((one) => one.name === name);
  if (!stage || stage.reason !== undefined) return;
  Object.assign(stage, { reason: 'WeakEvidence', message: 'no URL to ask: that the tasks run is all that is known' });
}

/** Whether the app has come up at all, where not coming up is an answer and not a failure. */
export async function lookOnce(context: PreparedContext, settings: HealthSettings): Promise<GateResult> {
  const { services, applied, domain, signal } = context;
  const reachedBefore = applied.url !== undefined;
  const look = { domain, settings, sinceMs: applied.appliedMs, reachedBefore, signal };
  return await services.gate.look(look);
}

/** How long the app may take before the verdict to be as it was, milliseconds. */
export const LAST_LOOK_MS = 60_000;
const AGAIN_MS = 2_000;

/**
 * What a stage ends with, once the tasks of an app that was up have been looked at again: a one-shot that failed since,
 * or a service that ends again and again, fails the stage that goes on beside it. After the last stage tasks that may
 * end by themselves, or are just started again, are waited for as well. Sets `foundDownMs` in the draft.
 */
export function lookAgain(context: StepContext, observation: AppObservation, outcome: StepOutcome): StepOutcome {
  const { memory, applied, services, stage } = context;
  if (!applied.up) return outcome;
  const window = { sinceMs: applied.appliedMs, now: services.clock.now(), moment: 'Verdict' } as const;
  const state = convergence(observation, window);
  if (state.state === 'Failed') {
    const { reason, message, state: _, ...details } = state;
    return failStage(reason, `after the app was up, ${message}`, details);
  }
  if (state.state === 'Up' || stage !== 'Custom') return outcome;
  const now = services.clock.monotonicMs();
  if (memory.foundDownMs === undefined) {
    memory.foundDownMs = now;
    return { kind: 'Again' };
  }
  if (now - memory.foundDownMs < LAST_LOOK_MS) return { kind: 'Wait', afterMs: AGAIN_MS, waitingFor: state.waitingFor };
  return failStage('NotUpAnyMore', `the app was up, and is not before the verdict: ${state.waitingFor}`);
}
