import { KINDS, type Kind } from '../lib/api/kinds.ts';
import type { KindServices } from '../lib/app/kind-services.ts';
import type { KindHoldings } from '../lib/runtime/holdings.ts';
import type { Reconciler } from '../lib/runtime/reconciler.ts';
import { canonicalReconciler } from './canonical/reconciler.ts';
import { runReconciler } from './run/reconciler.ts';
import { sweepReconciler } from './sweep/reconciler.ts';
import { warmServiceReconciler } from './warm-service/reconciler.ts';

/** One line for each kind. */
const RECONCILERS: Readonly<Record<Kind, (services: KindServices) => Reconciler>> = {
  Canonical: canonicalReconciler,
  Run: runReconciler,
  Sweep: sweepReconciler,
  WarmService: warmServiceReconciler,
};

/** A reconciler for every kind. */
export function reconcilersOf(services: KindServices): Reconciler[] {
  return KINDS.map((kind) => RECONCILERS[kind](services));
}

/** What each kind has outside of its records, by kind; for the janitor. */
export function holdingsOf(reconcilers: readonly Reconciler[]): ReadonlyMap<Kind, KindHoldings> {
  return new Map(reconcilers.flatMap(({ kind, holdings }) => (holdings === undefined ? [] : [[kind, holdings]])));
}
