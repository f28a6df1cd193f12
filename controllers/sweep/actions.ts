import { join } from 'node:path';
import { isGoing } from '../../lib/app/enrolment.ts';
import { toTime } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { orElse } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import { readWarmRecord } from '../../lib/known-good/warm-record.ts';
import { done, type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { ServiceRow, SweepProgress } from './journal.ts';
import { matching, SWEEPS } from './observe.ts';
import { scheduleDigest } from './occurrence.ts';
import { orderOf } from './order.ts';
import { again, type SweepPass, sweepOf } from './pass.ts';
import type { SweepAction } from './plan.ts';
import { cancelRun, createRun, decide, endRecipe } from './recipes.ts';
import { recordOf } from './record.ts';
import { reportsOf, writeReport } from './report.ts';
import { countsOf, resultOf, sweepSummary } from './result.ts';
import { beforeLook } from './services.ts';

/** Times of the schedule that are remembered as swept for. */
const TAKEN = 32;
const HISTORY = 10;

/** Performs exactly one action for a Sweep. */
export async function performSweepAction(run: SweepPass, action: SweepAction): Promise<Outcome> {
  switch (action.type) {
    case 'Rest':
      return requeueAfter(action.afterMs, action.reason);
    case 'Accept':
      await run.services.store.accept(run.view.object);
      return again('Accepted');
    case 'NoteSchedule':
      return await noteSchedule(run);
    case 'Start':
      return await start(run, action);
    case 'AskService':
      return await askService(run, action.name);
    case 'EndService':
      return await endService(run, action);
    case 'ListRecipes':
      return await listRecipes(run);
    case 'Decide':
      return await decide(run, action.canonical);
    case 'CreateRun':
      return await createRun(run, action.canonical);
    case 'CancelRun':
      return await cancelRun(run, action.canonical);
    case 'EndRecipe':
      return await endRecipe(run, action.canonical, action.run);
    case 'Conclude':
      return await conclude(run);
    case 'Report':
      return await report(run);
    case 'StartDestroying':
      return await startDestroying(run);
    case 'Destroy':
      await removeTree(join(run.services.settings.stateDirectory, reportsOf(run.view.object)));
      await run.services.store.remove(run.view.object);
      return done;
  }
}

/** What the schedule names up to now is passed over. */
async function noteSchedule({ view, save }: SweepPass): Promise<Outcome> {
  view.journal.schedule = { digest: scheduleDigest(view.spec), settledMs: view.facts.now };
  await save();
  return again('ScheduleNoted');
}

/** From this write on it is under way; the time of the schedule is taken, and the request served, in the same. */
async function start({ services, view, save }: SweepPass, action: SweepAction & { type: 'Start' }): Promise<Outcome> {
  const { journal, spec, facts } = view;
  const { cause, scheduleMs } = action;
  const { asked } = journal;
  const { ordered, circular } = orderOf(services.store.list('WarmService').filter((one) => !isGoing(one)));
  const rowOf = ({ name, uid }: { name: string; uid: string }): ServiceRow => ({ name, uid });
  const stuck = circular.map((one) => ({ ...rowOf(one), result: 'Failed', reason: 'DependencyCycle' }) as const);
  journal.sweep = {
    occurrence: asked ? `${compact(facts.now)}-${sha256(asked.id).slice(0, 4)}` : compact(scheduleMs ?? facts.now),
    cause,
    ...(asked ? { request: asked.id } : {}),
    startTime: toTime(facts.now),
    step: 'Services',
    warmServices: spec.rollWarmServices ? [...ordered.map(rowOf), ...stuck] : [],
    recipes: [],
  };
  delete journal.asked;
  if (scheduleMs !== undefined) {
    journal.taken = [scheduleMs, ...journal.taken].slice(0, TAKEN);
    journal.schedule = { digest: scheduleDigest(spec), settledMs: scheduleMs };
  }
  await save();
  const by = asked ? `asked for by ${asked.by}` : 'by its schedule';
  const message = `${journal.sweep.occurrence}, ${by}`;
  await services.store.event(view.object, { type: 'Normal', reason: 'SweepStarted', message });
  return again('Started');
}

/** `20261129T030000Z`: sorts by time, and may be the name of a directory. */
function compact(ms: number): string {
  return toTime(ms).replaceAll(/[-:]/g, '').replace(/\.\d+/, '');
}

/** What it was is journaled first: a request that a crash has sent twice is one, and the look after it counts. */
async function askService({ services, view, save }: SweepPass, name: string): Promise<Outcome> {
  const { store } = services;
  const sweep = sweepOf(view);
  const row = sweep.warmServices.find((one) => one.name === name);
  if (row === undefined) return again('Removed');
  if (row.asked === undefined) {
    const record = await orElse(readWarmRecord(store, name), 'Damaged', () => undefined);
    row.asked = { atRunningMs: store.runningMs(), ...beforeLook(record ?? {}) };
    await save();
  }
  const { uid } = row;
  const request = { id: `${sweep.occurrence}-${sha256(uid).slice(0, 8)}`, verb: 'reconcile' } as const;
  await store.ask({ kind: 'WarmService', name, uid }, { ...request, by: `${SWEEPS}${view.object.name}` });
  row.asked.sent = true;
  await save();
  return again('Asked');
}

async function endService({ view, save }: SweepPass, action: SweepAction & { type: 'EndService' }): Promise<Outcome> {
  const row = sweepOf(view).warmServices.find(({ name }) => name === action.name);
  Object.assign(row ?? {}, action.end);
  await save();
  return again('ServiceEnded');
}

/** The list stands from here on: what is enrolled later has its turn in the next sweep. */
async function listRecipes({ services, view, save }: SweepPass): Promise<Outcome> {
  const sweep = sweepOf(view);
  sweep.recipes = matching(services.store.list('Canonical'), view.spec).map((canonical) => {
    const { name, uid } = canonical;
    const { app } = specInForce(canonical) as { app: { recipe: string } };
    return { recipe: app.recipe, canonical: name, uid };
  });
  sweep.step = 'Recipes';
  await save();
  return again('RecipesListed');
}

/** The verdict, before it is written anywhere else. */
async function conclude({ services, view, save }: SweepPass): Promise<Outcome> {
  const { journal } = view;
  const sweep = sweepOf(view);
  const { occurrence, startTime } = sweep;
  const ended: SweepProgress = {
    ...sweep,
    step: 'Report',
    completionTime: toTime(services.clock.now()),
    result: sweep.cancel ? 'Cancelled' : resultOf(sweep),
  };
  const { completionTime = startTime, result = 'Failed' } = ended;
  const entry = { occurrence, startTime, completionTime, result, ...countsOf(ended) };
  journal.sweep = ended;
  journal.history = [entry, ...journal.history].slice(0, HISTORY);
  await save();
  return again('Concluded');
}

async function report({ services, view, save }: SweepPass): Promise<Outcome> {
  const sweep = sweepOf(view);
  const { store, settings } = services;
  sweep.report = await writeReport(settings.stateDirectory, view.object, recordOf(sweep));
  sweep.step = 'Over';
  await save();
  const { result = 'Failed', occurrence } = sweep;
  const message = `${occurrence} ${result}: ${sweepSummary(sweep)}`;
  await store.event(view.object, { type: result === 'Passed' ? 'Normal' : 'Warning', reason: 'SweepEnded', message });
  return again('Reported');
}

async function startDestroying({ services, view }: SweepPass): Promise<Outcome> {
  if (!view.object.deletion?.requested && !(await services.store.confirmAbsent(view.object)))
    return requeueAfter(1_000, 'FileReturned');
  await services.store.markDestroying(view.object);
  return again('Destroying');
}
