import { type Clock, toTime } from '../clock.ts';
import { Serial } from '../serial.ts';
import { ALERT_REASONS, type Alert, type AlertFacts, type AlertObject, type FailureReason } from './alert.ts';
import type { AlertFiles } from './alert-files.ts';
import { bounded } from './bounded.ts';
import {
  afterDecision,
  afterRepair,
  type Decision,
  decide,
  decideRepair,
  failureKey,
  type Happening,
} from './history.ts';
import type { HistoryFiles } from './history-files.ts';

/** What happened to an object. `message` is one sentence for people; it holds no secret value. */
export interface Happened {
  /**
   * That of the operation; the same happening always comes with the same id. It becomes the id of the alert. What else
   * happens in the same operation, as a rollback that fails, gets `<id>-<reason>`.
   */
  id: string;
  object: AlertObject;
  message: string;
  facts?: AlertFacts;
}

export interface Failed extends Happened {
  reason: FailureReason;
}

export interface RecoveredFrom extends Happened {
  /** The failures that are over. */
  of: readonly FailureReason[];
}

/** `Muted`: people know already. */
export type Told = 'Told' | 'Reminded' | 'Muted';

/**
 * Tells people what happened to objects. What was told survives every crash once the call has returned; a call that was
 * cut off is made again with the same id, and makes no second alert. Texts are cut where they are too long.
 * @throws of every method: CcError `NoSpace`, `InvalidInput` for an id or uid that cannot name a file; system errors. What
 * must not wait for an alert, as a rollback, goes on and raises it again later.
 */
export interface Alerts {
  /** Tells a failure, unless the same was told within a day; see `decide`. */
  raise(failed: Failed): Promise<Told>;
  /** Tells once that failures are over, if any of them was told. The next failure is told at once again. */
  recovered(recovery: RecoveredFrom): Promise<Told>;
  /**
   * Asked before each repair, and noted durably. After five in five minutes the app is left alone: this is told as
   * `Flapping`, and stays so until {@link startOver}.
   */
  repairing(repair: Happened): Promise<'Repair' | 'LeaveAlone'>;
  /** Repairs are made again: somebody asked for it, or the spec changed. What is told as not over stays so. Idempotent. */
  startOver(object: AlertObject): Promise<void>;
  /** The object is gone, its alerts stay. Idempotent. */
  forget(object: AlertObject): Promise<void>;
}

export interface DurableAlertsOptions {
  files: AlertFiles;
  histories: HistoryFiles;
  clock: Clock;
  /** Running time of the controller over all its starts, milliseconds. */
  runningMs: () => number;
  /** An alert was made, and waits for the relay. */
  onAlert: (alert: Pick<Alert, 'reason' | 'severity'>) => void;
}

/**
 * {@link Alerts} as files. The alert comes first, exclusively by its id, the history after it: a crash between the two
 * makes the same decision again.
 */
export class DurableAlerts implements Alerts {
  readonly #options: DurableAlertsOptions;
  readonly #serial = new Serial();

  constructor(options: DurableAlertsOptions) {
    this.#options = options;
  }

  raise(failed: Failed): Promise<Told> {
    return this.#serial.run(failed.object.uid, () => this.#raise(failed));
  }

  recovered(recovery: RecoveredFrom): Promise<Told> {
    return this.#serial.run(recovery.object.uid, async () => {
      const id = await this.#idOf(recovery, 'Recovered');
      return await this.#tell({ sort: 'Recovery', id, of: recovery.of }, recovery, 'Recovered');
    });
  }

  repairing(repair: Happened): Promise<'Repair' | 'LeaveAlone'> {
    const { object, id } = repair;
    return this.#serial.run(object.uid, async () => {
      const { histories, runningMs } = this.#options;
      const decision = decideRepair(await histories.read(object.uid), id, runningMs());
      if (decision.act === 'LeaveAlone' && decision.fifth === undefined) return 'LeaveAlone';
      // By the last repair, so that it is one alert however often this is begun.
      if (decision.act === 'LeaveAlone') await this.#raise({ ...repair, id: decision.fifth ?? id, reason: 'Flapping' });
      const history = await histories.read(object.uid);
      await histories.write(object.uid, afterRepair(history, id, decision, runningMs()));
      return decision.act;
    });
  }

  startOver({ uid }: AlertObject): Promise<void> {
    return this.#serial.run(uid, async () => {
      const history = await this.#options.histories.read(uid);
      if (!history.flapping && history.repairs.length === 0) return;
      await this.#options.histories.write(uid, { ...history, flapping: false, repairs: [] });
    });
  }

  forget({ uid }: AlertObject): Promise<void> {
    return this.#serial.run(uid, () => this.#options.histories.remove(uid));
  }

  async #raise(failed: Failed): Promise<Told> {
    const { reason, facts = {} } = failed;
    const failure = failureKey(reason, bounded(facts));
    const id = await this.#idOf(failed, reason);
    return await this.#tell({ sort: 'Failure', id, reason, failure }, failed, reason);
  }

  /** The same whenever it is asked: an alert of another reason or object keeps the plain id. */
  async #idOf({ id, object }: Happened, reason: Alert['reason']): Promise<string> {
    const holder = await this.#options.files.find(id);
    const isFree = holder === undefined || (holder.reason === reason && holder.object.uid === object.uid);
    return isFree ? id : `${id}-${reason}`;
  }

  async #tell(happening: Happening, happened: Happened, reason: Alert['reason']): Promise<Told> {
    const { files, histories, runningMs, onAlert, clock } = this.#options;
    const { uid } = happened.object;
    const history = await histories.read(uid);
    const nowMs = runningMs();
    const decision = decide(history, happening, nowMs);
    let made: Alert | undefined;
    if (decision.act !== 'Mute') {
      const alert = alertOf({ ...happened, id: happening.id }, reason, decision, toTime(clock.now()));
      if ((await files.create({ ...alert, deliveries: [] })) === 'Created') made = alert;
    }
    const after = afterDecision(history, happening, decision, nowMs);
    if (after !== history) await histories.write(uid, after);
    if (made) onAlert(made);
    return TOLD[decision.act];
  }
}

const TOLD: Readonly<Record<Decision['act'], Told>> = { Tell: 'Told', Remind: 'Reminded', Mute: 'Muted' };

function alertOf(happened: Happened, reason: Alert['reason'], decision: Decision, time: string): Alert {
  const { id, object, message, facts = {} } = happened;
  const { kind, name, uid } = object;
  const told = { id, time, severity: ALERT_REASONS[reason], reason, object: { kind, name, uid } };
  return {
    ...told,
    ...bounded({ message, facts }),
    ...(decision.act === 'Tell' && decision.recovers.length > 0 ? { recovers: decision.recovers } : {}),
    ...(decision.act === 'Remind' ? { reminds: decision.reminds } : {}),
  };
}
