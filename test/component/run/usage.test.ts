import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus, StageResult } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { FAKE_MEMORY_BYTES } from '../../fakes/fake-usage.ts';
import { condition, stageOf } from './bench.ts';
import { HEALTHY, type Notes, notesBench } from './enrolled.ts';

const MEASURED = ['Install', 'Upgrade', 'Backup', 'Restore', 'Custom'];

describe('what the app under test uses', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const start = async (): Promise<void> => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory });
  };
  const finish = async (): Promise<RunStatus> => {
    await start();
    return await notes.bench.finish('r1');
  };
  const resultsOf = async ({ artifacts = '' }: RunStatus): Promise<{ status: RunStatus }> =>
    JSON.parse(await readFile(join(notes.bench.settings.stateDirectory, artifacts, 'results.json'), 'utf8'));
  const measured = (stages: readonly StageResult[] | undefined) =>
    (stages ?? []).filter(({ usage }) => usage !== undefined).map(({ name }) => name);

  it('stands in results.json for each stage and service, and is asked no more once the app is torn down', async () => {
    for (const commit of [notes.base, notes.head]) {
      const services = [{ name: 'app' }, { name: 'db', memoryBytes: 300, mostMemoryBytes: 900 }];
      notes.bench.platform.behave(commit, { ...HEALTHY, services });
    }
    const { status } = await resultsOf(await finish());
    const ended = (status.stages ?? []).filter(({ name, result }) => MEASURED.includes(name) && result !== 'Skipped');
    expect(ended.length).to.be.greaterThan(3);
    expect(measured(status.stages)).to.deep.equal(ended.map(({ name }) => name));
    for (const { usage } of ended) {
      expect(usage?.samples).to.be.greaterThan(0);
      expect(usage?.services.map(({ service }) => service)).to.deep.equal(['app', 'db']);
      const [app] = usage?.services ?? [];
      expect(app).to.include({ peakMemoryBytes: FAKE_MEMORY_BYTES }).and.to.not.have.any.keys('memoryGap', 'diskGap');
      expect(app?.diskBytes).to.be.within(1, 2 ** 20);
    }
    expect(stageOf(status, 'Install').usage?.services[1]).to.include({ peakMemoryBytes: 900 });
    expect(stageOf(status, 'Backup').usage?.services[1]).to.include({ peakMemoryBytes: 300 });
    const { calls } = notes.bench.platform;
    const destroyed = calls.findIndex(({ method, domain }) => method === 'destroy' && domain === status.domain);
    expect(destroyed).to.be.greaterThan(0);
    expect(calls.slice(destroyed).filter(({ method }) => method === 'usage')).to.deep.equal([]);
  });

  it('an engine that answers no measurement changes nothing but that, and says so', async () => {
    notes.bench.platform.usage = async () => {
      throw new CcError('Unreachable', 'the engine is gone');
    };
    const status = await finish();
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    for (const name of ['Install', 'Upgrade'] as const) {
      expect(stageOf(status, name).usage).to.deep.equal({ samples: 0, services: [], gap: 'Unreadable' });
    }
  });

  it('one that hangs is given up', async () => {
    notes.bench.platform.hangNext('usage');
    const status = await finish();
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(stageOf(status, 'Install').usage?.services.length).to.be.lessThan(2);
    expect(stageOf(status, 'Upgrade').usage?.services).to.have.lengthOf(1);
  });

  it('of a stage that failed is measured before anything is ended @nightly', async () => {
    const services = [{ name: 'app', conduct: 'CrashLoops' as const }, { name: 'db' }];
    notes.bench.platform.behave(notes.head, { ...HEALTHY, services });
    const stage = stageOf(await finish(), 'Upgrade');
    expect(stage.result).to.equal('Failed');
    expect(stage.usage?.services.map(({ service }) => service)).to.include('db');
  });

  it('of a stage that is cancelled is kept @nightly', async () => {
    notes.bench.platform.behave(notes.base, {
      services: [{ name: 'app', conduct: 'NeverUp' }, { name: 'db' }],
    });
    await start();
    const { bench } = notes;
    const key = { kind: 'Run', name: 'r1' } as const;
    await bench.until(async () => bench.platform.count('deploy') > 0, 'a deploy');
    await bench.request(key, 'cancel');
    const stage = stageOf(await bench.finish('r1'), 'Install');
    expect(stage.result).to.equal('Interrupted');
    expect(stage.usage?.services).to.deep.include({
      service: 'db',
      peakMemoryBytes: FAKE_MEMORY_BYTES,
      diskBytes: stage.usage?.services[1]?.diskBytes,
    });
  });
});
