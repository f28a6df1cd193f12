import { randomUUID } from 'node:crypto';
import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { present } from '../../lib/api/objects.ts';
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
import type { DeployedSettings, Edit, Newest, OperationRecord, WarmServiceJournal } from './journal.ts';
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
  /** What the operation waited for at the last look, for people; undefined: nothing, or this process did not look. */
  waitedFor: string | undefined;
  /** Notes what the operation waits for now. */
  noteWaiting(text: string | undefined): void;
}

/** What of the spec an app is deployed with, beside its version. Pure. */
export function settingsOf({ app: { env, composeFiles, secrets } }: DefaultedWarmServiceSpec): DeployedSettings {
  return present({ env, composeFiles, secrets }) as DeployedSettings;
}

/** Equal for settings that deploy the same. Pure. */
export function settingsDigest({ env, composeFiles, secrets }: DeployedSettings): string {
  return canonicalDigest({ env: env ?? null, composeFiles: composeFiles ?? null, secrets: secrets ?? null });
}

/** What settings are decided from: those that the app was deployed with, and what was said of an edit. */
export interface SettingsFacts {
  applied?: WarmServiceJournal['applied'] | undefined;
  newest?: Pick<Newest, 'edit'> | undefined;
}

/** What the spec says now and the app was not deployed with; undefined: it was. Pure. */
export function editOf(
  spec: DefaultedWarmServiceSpec,
  { applied, newest }: SettingsFacts,
): { digest: string; seen: Edit | undefined } | undefined {
  if (applied?.settings === undefined) return undefined;
  const digest = settingsDigest(settingsOf(spec));
  if (digest === settingsDigest(applied.settings)) return undefined;
  return { digest, seen: newest?.edit?.digest === digest ? newest.edit : undefined };
}

/** What a deploy takes now: an edit that waits is not in force for it. Pure. */
export function settingsInForce(spec: DefaultedWarmServiceSpec, facts: SettingsFacts): DeployedSettings {
  const edit = editOf(spec, facts);
  const waits = edit !== undefined && edit.seen?.state !== 'Allowed';
  return (waits ? facts.applied?.settings : undefined) ?? settingsOf(spec);
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

/** Names an operation, its set and its alert; short enough to be typed. */
export function newOperationId(): string {
  return `w${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}

/** The operation in flight. @throws CcError `Internal` where there is none. */
export function operationOf({ journal }: Pick<WarmServiceView, 'journal'>): OperationRecord {
  if (journal.operation) return journal.operation;
  throw new CcError('Internal', 'a step of an operation that was not begun');
}
