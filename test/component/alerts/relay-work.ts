import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { DurableAlerts } from '../../../lib/alerts/alerts.ts';
import { HistoryFiles } from '../../../lib/alerts/history-files.ts';
import { AlertRelay } from '../../../lib/alerts/relay.ts';
import { WebhookSink } from '../../../lib/alerts/webhook-sink.ts';
import { systemClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { aFailure } from '../../builders/alert.ts';

/** What a process is told to do, and when it is to die. */
export interface RelayOrder {
  state: string;
  url: string;
  /** Dies before the so-manieth call whose line matches; absent: not. */
  kill?: KillPoint;
}

export interface KillPoint {
  pattern: string;
  /** 1 for the first. */
  nth: number;
}

/** Bound of the whole work, milliseconds. */
const PATIENCE_MS = 60_000;

/** Raises an alert and relays until it is seen, as a controller that goes on after whatever was before. */
export async function doWork({ state, url }: Omit<RelayOrder, 'kill'>): Promise<void> {
  const files = new AlertFiles(state);
  const sinks = [new WebhookSink({ url }, systemClock)];
  const relay = new AlertRelay({ files, sinks, clock: systemClock, log: silentLog, random: Math.random });
  const alerts = new DurableAlerts({
    files,
    histories: new HistoryFiles(state, silentLog),
    clock: systemClock,
    runningMs: () => 0,
    onAlert: () => relay.wake(),
  });
  relay.start();
  try {
    await alerts.raise(aFailure());
    const end = systemClock.monotonicMs() + PATIENCE_MS;
    while ((await files.seen()).alerts.length === 0) {
      if (systemClock.monotonicMs() > end) throw new Error('the alert was never seen');
      await systemClock.sleep(5);
    }
  } finally {
    await relay.stop();
  }
}
