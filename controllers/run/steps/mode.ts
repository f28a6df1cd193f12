import type { DefaultedCiProfile } from '../../../lib/api/index.ts';
import { findCanonical } from '../../../lib/app/enrolment.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import type { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import type { VersionListing } from '../../../lib/recipe/version.ts';
import {
  type ResolvedBase,
  type ResolvedCommit,
  type ResolvedKnownGood,
  type ResolvedRun,
  writeResolved,
} from '../../../lib/run-record/run-files.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { failStage, next, type StepContext, type StepOutcome } from '../stage.ts';
import { readKnownGood } from '../stages/head-facts.ts';
import { chooseBase, quickBase } from './base.ts';

/** What the attempt decides of a run: its mode, and what the upgrade starts from. */
export type ChosenMode = Pick<ResolvedRun, 'mode' | 'fallback' | 'base' | 'knownGood'>;

export interface ModeFacts {
  head: ResolvedCommit;
  ci: Pick<DefaultedCiProfile, 'upgrade'>;
  tags: VersionListing;
  /** Of the run's source. */
  mirror: RecipeMirror;
  canonical: StoredObject | undefined;
}

/** The mode that the attempt has come to, with its base, which is kept alive; a failed stage where there can be none. */
export async function chooseMode(context: StepContext, facts: ModeFacts): Promise<ChosenMode | StepOutcome> {
  const { knownGood, fallback } = context.memory;
  if (knownGood) return quickMode(context, knownGood, facts);
  const base = await coldBase(context, facts);
  if ('kind' in base) return base;
  return { mode: 'Cold', base, ...(fallback ? { fallback } : {}) };
}

/** @throws CcError `Conflict` where another Canonical enrols the recipe by now than the one whose lease is held. */
function quickMode(
  { attempt }: StepContext,
  knownGood: ResolvedKnownGood,
  { head, canonical }: Pick<ModeFacts, 'head' | 'canonical'>,
): ChosenMode {
  if (canonical?.uid !== attempt.reattached?.uid)
    throw new CcError('Conflict', `another Canonical enrols the recipe by now than ${attempt.reattached?.name ?? ''}`);
  return { mode: 'Quick', base: quickBase(knownGood, head), knownGood };
}

async function coldBase(context: StepContext, facts: ModeFacts): Promise<ResolvedBase | StepOutcome> {
  const { head, ci, tags, mirror, canonical } = facts;
  const { settings } = context.services;
  const base = chooseBase({
    policy: ci.upgrade.base,
    head,
    knownGood: canonical ? await readKnownGood(settings.stateDirectory, canonical.name) : undefined,
    versions: tags.versions,
    defaultBranch: await mirror.defaultBranch(context.signal),
  });
  if (base.from === 'None' && base.reason === 'UnknownBase') return failStage('InvalidProfile', base.message);
  if (base.from === 'None') return { ...base, reason: base.reason };
  return (await keepBase(context, mirror, base)) ?? base;
}

/** Keeps the base alive; one that the source does not have any more is gone for good, but another can be chosen. */
async function keepBase(
  { object, signal }: StepContext,
  mirror: RecipeMirror,
  { from, commit, version }: Exclude<ResolvedBase, { from: 'None' }>,
): Promise<StepOutcome | undefined> {
  try {
    await mirror.keep(`run-${object.uid}-base`, commit, signal);
    return undefined;
  } catch (error) {
    if (from !== 'KnownGood' || !hasCode(error, 'NotFound')) throw error;
    return failStage(
      'KnownGoodLost',
      `the known-good ${version} is commit ${commit.slice(0, 10)}, which the source does not have any more. ` +
        'Push it again, or choose another base with ci.upgrade.base.',
    );
  }
}

/**
 * What an earlier attempt resolved stays, but for what a quick attempt finds anew under its own lease: the known-good may
 * be another one by now, or none.
 */
export async function resolveAgain(context: StepContext, resolved: ResolvedRun): Promise<StepOutcome> {
  const { services, directories, memory, attempt } = context;
  if (!memory.knownGood && !memory.fallback) return next;
  const mirror = services.mirrors.of(resolved.recipe, resolved.source);
  const canonical = findCanonical(services.store.list('Canonical'), resolved.recipe);
  const { head, ci, tags } = resolved;
  const chosen = await chooseMode(context, { head, ci, tags, mirror, canonical });
  if ('kind' in chosen) return chosen;
  const { fallback: _, knownGood: __, ...kept } = resolved;
  const again: ResolvedRun = { ...kept, ...chosen, attempt: attempt.number, domain: context.domain };
  await writeResolved(directories.root, again);
  context.resolved = again;
  return next;
}
