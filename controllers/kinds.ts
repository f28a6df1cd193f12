import { KINDS, type Kind } from '../lib/api/kinds.ts';
import type { KindServices } from '../lib/app/kind-services.ts';
import type { KindHoldings } from '../lib/runtime/holdings.ts';
import { notServed } from '../lib/runtime/not-served.ts';
import type { Reconciler } from '../lib/runtime/reconciler.ts';
import { canonicalReconciler } from './canonical/reconciler.ts';
import { runReconciler } from './run/reconciler.ts';
import { warmServiceReconciler } from './warm-service/reconciler.ts';

/** The kinds that this version serves: one line each. */
const SERVED: Partial<Readonly<Record<Kind, (services: KindServices) => Reconciler>>> = {
  Canonical: canonicalReconciler,
  Run: runReconciler,
  WarmService: warmServiceReconciler,
};

/** A reconciler for every kind; those that have no line above say that they are not served. */
export function reconcilersOf(services: KindServices): Reconciler[] {
  return KINDS.map((kind) => SERVED[kind]?.(services) ?? notServed(kind, services));
}

/** What each kind has outside of its records, by kind; for the janitor. */
export function holdingsOf(reconcilers: readonly Reconciler[]): ReadonlyMap<Kind, KindHoldings> {
  return new Map(reconcilers.flatMap(({ kind, holdings }) => (holdings === undefined ? [] : [[kind, holdings]])));
}

/** False: a file of the kind is accepted and nothing is done for it. */
export function isServed(kind: Kind): boolean {
  return SERVED[kind] !== undefined;
}
