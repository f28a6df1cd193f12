import { join } from 'node:path';
import { parseDuration } from '../../lib/api/duration.ts';
import type { Blame, DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import { canonicalInForce, isGoing } from '../../lib/app/enrolment.ts';
import { requireSource } from '../../lib/app/recipe-source.ts';
import { createMask } from '../../lib/checks/mask.ts';
import { sha256 } from '../../lib/digest.ts';
import { explainError, hasCode, orElse, TerminalError } from '../../lib/errors.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import type { VersionTag } from '../../lib/recipe/version.ts';
import { failedStageOf, type RunEnd, readRunRecord } from '../../lib/run-record/run-end.ts';
import type { Outcome } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { type DecisionFacts, decideRecipe } from './decision.ts';
import type { RecipeRow } from './journal.ts';
import { SWEEPS } from './observe.ts';
import { again, rowOf, type SweepPass, sweepOf } from './pass.ts';
import type { RowRun } from './plan.ts';

/** After a fetch that failed, milliseconds of running time; after the last one it has failed. */
const RETRY_MS = [5_000, 30_000];
/** Characters of a message. */
const LONGEST = 500;

/** Fetches the tags of a recipe and decides what is done about it, in one journal write. */
export async function decide(run: SweepPass, canonical: string): Promise<Outcome> {
  const { services, view, save } = run;
  const row = rowOf(view, canonical);
  const object = services.store.get({ kind: 'Canonical', name: canonical });
  const spec = object && canonicalInForce(object);
  if (object === undefined || object.uid !== row.uid || isGoing(object)) skip(row, 'Removed');
  else if (spec === undefined) skip(row, 'NotAccepted');
  else if (spec.suspend || object.suspended) skip(row, 'Suspended');
  else await decideEnrolled(run, row, spec);
  await save();
  return again('Decided');
}

function skip(row: RecipeRow, reason: 'Removed' | 'NotAccepted' | 'Suspended'): void {
  Object.assign(row, { decision: 'Skip', reason });
}

async function decideEnrolled(run: SweepPass, row: RecipeRow, spec: DefaultedCanonicalSpec): Promise<void> {
  const { services, view, pass } = run;
  let versions: readonly VersionTag[];
  try {
    versions = await fetchVersions(run, spec);
  } catch (error) {
    // The caller knows why it stopped the pass.
    if (pass.signal.aborted) throw error;
    return noteFailedFetch(run, row, error);
  }
  const facts: DecisionFacts = {
    versions,
    knownGood: await readKnownGood(run, row.canonical),
    maxAgeMs: parseDuration(view.spec.maxAge),
    now: services.clock.now(),
  };
  // Of a fetch that failed before.
  delete row.message;
  Object.assign(row, decideRecipe(facts));
  if (row.decision === 'Run') row.run = runName(run, row);
}

/** A fetch that fails is never "no new version" (T13). */
async function fetchVersions({ services, pass }: SweepPass, { app }: DefaultedCanonicalSpec) {
  const source = requireSource(app.recipe, app.source, services.settings.recipeSource);
  const mirror = services.mirrors.of(app.recipe, source);
  pass.leavePool();
  await mirror.fetch(pass.signal);
  return (await mirror.versions(pass.signal)).versions;
}

/** What may be gone in a moment is tried again; what is misconfigured is not. */
function noteFailedFetch({ services }: SweepPass, row: RecipeRow, error: unknown): void {
  const isOurs = error instanceof TerminalError || hasCode(error, 'Misconfigured');
  const tries = (row.tries ?? 0) + 1;
  const message = createMask(services.mirrors.secretValues()).text(explainError(error)).slice(0, LONGEST);
  const waitMs = isOurs ? undefined : RETRY_MS[tries - 1];
  Object.assign(row, { tries, message });
  if (waitMs !== undefined) row.retryAtRunningMs = services.store.runningMs() + waitMs;
  else Object.assign(row, { decision: 'Skip', reason: 'FetchFailed', blame: isOurs ? 'Configuration' : 'Infra' });
}

async function readKnownGood({ services }: SweepPass, name: string): Promise<DecisionFacts['knownGood']> {
  const { stateDirectory } = services.settings;
  const store = new KnownGoodStore({
    directory: join(stateDirectory, 'canonicals', name),
    reader: services.setReader,
  });
  const pointer = await orElse(store.pointer(), 'Damaged', () => 'Damaged' as const);
  if (pointer === 'Damaged') return { state: 'Damaged' };
  if (pointer === undefined) return { state: 'Absent' };
  const { version, createdTime } = pointer.manifest;
  return { state: 'Present', version, promotedMs: Date.parse(createdTime) };
}

/** Follows from sweep and recipe: after a crash there is no second one. */
function runName({ view }: SweepPass, { canonical, uid }: RecipeRow): string {
  const hash = sha256(`${view.object.uid}/${sweepOf(view).occurrence}/${uid}`).slice(0, 8);
  return `${canonical.slice(0, 45)}-sweep-${hash}`;
}

/** Creates the run that was decided on; one that is there already is the same. */
export async function createRun(run: SweepPass, canonical: string): Promise<Outcome> {
  const { services, view, save } = run;
  const row = rowOf(view, canonical);
  const { name, uid } = view.object;
  const found = view.facts.recipe?.run.uid;
  const made = found === undefined ? await createOrSay(run, row) : found;
  if (typeof made === 'string') row.runUid = made;
  else Object.assign(row, { result: 'NotCreated', blame: 'Configuration', message: made.message });
  await save();
  const event = {
    type: 'Normal',
    reason: 'RunCreated',
    message: `run/${row.run ?? ''} tests ${row.to ?? ''}`,
  } as const;
  if (row.runUid !== undefined) await services.store.event({ kind: 'Sweep', name }, event);
  if (row.run !== undefined) services.enqueue({ kind: 'Run', name: row.run });
  return again(`${name}/${uid}`);
}

/** The uid of the new Run, or why there can be none. */
async function createOrSay({ services, view }: SweepPass, row: RecipeRow): Promise<string | { message: string }> {
  const { name, uid } = view.object;
  const { recipe, run: runName = '', to } = row;
  const spec = { recipe, mode: 'Cold', promotion: 'Auto', ...(to === undefined ? {} : { ref: to }) };
  const owner = { kind: 'Sweep', name, uid } as const;
  const labels = { 'cc-ci/sweep': name };
  const created = services.store.createRun({ name: runName, spec, labels, owner });
  return await orElse(
    created.then((object: StoredObject) => object.uid),
    ['Conflict', 'InvalidInput'],
    (error) => ({ message: explainError(error).slice(0, LONGEST) }),
  );
}

/** Has the run under way ended, as `ccctl cancel` does. */
export async function cancelRun({ services, view, save }: SweepPass, canonical: string): Promise<Outcome> {
  const row = rowOf(view, canonical);
  const { occurrence } = sweepOf(view);
  const request = { id: `${occurrence}-${sha256(row.runUid ?? '').slice(0, 8)}`, verb: 'cancel' } as const;
  const run = { kind: 'Run', name: row.run ?? '', uid: row.runUid ?? '' } as const;
  await services.store.ask(run, { ...request, by: `${SWEEPS}${view.object.name}` });
  row.cancelled = true;
  await save();
  return again('Cancelling');
}

/** Takes over how the run of a recipe ended. */
export async function endRecipe(
  { services, view, save }: SweepPass,
  canonical: string,
  state: RowRun['state'],
): Promise<Outcome> {
  const row = rowOf(view, canonical);
  const over =
    state === 'Over'
      ? await orElse(readRunRecord(services.store, row.run ?? ''), 'Damaged', () => undefined)
      : undefined;
  Object.assign(row, over ? endOf(over) : lost(state));
  await save();
  return again('RecipeEnded');
}

type RowEnd = Pick<RecipeRow, 'result' | 'blame' | 'level' | 'failedStage' | 'promotion' | 'message'>;

/** What the row says of a run that has ended. Pure. */
function endOf(end: RunEnd): RowEnd {
  const { outcome, promotion } = end;
  const result = outcome?.reason ?? 'Failed';
  const failedStage = failedStageOf(end);
  const message = result === 'Passed' ? promotionMessage(end) : outcome?.message;
  return {
    result,
    ...(outcome?.blame === undefined ? {} : { blame: outcome.blame }),
    ...(outcome === undefined ? {} : { level: outcome.level }),
    ...(failedStage === undefined ? {} : { failedStage }),
    ...(promotion === undefined ? {} : { promotion: promotion.result }),
    ...(message ? { message: message.slice(0, LONGEST) } : {}),
  };
}

/** A green run whose release is not known-good says why (T12). */
function promotionMessage({ promotion }: RunEnd): string | undefined {
  if (promotion === undefined || promotion.result === 'Promoted') return undefined;
  return `promotion ${promotion.result}${promotion.reason === undefined ? '' : `: ${promotion.reason}`}`;
}

function lost(state: RowRun['state']): RowEnd & { blame?: Blame } {
  if (state === 'Removed') return { result: 'Removed', message: 'the run was removed before it ended' };
  return { result: 'DamagedRecord', blame: 'Infra', message: 'the records of the run cannot be read' };
}
