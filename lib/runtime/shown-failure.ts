import { type StatedCondition, statedConditions } from '../api/conditions.ts';
import type { NextAction } from '../api/generated/types.ts';
import { topConditionType } from '../api/kinds.ts';
import { toTime } from '../clock.ts';
import { explainError, TerminalError } from '../errors.ts';
import { generationInForce } from '../store/spec-in-force.ts';
import type { CommonStatus, Draft } from './kind.ts';
import type { PassFailure } from './reconciler.ts';

/** What happens next after a pass that failed: another one at a known time, or nothing until somebody acts. Pure. */
export function againAction({ terminal, retryAt }: PassFailure): NextAction {
  if (terminal) return { what: "nothing until the spec changes or 'ccctl retry'", reason: 'Stalled' };
  return { what: 'try again', reason: 'Retrying', ...(retryAt === undefined ? {} : { time: toTime(retryAt) }) };
}

/** The condition of an object whose last pass failed. Pure. */
export function failureCondition({ error, terminal }: PassFailure): StatedCondition {
  const message = explainError(error);
  if (!terminal) return { type: 'Reconciling', status: 'True', reason: 'Retrying', message };
  return { type: 'Stalled', status: 'True', reason: error instanceof TerminalError ? error.reason : 'Failed', message };
}

/**
 * The status of an object that cannot be observed now: `shown`, which was shown last, and how the pass failed. Where
 * this process has shown nothing yet, nobody knows how the object is. Pure.
 */
export function unseenStatus({ object, journal }: Draft, { shown, failure, now }: UnseenFacts): CommonStatus {
  const at = { time: toTime(now), observedGeneration: generationInForce(object) };
  const before = journal.conditions ?? [];
  const failed = failureCondition(failure);
  const top = { type: topConditionType(object.kind), status: 'Unknown', reason: 'NotVerified' } as const;
  const stated = statedConditions(before, shown ? [failed] : [{ ...top, message: failed.message }, failed], at);
  const over = ['Reconciling', 'Stalled', ...stated.map(({ type }) => type)];
  const conditions = [...before.filter(({ type }) => !over.includes(type)), ...stated];
  return {
    ...(shown ?? { observedGeneration: at.observedGeneration, lastHandledRequest: object.lastHandledRequest }),
    conditions: conditions.sort((one, other) => (one.type < other.type ? -1 : 1)),
    nextAction: againAction(failure),
  };
}

export interface UnseenFacts {
  shown: CommonStatus | undefined;
  failure: PassFailure;
  /** Milliseconds since the epoch. */
  now: number;
}
