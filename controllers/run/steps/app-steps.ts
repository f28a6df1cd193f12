import type { HealthSettings } from '../../../lib/app/health-gate.ts';
import { noteDeployed } from '../../../lib/run-record/deploys.ts';
import { failStage, next, type PreparedContext, type StepOutcome } from '../stage.ts';

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

/** An app that nobody can ask counts as up by its running tasks: the stage says so, unless it has more to say. */
function noteWeakEvidence({ progress, stage: name }: PreparedContext): void {
  const stage = progress.stages.find((one) => one.name === name);
  if (!stage || stage.reason !== undefined) return;
  Object.assign(stage, { reason: 'WeakEvidence', message: 'no URL to ask: that the tasks run is all that is known' });
}

/** Whether the app has come up at all, where not coming up is an answer and not a failure. */
export async function lookOnce(
  context: PreparedContext,
  settings: HealthSettings,
): Promise<'Up' | 'Failed' | 'Waiting'> {
  const { services, applied, domain, signal } = context;
  const reachedBefore = applied.url !== undefined;
  const look = { domain, settings, sinceMs: applied.appliedMs, reachedBefore, signal };
  return (await services.gate.look(look)).state;
}
