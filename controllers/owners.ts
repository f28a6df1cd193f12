import type { StoredObject } from '../lib/store/store.ts';

/**
 * Does the object hold a claim, a known-good or a running attempt? The mass guard counts those. A Canonical that was
 * never accepted has claimed nothing: a second one of a recipe may go whenever its file does. Pure.
 */
export function ownsSomething(object: StoredObject | undefined, runIsBusy: (uid: string) => boolean): boolean {
  switch (object?.kind) {
    case 'Canonical':
      return object.accepted !== undefined;
    case 'Run':
      return runIsBusy(object.uid);
    default:
      return false;
  }
}
