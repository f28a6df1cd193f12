import { parseDuration } from '../../../lib/api/duration.ts';
import { createMask } from '../../../lib/checks/mask.ts';
import type { NextStep } from '../../../lib/operation/operation.ts';
import type { WarmBackStep, WarmFailure, WarmStep } from '../operations.ts';
import { operationOf, type WarmServicePass, type WarmServiceView, type WarmSite } from '../site.ts';

/** Steps that copy or read all data, milliseconds. */
const COPYING_MS = 60 * 60_000;
const COPYING: readonly WarmStep[] = ['Snapshot', 'SetAside', 'Restore', 'KeepFailed', 'Collect'];

type Next = NextStep<WarmStep, WarmBackStep, WarmFailure>;

/** What the step under way acts on, within its time. */
export async function openSite({ services, view, pass }: WarmServicePass, act: Next): Promise<WarmSite> {
  const { domain, home } = view;
  const operation = operationOf(view);
  const mask = createMask([...(await home.secretValues()), ...services.mirrors.secretValues()]);
  const leftMs = act.next === 'Step' ? stepLeftMs(services, view, act.step) : timeOf(view, undefined);
  return {
    ...{ services, view, operation, domain, home, mask, applied: operation, signal: pass.signal },
    remainingMs: Math.max(1, leftMs),
    leavePool: () => pass.leavePool(),
  };
}

/** What a step may take, milliseconds. Pure. */
export function timeOf({ spec }: Pick<WarmServiceView, 'spec'>, step: WarmStep | undefined): number {
  const { deploy = '10m', health = '5m' } = spec.app.timeouts;
  if (step === 'AwaitHealth') return parseDuration(health);
  if (step !== undefined && COPYING.includes(step)) return COPYING_MS;
  return Math.max(parseDuration(deploy), parseDuration(health));
}

/** What is left of the time of the step under way, milliseconds; it began when the one before it was done. */
export function stepLeftMs(
  { clock }: Pick<WarmServicePass['services'], 'clock'>,
  view: Pick<WarmServiceView, 'spec' | 'journal'>,
  step: WarmStep,
): number {
  return timeOf(view, step) - (clock.monotonicMs() - operationOf(view).stepStartedMs);
}
