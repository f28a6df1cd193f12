import { type ObjectKey, topConditionType } from '../api/kinds.ts';
import { type Clock, toTime } from '../clock.ts';
import { explainError } from '../errors.ts';
import type { DamagedRecord } from '../store/damaged-record.ts';
import type { ObjectStore, StoredObject } from '../store/store.ts';

export interface DamageShown {
  store: Pick<ObjectStore, 'get' | 'projectStatus' | 'event'>;
  clock: Clock;
  key: ObjectKey;
  error: DamagedRecord;
}

/** Shows an object that stalls on a record of its own: the status says nothing that only the record could tell. */
export async function showDamage({ store, clock, key, error }: DamageShown): Promise<void> {
  const object = store.get(key);
  if (object === undefined) return;
  const message = explainError(error);
  await store.event(key, { type: 'Warning', reason: 'DamagedRecord', message });
  await store.projectStatus(key, damagedStatus(object, { reason: error.reason, message, time: toTime(clock.now()) }));
}

/** What is true of an object whose records cannot be read. Pure. */
function damagedStatus(
  { kind, validGeneration, lastHandledRequest }: StoredObject,
  { reason, message, time }: { reason: string; message: string; time: string },
): Readonly<Record<string, unknown>> {
  const top = topConditionType(kind);
  const say = (type: string, status: string) => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: time,
    observedGeneration: validGeneration,
  });
  return {
    observedGeneration: validGeneration,
    conditions: [say(top, top === 'Succeeded' ? 'Unknown' : 'False'), say('Stalled', 'True')],
    nextAction: { what: `nothing until the record is back and 'ccctl reconcile'`, reason },
    ...(lastHandledRequest ? { lastHandledRequest } : {}),
  };
}
