import { convergence } from '../../../lib/platform/convergence.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { failStage, type StepContext, type StepOutcome } from '../stage.ts';

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
  if (now - memory.foundDownMs < LAST_LOOK_MS) {
    return { kind: 'Wait', afterMs: AGAIN_MS, waitingFor: state.waitingFor };
  }
  return failStage('NotUpAnyMore', `the app was up, and is not before the verdict: ${state.waitingFor}`);
}
