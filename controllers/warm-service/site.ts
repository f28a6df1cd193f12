import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import type { AppHome } from '../../lib/app/app-home.ts';
import type { AppSite } from '../../lib/app/app-site.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { canonicalDigest } from '../../lib/digest.ts';
import { CcError } from '../../lib/errors.ts';
import type { LastGood, LastGoodRecord, ReleasedRevision } from '../../lib/known-good/last-good.ts';
import type { RecipeMirror } from '../../lib/recipe/mirror.ts';
import { type Outcome, type Pass, requeueAfter } from '../../lib/runtime/reconciler.ts';
import type { SetStore } from '../../lib/snapshot/set-store.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { OperationRecord, WarmServiceJournal } from './journal.ts';
import type { WarmServiceFacts } from './plan.ts';

/** A warm service as one pass sees it. */
export interface WarmServiceView {
  object: StoredObject;
  /** In force, or about to be. */
  spec: DefaultedWarmServiceSpec;
  journal: WarmServiceJournal;
  domain: string;
  home: AppHome;
  /** `warm/<name>`. */
  directory: string;
  record: LastGoodRecord;
  lastGood: LastGood | undefined;
  sets: SetStore;
  source: string | undefined;
  /** What the probe of the app said, for people. */
  health: { state: 'Up' | 'Unknown' | 'Failing'; message: string; url?: string };
  facts: WarmServiceFacts;
}

/** Everything an act of a pass over a warm service works with. */
export interface WarmServicePass {
  services: KindServices;
  view: WarmServiceView;
  pass: Pass;
  /** Journals the draft. */
  save(): Promise<void>;
}

/** Digest of what of the spec an app is deployed with, beside its version. Pure. */
export function appliedDigest({ app: { env, composeFiles, secrets } }: DefaultedWarmServiceSpec): string {
  return canonicalDigest({ env: env ?? null, composeFiles: composeFiles ?? null, secrets: secrets ?? null });
}

/** What a step of an operation acts on. */
export interface WarmSite extends AppSite {
  services: KindServices;
  view: WarmServiceView;
  /** The draft, which the caller journals. */
  operation: OperationRecord;
  remainingMs: number;
  /** Gives the place in the pool to another object while this one copies or waits for a child. */
  leavePool(): void;
}

/** How a step went. */
export type WarmOutcome =
  | { kind: 'Next' }
  | { kind: 'Wait'; afterMs: number; waitingFor: string }
  | { kind: 'Fail'; reason: string; message: string };

export const next: WarmOutcome = { kind: 'Next' };

/** The pass did something; the next one looks again at once. */
export const again = (reason: string): Outcome => requeueAfter(0, reason);

/** @throws CcError `Misconfigured` where nothing says where the recipe comes from. */
export function mirrorOf({ services, view }: Pick<WarmSite, 'services' | 'view'>, source: string): RecipeMirror {
  return services.mirrors.of(view.spec.app.recipe, source);
}

/** Name under which the mirror keeps a commit of this service alive. Pure. */
export function revisionRef(uid: string, { commit }: Pick<ReleasedRevision, 'commit'>): string {
  return `warm-${uid.slice(0, 8)}-${commit}`;
}

/** The operation in flight. @throws CcError `Internal` where there is none. */
export function operationOf({ journal }: Pick<WarmServiceView, 'journal'>): OperationRecord {
  if (journal.operation) return journal.operation;
  throw new CcError('Internal', 'a step of an operation that was not begun');
}
