import { API_VERSION, type Kind } from '../api/kinds.ts';
import { present } from '../api/objects.ts';

/** How grave an alert is, in the words that Alertmanager and PagerDuty have in common. */
export type Severity = 'Info' | 'Warning' | 'Critical';

/** Each reason of an alert with how grave it is. Closed: `lib/reasons/alerts.ts` says what each means. */
export const ALERT_REASONS = {
  DeployFailed: 'Critical',
  UpgradeHeld: 'Warning',
  ApprovalVoided: 'Warning',
  UpgradeNotPrepared: 'Warning',
  UpgradeRolledBack: 'Warning',
  RollbackFailed: 'Critical',
  RecoverFailed: 'Critical',
  Flapping: 'Critical',
  Recovered: 'Info',
} as const satisfies Readonly<Record<string, Severity>>;

export type AlertReason = keyof typeof ALERT_REASONS;
/** A reason of something that went wrong: what a recovery takes back. */
export type FailureReason = Exclude<AlertReason, 'Recovered'>;

/** What an alert is about. */
export interface AlertObject {
  kind: Kind;
  name: string;
  uid: string;
}

/** One version of a recipe. */
interface AlertVersion {
  version: string;
  commit: string;
}

/** What a person needs to act; each field only where it is known. Never a secret value. */
export interface AlertFacts {
  attempted?: AlertVersion;
  lastGood?: AlertVersion;
  /** The app runs and is healthy now. */
  recovered?: boolean;
  /** What went wrong, a CamelCase word: `Unhealthy`, `DeployFailed`. */
  reason?: string;
  /** Writes of this span are in the failed set alone. RFC 3339. */
  lossWindow?: { from: string; to: string };
  /** Id of the set that holds what the rollback replaced. */
  failedSet?: string;
  /** Why the upgrade is held: the rules of the gate. */
  held?: { code: string; message: string }[];
  /** Release notes on the way to the held version. */
  notes?: { version: string; text: string }[];
}

/** One thing that happened and that people are told. */
export interface Alert {
  /** That of the operation, or of the happening; names the file. */
  id: string;
  /** RFC 3339. */
  time: string;
  severity: Severity;
  reason: AlertReason;
  object: AlertObject;
  message: string;
  facts: AlertFacts;
  /** Ids of the alerts that this one takes back. */
  recovers?: readonly string[];
  /** The alert that told the same failure first, and how often it was muted since it was told last. */
  reminds?: { id: string; muted: number };
}

/** How the delivery to one sink stands. */
export interface Delivery {
  /** Key of the sink. */
  sink: string;
  /** The sink for people. */
  name: string;
  /** Tries that failed. */
  failures: number;
  /** RFC 3339; absent until it was delivered. */
  deliveredTime?: string;
  /** The last try that failed. */
  lastFailure?: { time: string; message: string };
}

/** Content of the file of an alert. */
export interface AlertRecord extends Alert {
  deliveries: readonly Delivery[];
}

/** What may name an alert, and an object in a file name: nothing that leaves a directory or is hidden. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Whether `id` may name an alert. Pure. */
export function isAlertId(id: string): boolean {
  return ID.test(id);
}

/** The alert as sinks and `ccctl -o json` get it. Pure. */
export function alertDocument(alert: Alert): Record<string, unknown> {
  const { id, time, severity, reason, object, message, facts, recovers, reminds } = alert;
  return {
    apiVersion: API_VERSION,
    kind: 'Alert',
    metadata: { name: id, creationTimestamp: time },
    severity,
    reason,
    object,
    message,
    facts,
    ...present({ recovers, reminds }),
  };
}
