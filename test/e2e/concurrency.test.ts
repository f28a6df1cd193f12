import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { Bench, conditionOf } from './harness.ts';
import { demoRecipes } from './recipes.ts';

const LIMIT_MS = 60_000;

describe('runs at the same time', function () {
  this.timeout(240_000);
  let bench: Bench;

  afterEach(() => bench.dispose());

  /** A controller with that many slots, for recipes that are not enrolled. */
  async function start(maxRuns: number): Promise<void> {
    bench = new Bench({ maxRuns, recipeSource: 'recipes/{recipe}' });
    await demoRecipes(join(bench.root, 'recipes'));
    await bench.start();
  }

  it('two of one recipe do not disturb each other, green or red, and a third sees its place in the queue', async () => {
    await start(2);
    const names = ['one', 'two'];
    for (const name of names) bench.apply('Run', name, { recipe: 'notes' });
    await bench.waitFor('both to run', async () => (await running(names)).length === 2);
    bench.apply('Run', 'broken-one', { recipe: 'notes', ref: 'broken/crash-loop' });
    await bench.waitFor('the third to wait', async () => (await bench.runStatus('broken-one')).queue);
    bench.apply('Run', 'broken-two', { recipe: 'notes', ref: 'broken/loses-data' });
    await bench.waitFor('the fourth to wait', async () => (await bench.runStatus('broken-two')).queue);
    const waiting = await Promise.all(['broken-one', 'broken-two'].map((name) => bench.runStatus(name)));
    if ((await running(names)).length === 2) {
      expect(waiting.map(({ queue }) => queue?.position)).to.deep.equal([1, 2]);
      expect(waiting.map(({ queue }) => queue?.reason)).to.deep.equal(['Slot', 'Slot']);
    }
    expect(conditionOf(waiting[0] ?? {}, 'Succeeded')).to.include({ status: 'Unknown', reason: 'Pending' });
    expect(await bench.ok('get', 'runs')).to.include('Pending');

    const statuses = await Promise.all([...names, 'broken-one', 'broken-two'].map((name) => bench.waitOver(name)));
    const [one, two, third, fourth] = statuses as [RunStatus, RunStatus, RunStatus, RunStatus];
    for (const green of [one, two]) expect(green).to.include({ verdict: 'Passed', level: 2 });
    expect(one.domain).not.to.equal(two.domain);
    expect(overlap(one, two)).to.equal(true);
    expect(third).to.include({ verdict: 'Failed', blame: 'Recipe' });
    expect(failedStage(third)).to.include({ name: 'Upgrade', reason: 'CrashLoop' });
    expect(fourth.queue).to.equal(undefined);
    expect(mostAtOnce(statuses)).to.equal(2);
    await bench.waitClean();
  });

  it('never two with one slot, oldest first @nightly', async () => {
    await start(1);
    const names = ['alpha', 'beta', 'gamma'];
    for (const name of names) {
      bench.apply('Run', name, { recipe: 'hello' });
      await bench.waitFor(`${name} to be seen`, () => bench.object('Run', name));
    }
    const statuses = await Promise.all(names.map((name) => bench.waitOver(name, LIMIT_MS)));
    expect(mostAtOnce(statuses)).to.equal(1);
    const starts = statuses.map(({ startTime }) => startTime ?? '');
    expect(starts).to.deep.equal(starts.toSorted());
    for (const status of statuses) expect(status).to.include({ verdict: 'Passed' });
    await bench.waitClean();
  });

  it('two that crash again and again are both torn down and both tell their own end @nightly', async () => {
    await start(2);
    const names = ['left', 'right'];
    for (const name of names) bench.apply('Run', name, { recipe: 'hello', ref: 'broken/crash-loop' });
    const statuses = await Promise.all(names.map((name) => bench.waitOver(name)));
    for (const status of statuses) {
      expect(failedStage(status)).to.include({ name: 'Upgrade', reason: 'CrashLoop', service: 'app' });
      expect(failedStage(status)?.logTail).to.be.an('array').that.is.not.empty;
      expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
    }
    await bench.waitClean();
  });

  async function running(names: readonly string[]): Promise<string[]> {
    const statuses = await Promise.all(names.map((name) => bench.runStatus(name)));
    return names.filter((_, index) => conditionOf(statuses[index] ?? {}, 'Succeeded')?.reason === 'Running');
  }
});

function failedStage(status: RunStatus): NonNullable<RunStatus['stages']>[number] | undefined {
  return status.stages?.find(({ result }) => result === 'Failed');
}

function overlap(one: RunStatus, other: RunStatus): boolean {
  return mostAtOnce([one, other]) === 2;
}

/** How many runs were under way at the same moment, by their start and end times. */
function mostAtOnce(statuses: readonly RunStatus[]): number {
  const spans = statuses.map(({ startTime = '', completionTime = '' }) => ({ startTime, completionTime }));
  const at = (moment: string): number =>
    spans.filter((span) => span.startTime <= moment && moment < span.completionTime).length;
  return Math.max(...spans.map(({ startTime }) => at(startTime)));
}
