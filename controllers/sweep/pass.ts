import type { KindServices } from '../../lib/app/kind-services.ts';
import { CcError } from '../../lib/errors.ts';
import { type Outcome, type Pass, requeueAfter } from '../../lib/runtime/reconciler.ts';
import type { RecipeRow, SweepProgress } from './journal.ts';
import { underWay } from './journal.ts';
import type { SweepView } from './observe.ts';

/** Everything an act of a pass over a Sweep works with. */
export interface SweepPass {
  services: KindServices;
  view: SweepView;
  pass: Pass;
  /** Journals the draft. */
  save(): Promise<void>;
}

/** The pass did something; the next one looks again at once. */
export const again = (reason: string): Outcome => requeueAfter(0, reason);

/** The sweep under way, which an act was chosen for. @throws CcError `Internal` where there is none. */
export function sweepOf({ journal }: SweepView): SweepProgress {
  const sweep = underWay(journal);
  if (sweep === undefined) throw new CcError('Internal', 'no sweep is under way');
  return sweep;
}

/** The row of a Canonical in it. @throws CcError `Internal` where there is none. */
export function rowOf(view: SweepView, canonical: string): RecipeRow {
  const row = sweepOf(view).recipes.find((one) => one.canonical === canonical);
  if (row === undefined) throw new CcError('Internal', `the sweep has no row of ${canonical}`);
  return row;
}
