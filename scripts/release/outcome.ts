/** What came of one check of a release. What could not be asked is never called passed. */
export type Outcome = { state: 'Passed' | 'Failed' | 'Skipped'; details: readonly string[] };

/** Passed where there is no fault. */
export function outcomeOf(faults: readonly string[]): Outcome {
  return { state: faults.length === 0 ? 'Passed' : 'Failed', details: faults };
}

/** @param why one sentence. */
export function skipped(why: string): Outcome {
  return { state: 'Skipped', details: [why] };
}
