import type { DefaultedCanonicalSpec, DefaultedRunSpec } from '../../../lib/api/index.ts';
import {
  canonicalInForce,
  defaultProfile,
  findCanonical,
  refusedCanonical,
  unjudgedCanonical,
} from '../../../lib/app/enrolment.ts';
import { sourceOf } from '../../../lib/app/recipe-source.ts';
import { CcError, hasCode, orElse } from '../../../lib/errors.ts';
import { lookAgainAfterMs } from '../../../lib/look-again.ts';
import type { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import { parseSource, sourceIdentity } from '../../../lib/recipe/source.ts';
import { type ResolvedCanonical, type ResolvedRun, writeResolved } from '../../../lib/run-record/run-files.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { claimedPlace } from '../canonical-place.ts';
import { PROVIDE_STEPS } from '../dependencies/provide.ts';
import { runSpec } from '../spec-changes.ts';
import { failStage, next, type Stage, type StepContext, type StepOutcome } from '../stage.ts';
import { chooseMode, resolveAgain } from '../steps/mode.ts';
import { refuseUntrusted } from '../steps/trust.ts';
import { copyProfile, versionOf } from './head-facts.ts';
import { oncePrepared } from './once-prepared.ts';

/** Finds out what is to be tested and keeps it; later attempts of the run use what the first one resolved. */
export const prepare: Stage<StepContext> = {
  name: 'Prepare',
  steps: [
    { name: 'Claim', deadline: 'Deploy', run: claimDomain },
    { name: 'AwaitCanonical', deadline: 'Deploy', run: awaitCanonical },
    { name: 'Fetch', deadline: 'Deploy', run: fetchSource },
    { name: 'Resolve', deadline: 'Deploy', run: resolve },
    { name: 'CheckOut', deadline: 'Deploy', run: checkOut },
    ...PROVIDE_STEPS.map(oncePrepared),
  ],
};

/** A domain that another object holds is a fault of the attempt: the next one has another domain. */
async function claimDomain({ services, object, attempt }: StepContext): Promise<StepOutcome> {
  const { domain, number } = attempt;
  await services.store.claims.claim({ domain, kind: 'Run', name: object.name, uid: object.uid, attempt: number });
  return next;
}

/** So long a run waits for the decision on a Canonical's file; then what was accepted before counts. Milliseconds. */
const JUDGEMENT_MS = 30_000;

/** A Canonical written together with the run, or edited right before it, is decided on first. */
async function awaitCanonical({ services, object, memory, resolved }: StepContext): Promise<StepOutcome> {
  const canonical = unjudgedCanonical(services.store.list('Canonical'), runSpec(object).recipe);
  const waitedMs = services.clock.monotonicMs() - memory.stepStartedMs;
  if (resolved || !canonical || waitedMs >= JUDGEMENT_MS) return next;
  services.enqueue({ kind: 'Canonical', name: canonical.name });
  const afterMs = lookAgainAfterMs(waitedMs, 250);
  return { kind: 'Wait', afterMs, waitingFor: `the decision on Canonical/${canonical.name}` };
}

async function fetchSource(context: StepContext): Promise<StepOutcome> {
  if (context.resolved) return next;
  context.leavePool();
  try {
    const { spec, source } = subject(context);
    await context.services.mirrors.of(spec.recipe, source).fetch(context.signal);
    return next;
  } catch (error) {
    if (hasCode(error, 'Misconfigured')) return failStage('InvalidSource', withRemedy(error));
    throw error;
  }
}

interface Subject {
  spec: DefaultedRunSpec;
  source: string;
  canonical: StoredObject | undefined;
  canonicalSpec: DefaultedCanonicalSpec | undefined;
}

function subject({ object, services }: StepContext): Subject {
  const spec = runSpec(object);
  const canonical = findCanonical(services.store.list('Canonical'), spec.recipe);
  const canonicalSpec = canonical && canonicalInForce(canonical);
  const source = sourceOf(spec.recipe, spec.source ?? canonicalSpec?.app.source, services.settings.recipeSource);
  return { spec, source, canonical, canonicalSpec };
}

async function resolve(context: StepContext): Promise<StepOutcome> {
  if (context.resolved) return await resolveAgain(context, context.resolved);
  const { spec, source } = subject(context);
  const mirror = context.services.mirrors.of(spec.recipe, source);
  const ref = await orElse(findHead(spec, mirror, context.signal), ['NotFound', 'InvalidInput'], (error) =>
    failStage('UnknownRef', withRemedy(error)),
  );
  if ('kind' in ref) return ref;
  if (spec.commit && !(await mirror.contains(ref.ref, spec.commit, context.signal)))
    return failStage(
      'CommitNotInRef',
      `commit ${spec.commit} is not contained in ${ref.ref} of ${sourceIdentity(source)}. Name a ref that contains it, or leave spec.commit out.`,
    );
  const commit = spec.commit ?? ref.commit;
  await mirror.keep(`run-${context.object.uid}-head`, commit, context.signal);
  await mirror.checkout(commit, context.directories.recipe, context.signal);
  return noteResolved(context, { ref: ref.ref, commit, mirror });
}

/** The ref to test: the Run's, else the newest version tag, else the default branch. */
async function findHead(
  spec: DefaultedRunSpec,
  mirror: RecipeMirror,
  signal: AbortSignal,
): Promise<{ ref: string; commit: string }> {
  if (spec.ref !== undefined) return mirror.resolve(spec.ref, signal);
  const newest = (await mirror.versions(signal)).versions[0];
  if (newest) return { ref: newest.tag, commit: newest.commit };
  const branch = await mirror.defaultBranch(signal);
  if (branch) return { ref: branch.name, commit: branch.commit };
  const remedy = 'Name one with spec.ref.';
  throw new CcError('NotFound', 'the recipe source has no version tag and no default branch', { remedy });
}

interface Head {
  ref: string;
  commit: string;
  mirror: RecipeMirror;
}

async function noteResolved(context: StepContext, { ref, commit, mirror }: Head): Promise<StepOutcome> {
  const { services, object, attempt, directories, signal } = context;
  const { spec, source, canonical, canonicalSpec } = subject(context);
  const { app, ci } = canonicalSpec ? { app: canonicalSpec.app, ci: canonicalSpec.ci } : defaultProfile(spec.recipe);
  const head = await versionOf(commit, mirror, app, context);
  const tags = await mirror.versions(signal);
  const chosen = await chooseMode(context, { head, ci, tags, mirror, canonical });
  if ('kind' in chosen) return chosen;
  const sourceType = parseSource(source).kind;
  const trusted = await isTrusted(context, { commit, mirror, source, sourceType });
  const profile = canonical ? await copyProfile(canonical.path, directories.profile, signal) : undefined;
  const resolved: ResolvedRun = {
    format: 1,
    run: { name: object.name, uid: object.uid },
    attempt: attempt.number,
    recipe: spec.recipe,
    source: sourceIdentity(source),
    sourceType,
    ...chosen,
    ref,
    head,
    trusted,
    tags,
    domain: context.domain,
    app: withoutPassword(app),
    ci,
    spec: withoutPassword(spec),
    ...(canonical ? { canonical: await resolvedCanonical(context, canonical) } : {}),
    ...(profile ? { profile } : {}),
    resolvedTime: new Date(services.clock.now()).toISOString(),
  };
  await writeResolved(directories.root, resolved);
  context.resolved = resolved;
  if (!canonical) await sayWithoutProfile(context);
  return refuseUntrusted(context, resolved);
}

async function resolvedCanonical({ services }: StepContext, canonical: StoredObject): Promise<ResolvedCanonical> {
  const { name, uid, generation } = canonical;
  const place = await claimedPlace(services, canonical);
  return { name, uid, generation, ...(place && { domain: place.domain }) };
}

/** What is kept with the run holds no password of a URL. */
function withoutPassword<T extends { source?: string }>(value: T): T {
  return value.source === undefined ? value : { ...value, source: sourceIdentity(value.source) };
}

/** A person who wrote a profile is told that this run did without. */
async function sayWithoutProfile({ services, object }: StepContext): Promise<void> {
  const refused = refusedCanonical(services.store.list('Canonical'), runSpec(object).recipe);
  if (!refused) return;
  const message = `Canonical/${refused.name} is not accepted: the run is made without its profile`;
  await services.store.event(object, { type: 'Warning', reason: 'CanonicalNotAccepted', message });
}

interface TrustFacts {
  commit: string;
  mirror: RecipeMirror;
  source: string;
  sourceType: 'LocalPath' | 'Remote';
}

/** Trust comes from the configured source; a local path that somebody named in the Run is trusted on its branches too. */
async function isTrusted(context: StepContext, { commit, mirror, source, sourceType }: TrustFacts): Promise<boolean> {
  const { spec, canonicalSpec } = subject(context);
  if (spec.source !== undefined && sourceType === 'LocalPath')
    return mirror.isTrusted(commit, { source: 'LocalPath' }, context.signal);
  const { recipeSource } = context.services.settings;
  if (canonicalSpec?.app.source === undefined && recipeSource === undefined) return false;
  const configured = sourceOf(spec.recipe, canonicalSpec?.app.source, recipeSource);
  const trustMirror = context.services.mirrors.of(spec.recipe, configured);
  if (sourceIdentity(configured) !== sourceIdentity(source)) await trustMirror.fetch(context.signal);
  return trustMirror.isTrusted(commit, { source: parseSource(configured).kind }, context.signal);
}

/** Puts the run's own checkout in place again for an attempt that resolved nothing itself: it may be lost. */
async function checkOut(context: StepContext): Promise<StepOutcome> {
  const { attempt, resolved, services, directories, signal } = context;
  if (!resolved) throw new CcError('Internal', 'Prepare resolved nothing');
  const mirror = services.mirrors.of(resolved.recipe, resolved.source);
  // The attempt that resolved it made it right then.
  if (resolved.attempt !== attempt.number) await mirror.checkout(resolved.head.commit, directories.recipe, signal);
  return refuseUntrusted(context, resolved);
}

function withRemedy(error: CcError): string {
  return error.remedy ? `${error.message}. ${error.remedy}` : error.message;
}
