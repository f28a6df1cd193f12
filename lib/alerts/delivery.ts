import type { AlertRecord, Delivery } from './alert.ts';

/** What names a sink. */
export interface SinkName {
  key: string;
  name: string;
}

/** How the tries of one alert at one sink stand in this process. */
export interface Trial {
  /** Failures in a row. */
  failures: number;
  /** Monotonic time of the next try, milliseconds. */
  dueMs: number;
}

export type DeliveryOutcome = { deliveredTime: string } | { lastFailure: NonNullable<Delivery['lastFailure']> };

/** Whether the sink has the alert. Pure. */
export function isDelivered({ deliveries }: AlertRecord, sink: Pick<SinkName, 'key'>): boolean {
  return deliveries.some((delivery) => delivery.sink === sink.key && delivery.deliveredTime !== undefined);
}

/** Whether all sinks that are configured now have the alert; without any it waits for one. Pure. */
export function isDeliveredToAll(record: AlertRecord, sinks: readonly SinkName[]): boolean {
  return sinks.length > 0 && sinks.every((sink) => isDelivered(record, sink));
}

/**
 * The record with the outcome of a try: a line for each sink that is configured now, in their order, then those that had
 * the alert and are configured no more. Pure; a delivery that is noted stays.
 */
export function withOutcome(
  record: AlertRecord,
  sinks: readonly SinkName[],
  { sink, outcome }: { sink: SinkName; outcome: DeliveryOutcome },
): AlertRecord {
  const deliveries = sinks.map(({ key, name }): Delivery => {
    const before = record.deliveries.find((delivery) => delivery.sink === key) ?? { sink: key, name, failures: 0 };
    if (key !== sink.key || before.deliveredTime !== undefined) return before;
    const failures = before.failures + ('lastFailure' in outcome ? 1 : 0);
    return { ...before, name, failures, ...outcome };
  });
  const gone = record.deliveries.filter(
    ({ sink: key, deliveredTime }) => deliveredTime !== undefined && !sinks.some((one) => one.key === key),
  );
  return { ...record, deliveries: [...deliveries, ...gone] };
}

/**
 * The alerts that a sink is to get now: those that are due, the ones that failed least often first, so that one that the
 * sink never takes holds up no other; among those the oldest first. Pure.
 */
export function dueDeliveries(
  owed: readonly AlertRecord[],
  trials: ReadonlyMap<string, Trial>,
  nowMs: number,
): AlertRecord[] {
  const failures = ({ id }: AlertRecord): number => trials.get(id)?.failures ?? 0;
  return owed
    .filter(({ id }) => (trials.get(id)?.dueMs ?? 0) <= nowMs)
    .toSorted((one, other) => failures(one) - failures(other));
}

/** Milliseconds until the next of the alerts is due; `longest` where none is. Pure. */
export function untilNext(
  owed: readonly AlertRecord[],
  trials: ReadonlyMap<string, Trial>,
  { nowMs, longest }: { nowMs: number; longest: number },
): number {
  const waits = owed.map(({ id }) => Math.max(0, (trials.get(id)?.dueMs ?? nowMs) - nowMs));
  return Math.min(longest, ...waits);
}
