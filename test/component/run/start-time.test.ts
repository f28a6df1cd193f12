import { expect } from 'chai';
import { releaseRecipe } from '../../builders/recipe.ts';
import { stageOf } from './bench.ts';
import { HEALTHY, type Notes, notesBench } from './enrolled.ts';

describe('a run of a recipe that says how long it starts', () => {
  let notes: Notes;
  let head: string;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const label = (seconds: number) => `coop-cloud.\${STACK_NAME}.timeout=${seconds}`;

  /** A run of a new release that never comes up; gives how long it was waited for, milliseconds. */
  const waited = async (options: { labels: string[]; startPeriod?: string; timeouts?: object }): Promise<number> => {
    const { bench, recipe } = notes;
    head = await releaseRecipe(recipe, { version: '1.2.0+1.2.0', ...options });
    bench.platform.behave(head, { ...HEALTHY, services: [{ name: 'app', conduct: 'NeverUp' }] });
    const { timeouts } = options;
    await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory, ...(timeouts ? { timeouts } : {}) });
    const status = await bench.finish('r1');
    const { result, reason, startTime = '', endTime = '' } = stageOf(status, 'Upgrade');
    expect({ result, reason }).to.deep.equal({ result: 'Failed', reason: 'DeadlineExceeded' });
    return Date.parse(endTime) - Date.parse(startTime);
  };

  it('waits as long as the label of the tested version says', async () => {
    expect(await waited({ labels: [label(6)] })).to.be.within(5_000, 60_000);
  });

  it('waits longer by the start period of its health check', async () => {
    expect(await waited({ labels: [label(6)], startPeriod: '20s' })).to.be.within(25_000, 120_000);
  });

  it('waits as the Run says, where that says it', async () => {
    expect(await waited({ labels: [label(600)], timeouts: { deploy: '5s', health: '3s' } })).to.be.below(60_000);
  });
});
