import type { Clock } from '../clock.ts';
import type { ListingFacts } from './health.ts';
import { type MetricSource, single } from './scrape.ts';

export interface LoopSourceOptions {
  loop: () => ListingFacts;
  /** Runs that hold a slot, and how many may. */
  slots: () => { used: number; most: number };
  isReady: () => Promise<boolean>;
  clock: Clock;
}

/** What waits in the queues, and the slots of runs. */
export function queueSource({ loop, slots, clock }: LoopSourceOptions): MetricSource {
  return {
    name: 'Queue',
    metrics: [
      ...(['cc_ci_queue_depth', 'cc_ci_queue_oldest_seconds', 'cc_ci_last_listing_timestamp_seconds'] as const),
      ...(['cc_ci_specs_complete', 'cc_ci_run_slots', 'cc_ci_run_slots_used'] as const),
    ],
    read: () => {
      const { waiting, listedAgoMs, complete } = loop();
      const { used, most } = slots();
      const queues = [...waiting];
      return {
        cc_ci_queue_depth: queues.map(([kind, { depth }]) => ({ labels: { kind }, value: depth })),
        cc_ci_queue_oldest_seconds: queues.map(([kind, { oldestMs }]) => ({
          labels: { kind },
          value: oldestMs / 1000,
        })),
        cc_ci_last_listing_timestamp_seconds: single(
          listedAgoMs === undefined ? undefined : (clock.now() - listedAgoMs) / 1000,
        ),
        cc_ci_specs_complete: single(complete === undefined ? undefined : Number(complete)),
        cc_ci_run_slots: single(most),
        cc_ci_run_slots_used: single(used),
      };
    },
  };
}

/** Whether the controller is ready. */
export function readySource({ isReady }: LoopSourceOptions): MetricSource {
  return {
    name: 'Ready',
    metrics: ['cc_ci_ready'],
    read: async () => ({ cc_ci_ready: single(Number(await isReady())) }),
  };
}
