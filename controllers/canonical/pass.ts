import type { KindServices } from '../../lib/app/kind-services.ts';
import type { LeaseHolder } from '../../lib/known-good/lease.ts';
import type { Draft } from '../../lib/runtime/kind.ts';
import { type Outcome, type Pass, requeueAfter } from '../../lib/runtime/reconciler.ts';
import type { CanonicalJournal } from './journal.ts';
import type { CanonicalView } from './observe.ts';

/** What a pass reads before it looks at the platform. */
export interface CanonicalDraft extends Draft {
  journal: CanonicalJournal;
}

/** Everything an act of a pass over a canonical works with. */
export interface CanonicalPass {
  services: KindServices;
  view: CanonicalView;
  pass: Pass;
  /** Journals the draft. */
  save(): Promise<void>;
}

/** The pass did something; the next one looks again at once. */
export const again = (reason: string): Outcome => requeueAfter(0, reason);

/** The reconciler itself as a holder of the lease. */
export function ownHolder(view: CanonicalView): LeaseHolder {
  return { holder: 'canonical', uid: view.object.uid, attempt: 0 };
}
