import { parseDuration } from '../../lib/api/duration.ts';
import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { sourceOf } from '../../lib/app/recipe-source.ts';
import { toTime } from '../../lib/clock.ts';
import { explainError, orElse } from '../../lib/errors.ts';
import { RecordFiles } from '../../lib/fs/record-files.ts';
import { LastGoodRecord, type ReleasedRevision } from '../../lib/known-good/last-good.ts';
import { warmHome } from '../../lib/known-good/warm-home.ts';
import { isGivenUp } from '../../lib/known-good/warm-record.ts';
import type { VersionTag } from '../../lib/recipe/version.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { HandledRequest, PendingRequest, StoredObject } from '../../lib/store/store.ts';
import type { GivenUp, OperationRecord, WarmServiceJournal } from './journal.ts';
import { editOf, newOperationId, settingsInForce } from './site.ts';
import { quarantine, revisionOf } from './steps/commit.ts';
import { alertObject } from './tell.ts';

type Answer = Pick<HandledRequest, 'result' | 'message'>;

export interface RequestFacts {
  object: StoredObject;
  /** The draft, which the caller journals. */
  journal: WarmServiceJournal;
  request: PendingRequest;
  signal: AbortSignal;
}

const done = (message: string): Answer => ({ result: 'Done', message });
const refused = (message: string): Answer => ({ result: 'Refused', message });

/** The reason of a rollback that a person asked for. */
export const REQUESTED = 'Requested';

/** Puts what a person asked for into the draft, and answers. Idempotent. */
export async function answerRequest(services: KindServices, facts: RequestFacts): Promise<Answer> {
  const { object, journal, request } = facts;
  switch (request.verb) {
    case 'reconcile':
      delete journal.newest;
      return done('seen');
    case 'retry':
      delete journal.newest;
      tryAgain(services, journal);
      // Of a journal that is lost: it goes on with what is there.
      journal.recipe ??= (specInForce(object) as DefaultedWarmServiceSpec).app.recipe;
      await services.alerts.startOver(alertObject(object));
      return done('seen');
    case 'suspend':
      return done('suspended: nothing is deployed, repaired or upgraded');
    case 'resume':
      return resume(object);
    case 'approve':
      return await orElse(approve(services, facts), 'Misconfigured', (error) => refused(explainError(error)));
    case 'rollback':
      return await rollBack(services, facts);
    case 'cancel':
    case 'run':
    case 'delete':
      return refused(`${request.verb} does nothing on a WarmService`);
  }
}

function resume(object: StoredObject): Answer {
  const { suspend } = specInForce(object) as DefaultedWarmServiceSpec;
  return suspend ? refused(`spec.suspend is true in ${object.path}: edit that file`) : done('resumed');
}

/** What was given up is begun again: a rollback from its first step, a version in quarantine, an app that flapped. */
function tryAgain({ session, clock }: KindServices, journal: WarmServiceJournal): void {
  const { operation } = journal;
  // Of what a rollback leaves it is known that it failed: else it would be upgraded to it at once.
  const left = operation && isGivenUp(operation) ? operation.from?.commit : undefined;
  journal.quarantine = journal.quarantine.filter(({ commit }) => commit === left);
  journal.repairs = [];
  delete journal.leftAlone;
  delete journal.failedEdit;
  delete journal.postponed;
  if (operation === undefined || !isGivenUp(operation)) return;
  operation.steps = { operation: operation.id, process: session, begun: 1, done: [], undone: [] };
  operation.stepStartedMs = clock.monotonicMs();
  delete operation.failure;
  delete operation.fault;
  delete operation.changes;
}

/** Lets one version at one commit through: the tag as the mirror has it now. */
async function approve(services: KindServices, { object, journal, request, signal }: RequestFacts): Promise<Answer> {
  const { version = '', commit } = request.args;
  const { app } = specInForce(object) as DefaultedWarmServiceSpec;
  const source = sourceOf(app.recipe, app.source, services.settings.recipeSource);
  const listing = await services.mirrors.of(app.recipe, source).versions(signal);
  const tag = listing.versions.find((one) => one.tag === version);
  if (tag === undefined) return refused(`the recipe has no version tag ${version}`);
  if (commit !== undefined && tag.commit !== commit)
    return refused(
      `${version} is ${tag.commit.slice(0, 10)} now, not ${commit.slice(0, 10)}: look again with ccctl diff`,
    );
  if (await letEditThrough(services, { object, journal }, tag)) return done(`the edit of ${version} may be deployed`);
  journal.approved = { version, commit: tag.commit };
  delete journal.newest;
  return done(`${version} at ${tag.commit.slice(0, 10)} may be deployed`);
}

/** Of the version that runs it is an edit of the spec that waits: this one, as it is now. */
async function letEditThrough(
  { settings: { stateDirectory } }: KindServices,
  { object, journal }: Pick<RequestFacts, 'object' | 'journal'>,
  { tag, commit }: VersionTag,
): Promise<boolean> {
  const { directory } = warmHome(stateDirectory, object.name);
  const lastGood = await new LastGoodRecord(new RecordFiles(stateDirectory), directory).read();
  const edit = editOf(specInForce(object) as DefaultedWarmServiceSpec, journal);
  if (edit === undefined || lastGood?.version !== tag || lastGood.commit !== commit) return false;
  journal.approvedEdit = edit.digest;
  delete journal.failedEdit;
  delete journal.newest;
  return true;
}

/** Begins a rollback to a set that a person chose; what is live is kept as a failed set. */
async function rollBack(services: KindServices, { object, journal, request, signal }: RequestFacts): Promise<Answer> {
  const { to = '' } = request.args;
  const { operation } = journal;
  if (operation && !isGivenUp(operation)) return refused(`${operation.type} is under way: wait until it has ended`);
  const { stateDirectory } = services.settings;
  const { directory, sets, failedSets } = warmHome(stateDirectory, object.name, services.setReader);
  const found = await orElse(sets.verify(to, signal), 'InvalidInput', () => ({ state: 'Missing' as const }));
  if (found.state !== 'Intact') {
    const why = found.state === 'Damaged' ? `: ${found.reason}` : '';
    const others = [...(await sets.list()), ...(await failedSets.list())].filter(({ id }) => id !== to);
    const known = others.map(({ id }) => id).join(', ');
    return refused(`the set ${to} is ${found.state.toLowerCase()}${why}. Others: ${known === '' ? 'none' : known}`);
  }
  const { version, commit, source } = found.manifest;
  const lastGood = await new LastGoodRecord(new RecordFiles(stateDirectory), directory).read();
  const spec = specInForce(object) as DefaultedWarmServiceSpec;
  if (lastGood && lastGood.commit !== commit) {
    const untilRunningMs = services.store.runningMs() + parseDuration(spec.rollback.quarantine);
    // Else it would be upgraded to it again at once.
    quarantine(journal, { ...lastGood, reason: 'RolledBack', untilRunningMs });
  }
  const id = newOperationId();
  const from = operation ? liveAfter(operation) : lastGood && revisionOf(lastGood);
  journal.operation = {
    ...(from ? { from } : {}),
    ...(operation ? { givenUp: [...(operation.givenUp ?? []), operation].map(leftBy) } : {}),
    ...{ type: 'RollBack', id, to: { version, commit, source }, set: to, startTime: toTime(services.clock.now()) },
    steps: { operation: id, process: services.session, begun: 1, done: [], undone: [] },
    settings: settingsInForce(spec, journal),
    cause: { reason: REQUESTED, message: `asked for by ${request.by}` },
    ...{ stepStartedMs: services.clock.monotonicMs(), appliedMs: 0, up: false },
  };
  return done(`rolls back to ${version} with the data of ${to}`);
}

/** The version that wrote the live data last, after a rollback that was given up: until its set is back it is what it came from. */
function liveAfter({ isRestored, from, to }: OperationRecord): ReleasedRevision | undefined {
  return isRestored ? to : from;
}

function leftBy({ id, from, set, startTime, asideTime }: GivenUp): GivenUp {
  return {
    ...{ id, startTime },
    ...(from === undefined ? {} : { from }),
    ...(set === undefined ? {} : { set }),
    ...(asideTime === undefined ? {} : { asideTime }),
  };
}
