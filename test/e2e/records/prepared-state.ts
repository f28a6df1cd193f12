import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { NO_HISTORY } from '../../../lib/alerts/history.ts';
import { HistoryFiles } from '../../../lib/alerts/history-files.ts';
import { systemClock } from '../../../lib/clock.ts';
import { endProcesses } from '../../../lib/exec/processes.ts';
import { silentLog } from '../../../lib/log.ts';
import { anAlert } from '../../builders/alert.ts';
import { boxCanonical, boxFiles, boxRepository } from '../box-recipe.ts';
import { Bench, CGROUPS, conditionOf } from '../harness.ts';
import { namesOf } from '../leftovers.ts';
import { orDispose } from '../or-dispose.ts';
import type { RecipeRepository } from '../recipes.ts';

/** What a controller left when it was killed, with versions of the same directories from earlier. */
export interface PreparedState {
  bench: Bench;
  /** Directories like `bench.state`, oldest first; the last one is where every case begins. */
  versions: readonly string[];
  /** Puts both directories of the bench where every case begins. */
  restore(): void;
}

const SETTINGS = { recipeSource: 'recipes/{recipe}', maxRuns: 4, deletionGrace: '300ms' };
/** With this floor no run starts: what a case leaves is the same in each. */
const NO_RUN = { disk: { floor: '9000TiB' } };

/**
 * A promoted Canonical with two generations, one that is being deleted, ended runs (written and created), one that is
 * held, one in the middle and one that never started, a Sweep that has swept once, and requests; then SIGKILL and the end
 * of all processes.
 */
export async function prepareState(): Promise<PreparedState> {
  const bench = new Bench(SETTINGS);
  return await orDispose(bench, () => prepareOn(bench));
}

async function prepareOn(bench: Bench): Promise<PreparedState> {
  const versions: string[] = [];
  const keep = (): void => {
    const directory = join(bench.root, `version-${versions.length}`);
    mkdirSync(directory);
    for (const name of ['state', 'specs']) copyTree(join(bench.root, name), join(directory, name));
    versions.push(directory);
  };
  const box = repositories(bench);
  await bench.start();
  await enrol(bench);
  keep();
  await promoteAnother(bench, box);
  await sweepOnce(bench);
  keep();
  await leaveUnfinished(bench);
  await bench.kill9();
  await endProcesses({ prefix: `${await bench.instanceId()}/`, cgroups: CGROUPS, graceMs: 0, clock: systemClock });
  leaveRequests(bench);
  await leaveAlerts(bench);
  keep();
  writeFileSync(bench.config, JSON.stringify({ ...JSON.parse(readFileSync(bench.config, 'utf8')), ...NO_RUN }));
  const restore = (): void => {
    for (const name of ['state', 'specs']) {
      rmSync(join(bench.root, name), { recursive: true, force: true });
      copyTree(join(versions.at(-1) ?? '', name), join(bench.root, name));
    }
  };
  return { bench, versions: versions.map((version) => join(version, 'state')), restore };
}

/** Files may go while a controller lives (temp files); Node's own cpSync ends the process then. */
function copyTree(from: string, to: string): void {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  const { status, stderr } = spawnSync('cp', ['--archive', '--', from, to], { env, encoding: 'utf8' });
  const faults = stderr.split('\n').filter((line) => line !== '' && !line.endsWith('No such file or directory'));
  if (status === null || faults.length > 0) throw new Error(`cp ${from}: ${faults[0] ?? 'was killed'}`);
}

function repositories(bench: Bench): RecipeRepository {
  const box = boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
  box.branch('slow', { 'server.mjs': 'setInterval(() => {}, 1000);\n' });
  box.branch('broken', { 'server.mjs': 'process.exit(3);\n' });
  boxRepository(join(bench.root, 'recipes', 'bux'), ['1.0.0+1.0.0']);
  return box;
}

async function enrol(bench: Bench): Promise<void> {
  for (const name of ['box', 'bux']) bench.apply('Canonical', name, boxCanonical(name));
  for (const name of ['box', 'bux']) await bench.waitCondition({ kind: 'Canonical', name }, 'Ready', 'True');
}

async function promoteAnother(bench: Bench, box: RecipeRepository): Promise<void> {
  box.release('1.2.0+1.2.0', boxFiles('1.2.0+1.2.0'));
  bench.apply('Run', 'newer', { recipe: 'box', ref: '1.2.0+1.2.0' });
  const spec = {
    apiVersion: 'cc-ci/v1',
    kind: 'Run',
    metadata: { name: 'made' },
    spec: { recipe: 'box', ref: 'broken' },
  };
  writeFileSync(join(bench.state, 'specs', 'made.yaml'), JSON.stringify(spec));
  for (const name of ['newer', 'made']) await bench.waitOver(name);
}

/** One that finds nothing new, and leaves its report. */
async function sweepOnce(bench: Bench): Promise<void> {
  bench.apply('Sweep', 'yearly', { schedule: '0 3 29 2 *' });
  await bench.waitCondition({ kind: 'Sweep', name: 'yearly' }, 'Ready', 'True');
  await bench.ok('run', 'sweep/yearly', '--wait');
}

async function leaveUnfinished(bench: Bench): Promise<void> {
  bench.apply('Run', 'waiting', { recipe: 'box', ref: 'main', suspend: true });
  bench.apply('Run', 'held', { recipe: 'box', ref: 'broken', holdOnFailure: '9h' });
  bench.apply('Run', 'mid', { recipe: 'box', ref: 'slow', timeouts: { health: '9h', total: '9h' } });
  rmSync(join(bench.specs, 'bux.canonical.yaml'));
  await bench.waitFor('the middle of everything', async () => {
    const [held, mid] = await Promise.all(['held', 'mid'].map((name) => bench.runStatus(name)));
    const { deletion } = await bench.canonicalStatus('bux');
    const going = mid?.stages?.some(({ name, result }) => name === 'Upgrade' && result === 'Running');
    return going && deletion !== undefined && conditionOf(held ?? {}, 'Succeeded')?.message.includes('held');
  });
  // Half of one goes as soon as another one is made, which no controller that is started on this has the room for.
  await bench.waitFor('the copy of the known-good', async () => {
    const isAtWork = conditionOf(await bench.canonicalStatus('box'), 'Reconciling') !== undefined;
    return !isAtWork && existsSync(join(bench.state, 'apps', 'warm-canon-box.ci.localhost', 'prepared.json'));
  });
}

/** One that waits for a sink, one that all had. */
async function leaveAlerts({ state }: Bench): Promise<void> {
  const files = new AlertFiles(state);
  for (const id of ['alert-pending', 'alert-seen']) await files.create(anAlert({ id }));
  await files.markSeen('alert-seen');
  await new HistoryFiles(state, silentLog).write('alert-object', NO_HISTORY);
}

/** Of people who asked while no controller ran, one of them in vain. */
function leaveRequests(bench: Bench): void {
  const requests = join(bench.state, 'requests');
  const at = '2030-01-01T00:00:00.000Z';
  const body = { kind: 'Run', name: 'waiting', verb: 'cancel', by: 'tester', at, args: {} };
  writeFileSync(join(requests, '2030-01-01T00.00.00.000Z-0001.json'), JSON.stringify(body));
  mkdirSync(join(requests, 'rejected'), { recursive: true });
  writeFileSync(join(requests, 'rejected', '2030-01-01T00.00.00.000Z-0000.json'), '{');
  writeFileSync(join(requests, 'rejected', '2030-01-01T00.00.00.000Z-0000.reason'), '{"reason":"Malformed"}');
  if (namesOf(requests).length < 2) throw new Error('the requests were not left');
}
