import { parseDuration } from '../../../lib/api/duration.ts';
import { createMask } from '../../../lib/checks/mask.ts';
import type { NextStep } from '../../../lib/operation/operation.ts';
import type { WarmBackStep, WarmFailure, WarmStep } from '../operations.ts';
import { operationOf, type WarmServicePass, type WarmServiceView, type WarmSite } from '../site.ts';

/** Steps that copy or read all data, milliseconds. */
const COPYING_MS = 60 * 60_000;
/** The rollback waits for what is only for people to read, but not for long. */
const EVIDENCE_MS = 60_000;
const COPYING: readonly WarmStep[] = ['Snapshot', 'SetAside', 'Restore', 'KeepFailed', 'Collect'];

type Next = NextStep<WarmStep, WarmBackStep, WarmFailure>;

/** What the step under way acts on, within its time. */
export async function openSite({ services, view, pass }: WarmServicePass, act: Next): Promise<WarmSite> {
  const { domain, home } = view;
  const operation = operationOf(view);
  const mask = createMask([...(await home.secretValues()), ...services.mirrors.secretValues()]);
  const leftMs = leftOf(services, view, act);
  return {
    ...{ services, view, operation, domain, home, mask, applied: operation, signal: pass.signal },
    remainingMs: Math.max(1, leftMs),
    leavePool: () => pass.leavePool(),
  };
}

function leftOf(services: WarmServicePass['services'], view: WarmServiceView, act: Next): number {
  if (act.next === 'Undo' && act.step === 'SaveEvidence') return EVIDENCE_MS;
  // What tidies is tried again and again, each time with all of its time.
  if (act.next !== 'Step' || view.facts.reached === 'Committed') return timeOf(view, stepOf(act));
  return stepLeftMs(services, view, act.step);
}

const stepOf = (act: Next): WarmStep | undefined => (act.next === 'Step' ? act.step : undefined);

/** What a step may take, milliseconds. Pure. */
function timeOf({ spec }: Pick<WarmServiceView, 'spec'>, step: WarmStep | undefined): number {
  const { deploy = '10m', health = '5m' } = spec.app.timeouts;
  if (step === 'AwaitHealth') return parseDuration(health);
  if (step !== undefined && COPYING.includes(step)) return COPYING_MS;
  return Math.max(parseDuration(deploy), parseDuration(health));
}

/**
 * What is left of the time of the step under way, milliseconds; it began when the one before it was done. A reading of
 * another process's clock says nothing here: all of it is left.
 */
export function stepLeftMs(
  { clock, session }: Pick<WarmServicePass['services'], 'clock' | 'session'>,
  view: Pick<WarmServiceView, 'spec' | 'journal'>,
  step: WarmStep,
): number {
  const { stepStartedMs, steps } = operationOf(view);
  return timeOf(view, step) - (steps.process === session ? clock.monotonicMs() - stepStartedMs : 0);
}
