import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { stageOf } from './bench.ts';
import { type Notes, notesBench } from './enrolled.ts';

describe('a step that lasts', () => {
  let notes: Notes;
  const key = { kind: 'Run', name: 'r1' } as const;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  it('is seen under way while it lasts, with the answer to the request that came right before it', async () => {
    const { bench, recipe } = notes;
    await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory });
    let seen: RunStatus | undefined;
    const { platform } = bench;
    const deploy = platform.deploy.bind(platform);
    platform.deploy = async (...args) => {
      seen ??= (await bench.status(key)) as RunStatus;
      await deploy(...args);
    };
    while (seen === undefined) {
      await bench.request(key, 'reconcile');
      await bench.pass(key);
    }
    expect(stageOf(seen, 'Install').result).to.equal('Running');
    expect(seen.nextAction?.reason).to.equal('Install');
    expect(seen.lastHandledRequest?.id).to.equal(bench.object(key).lastHandledRequest?.id);
  });
});
