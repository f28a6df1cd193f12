import { type AlertRecord, alertDocument } from '../alerts/alert.ts';
import { AlertFiles, type DamagedAlert } from '../alerts/alert-files.ts';
import { didYouMean } from '../store/did-you-mean.ts';
import { CommandError, EXIT } from './environment.ts';

/** `Failing`: a sink has not taken it so far; `Delivered`: all have. */
type AlertState = 'Pending' | 'Failing' | 'Delivered';

/** An alert as people see it. */
export interface AlertView {
  record: AlertRecord;
  state: AlertState;
  /** Id of the alert that took it back. */
  recoveredBy: string | undefined;
}

/** All alerts, the newest first, and the files among them that are none. */
export interface AlertsView {
  views: AlertView[];
  damaged: DamagedAlert[];
}

/** Reads the alerts of a state directory, without a lock and without the controller. @throws system errors as they are. */
export async function readAlerts(stateDirectory: string): Promise<AlertsView> {
  const files = new AlertFiles(stateDirectory);
  // An alert that moves meanwhile is in one of the two; where it is in both it counts once.
  const pending = await files.pending();
  const seen = await files.seen();
  const byId = new Map<string, Omit<AlertView, 'recoveredBy'>>();
  for (const record of pending.alerts) byId.set(record.id, { record, state: stateOf(record) });
  for (const record of seen.alerts) byId.set(record.id, { record, state: 'Delivered' });
  const recoveredBy = new Map<string, string>();
  for (const { record } of byId.values()) for (const id of record.recovers ?? []) recoveredBy.set(id, record.id);
  const views = [...byId.values()].map((view) => ({ ...view, recoveredBy: recoveredBy.get(view.record.id) }));
  return { views: views.sort(newestFirst), damaged: [...pending.damaged, ...seen.damaged] };
}

/** The alerts of these ids, in their order. @throws CommandError: exit 3 with a did-you-mean, exit 1 for a damaged one. */
export function chooseAlerts({ views, damaged }: AlertsView, ids: readonly string[]): AlertView[] {
  return ids.map((id) => {
    const view = views.find(({ record }) => record.id === id);
    if (view) return view;
    const broken = damaged.find((one) => one.id === id);
    if (broken) throw new CommandError(EXIT.Failed, `alert/${id} cannot be read: ${broken.message}`);
    const meant = didYouMean(
      id,
      views.map(({ record }) => record.id),
    );
    const remedy = meant ? `Did you mean alert/${meant}?` : "See 'ccctl get alerts'.";
    throw new CommandError(EXIT.NotFound, `there is no alert/${id}`, { remedy });
  });
}

/** The alert in the form of the API, with how it was delivered: what `get -o yaml` prints. Pure. */
export function alertObject({ record, state, recoveredBy }: AlertView): Record<string, unknown> {
  const { deliveries } = record;
  const status = { state, ...(recoveredBy === undefined ? {} : { recoveredBy }), deliveries };
  return { ...alertDocument(record), status };
}

function stateOf({ deliveries }: AlertRecord): AlertState {
  const isFailing = deliveries.some(({ deliveredTime, lastFailure }) => lastFailure && deliveredTime === undefined);
  return isFailing ? 'Failing' : 'Pending';
}

function newestFirst(one: AlertView, other: AlertView): number {
  if (one.record.time === other.record.time) return one.record.id < other.record.id ? -1 : 1;
  return one.record.time > other.record.time ? -1 : 1;
}
