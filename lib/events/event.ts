import type { Kind } from '../api/kinds.ts';
import type { EventReason } from '../reasons/events.ts';

/** One thing that happened. */
export interface EventInput {
  type: 'Normal' | 'Warning';
  reason: EventReason;
  message: string;
}

/** It, as kept in `events.jsonl` and shown by `ccctl events`; an older controller may have had other reasons. */
export interface EventRecord extends Omit<EventInput, 'reason'> {
  /** CamelCase. */
  reason: string;
  /** RFC 3339. */
  time: string;
  /** Absent for events of the controller itself, as `SourceUnavailable`. */
  object?: { kind: Kind; name: string; uid: string };
}

/** All events of several logs in the order of their times, the `limit` newest. Pure; stable for equal times. */
export function mergeEvents(logs: readonly (readonly EventRecord[])[], limit: number): EventRecord[] {
  const all = logs.flat().sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  return limit >= all.length ? all : all.slice(all.length - limit);
}
