import { AlertFiles } from '../lib/alerts/alert-files.ts';
import { type Alerts, DurableAlerts, type DurableAlertsOptions } from '../lib/alerts/alerts.ts';
import { HistoryFiles } from '../lib/alerts/history-files.ts';
import { AlertRelay } from '../lib/alerts/relay.ts';
import type { Sink } from '../lib/alerts/sink.ts';
import { sinksOf } from '../lib/alerts/sinks.ts';
import type { ResolvedConfig } from '../lib/config/resolved.ts';
import type { ObjectStore } from '../lib/store/store.ts';
import type { PlatformInputs } from './platforms.ts';

/** What raises alerts, and what brings them to people. */
export interface Alerting {
  alerts: Alerts;
  relay: AlertRelay;
  /** The sinks of another configuration. */
  sinksOf: (sinks: ResolvedConfig['alerts']['sinks']) => Sink[];
  /** What was told, for who shows it. */
  told: { files: AlertFiles; histories: HistoryFiles };
}

type AlertingInputs = Pick<PlatformInputs, 'config' | 'runner' | 'clock' | 'log' | 'path'>;
type AlertingParts = {
  instanceId: string;
  store: Pick<ObjectStore, 'runningMs'>;
  /** Told of each alert that is made. */
  onAlert: DurableAlertsOptions['onAlert'];
};

/** Alerts of one state directory, and their relay, which is not started. */
export function makeAlerting(inputs: AlertingInputs, { instanceId, store, onAlert }: AlertingParts): Alerting {
  const { config, clock, log } = inputs;
  const files = new AlertFiles(config.stateDirectory);
  const ofConfig: Alerting['sinksOf'] = (sinks) => sinksOf(sinks, { ...inputs, instanceId });
  const sinks = ofConfig(config.alerts.sinks);
  const relay = new AlertRelay({ files, sinks, clock, log, random: Math.random });
  const histories = new HistoryFiles(config.stateDirectory, log);
  const { runningMs } = store;
  const made: DurableAlertsOptions['onAlert'] = (alert) => {
    relay.wake();
    onAlert(alert);
  };
  const alerts = new DurableAlerts({ files, histories, clock, runningMs, onAlert: made });
  return { alerts, relay, sinksOf: ofConfig, told: { files, histories } };
}
