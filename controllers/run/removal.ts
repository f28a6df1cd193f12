import { done, type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import type { RunPass } from './pass.ts';
import { removeWorkFiles } from './teardown.ts';

/**
 * Removes a run that is over and torn down: artifacts, then the record. A second listing right before decides whether
 * the file is really gone.
 */
export async function removeRun({ services, object, directories }: RunPass): Promise<Outcome> {
  const { store } = services;
  const key = { kind: 'Run', name: object.name } as const;
  if (object.deletion?.state !== 'Destroying') {
    const written = object.source === 'Specs';
    if (written && !(await store.confirmAbsent(key))) return requeueAfter(1_000, 'FileReturned');
    await store.markDestroying(key);
    return requeueAfter(0, 'Destroying');
  }
  await removeWorkFiles([directories.root]);
  await store.remove(key);
  return done;
}
