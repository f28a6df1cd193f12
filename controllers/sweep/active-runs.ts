import { orElse } from '../../lib/errors.ts';
import { type RunState, readRunRecord } from '../../lib/run-record/run-end.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { ObjectStore, StoredObject } from '../../lib/store/store.ts';

/** A run that is held for a look has given its slot back. */
const ACTIVE: readonly RunState[] = ['Pending', 'Testing', 'TearingDown', 'Promoting'];

/** Names of the runs that test, or will as soon as they may. One whose journal is damaged does nothing. */
export async function activeRuns(store: Pick<ObjectStore, 'list' | 'readJournal'>): Promise<string[]> {
  const active: string[] = [];
  for (const object of store.list('Run')) {
    const step = await orElse(stepOf(store, object), 'Damaged', () => 'Ended' as const);
    const isWanted = step !== 'Pending' || !isSuspended(object);
    if (ACTIVE.includes(step) && isWanted) active.push(object.name);
  }
  return active;
}

async function stepOf(store: Pick<ObjectStore, 'readJournal'>, { name }: StoredObject): Promise<RunState> {
  return (await readRunRecord(store, name))?.step ?? 'Pending';
}

function isSuspended(object: StoredObject): boolean {
  return object.suspended || (specInForce(object) as { suspend?: boolean }).suspend === true;
}
