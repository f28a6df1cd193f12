import type { AlertFacts, AlertObject, FailureReason } from '../../lib/alerts/alert.ts';
import type { Happened } from '../../lib/alerts/alerts.ts';
import { explainError } from '../../lib/errors.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { OperationRecord } from './journal.ts';
import type { WarmServicePass } from './site.ts';

/** What is over once an operation has ended with a healthy app. */
const OVER: readonly FailureReason[] = ['DeployFailed', 'RollbackFailed', 'RecoverFailed', 'Flapping'];
/** What an upgrade shows to be over besides. */
const OVER_BY_UPGRADE: readonly FailureReason[] = [...OVER, 'UpgradeNotPrepared'];

export function alertObject({ kind, name, uid }: StoredObject): AlertObject {
  return { kind, name, uid };
}

type Told = Pick<WarmServicePass, 'services'> & { view: Pick<WarmServicePass['view'], 'object'> };

/** Tells people. What was begun goes on where they cannot be told: it stands in the log and in the status as well. */
export async function tell(
  { services, view }: Told,
  reason: FailureReason,
  happened: Omit<Happened, 'object'>,
): Promise<void> {
  const failed = { ...happened, reason, object: alertObject(view.object) };
  await services.alerts.raise(failed).catch((error: unknown) => {
    services.log.warn('an alert cannot be written', { alert: happened.id, reason, error: explainError(error) });
  });
}

/** Tells that earlier failures are over, where any was told. */
export async function tellRecovered({ services, view }: Told, { id, type, to }: OperationRecord): Promise<void> {
  const of = type === 'Upgrade' ? OVER_BY_UPGRADE : OVER;
  const recovery = { id: `${id}-recovered`, object: alertObject(view.object), of };
  const message = `${to.version} runs and is healthy`;
  await services.alerts.recovered({ ...recovery, message }).catch((error: unknown) => {
    services.log.warn('an alert cannot be written', { alert: recovery.id, error: explainError(error) });
  });
}

/** What a person needs to know of an operation that went wrong. Pure. */
export function factsOf(operation: OperationRecord, recovered: boolean): AlertFacts {
  const { type, from, to, cause, failure, failedSet } = operation;
  const of = ({ version, commit }: { version: string; commit: string }) => ({ version, commit });
  const [attempted, lastGood] = type === 'RollBack' ? [from, to] : [to, from];
  const why = (recovered ? undefined : failure) ?? cause ?? failure;
  return {
    ...(attempted === undefined ? {} : { attempted: of(attempted) }),
    ...(lastGood === undefined ? {} : { lastGood: of(lastGood) }),
    ...(why === undefined ? {} : { reason: why.reason }),
    recovered,
    ...(failedSet === undefined ? {} : { failedSet: failedSet.id, lossWindow: failedSet.lossWindow }),
  };
}
