import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { runDirectoryName } from '../../../lib/app/domain.ts';
import { readEvents } from '../../../lib/store/reader.ts';
import { stageOf } from './bench.ts';
import { BASE_VERSION, CANONICAL_DOMAIN, HEAD_VERSION, type Notes } from './enrolled.ts';
import { expectIdle, expectLiveEqualsSet, marking, outcome, quick, quickBench, recordOf } from './quick-bench.ts';

describe('a quick run', function () {
  this.timeout(120_000);
  let notes: Notes;
  let before: string;

  beforeEach(async () => {
    notes = await quickBench();
    before = recordOf(notes);
  });
  afterEach(() => notes.bench.close());

  const live = () => join(notes.bench.platform.directory, CANONICAL_DOMAIN, 'data');
  const deploys = () =>
    notes.bench.platform.calls.filter(({ method, domain }) => method === 'deploy' && domain === CANONICAL_DOMAIN);
  const breakHead = () =>
    notes.bench.platform.behave(notes.head, { ...marking('head'), services: [{ name: 'app', conduct: 'CrashLoops' }] });

  it('I1 I2 that passes reattaches, upgrades in place, and leaves known-good and record as they were', async () => {
    const from = deploys().length;
    const status = await quick(notes, 'q');
    expect(outcome(status)).to.equal('True/Passed');
    expect(status).to.include({ mode: 'Quick', confidence: 'Low', level: 2, domain: CANONICAL_DOMAIN });
    expect(status.version).to.deep.equal({ base: BASE_VERSION, head: HEAD_VERSION });
    expect(status.stages?.map(({ name, result }) => `${name} ${result}`)).to.deep.equal([
      ...['Prepare Passed', 'Reattach Passed', 'Upgrade Passed', 'Custom Skipped', 'Teardown Passed'],
    ]);
    expect(status).to.not.have.property('promotion');
    expect(status.deploys).to.deep.equal({ count: 1, expected: 1 });
    const made = deploys().slice(from);
    expect(made.map(({ commit }) => commit)).to.deep.equal([notes.base, notes.head]);
    expect(recordOf(notes)).to.equal(before);
    expect((await notes.bench.knownGood('notes').volumesState()).state).to.equal('Dirty');
    expect(await readFile(join(live(), 'note'), 'utf8')).to.equal('kept');
    await expectIdle(notes);
  });

  it('I2 I3 that fails puts everything back before it says that nothing is left', async () => {
    breakHead();
    const status = await quick(notes, 'q');
    expect(outcome(status)).to.equal('False/Failed');
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', reason: 'CrashLoop' });
    expect(stageOf(status, 'Custom')).to.include({ result: 'Skipped', reason: 'UpgradeFailed' });
    expect(status).to.include({ level: 1, blame: 'Recipe', confidence: 'Low' });
    expect(recordOf(notes)).to.equal(before);
    await expectLiveEqualsSet(notes);
    expect(await notes.bench.knownGood('notes').volumesState()).to.include({ state: 'Clean' });
    await expectIdle(notes);
  });

  it('T09 starts from exactly the known-good, whatever the last one left', async () => {
    await quick(notes, 'q1');
    const seen: string[] = [];
    notes.bench.platform.behave(notes.base, {
      services: [{ name: 'app' }],
      onStart: async ([volume]) => void seen.push(await readFile(join(volume?.path ?? '', 'log'), 'utf8')),
    });
    expect(outcome(await quick(notes, 'q2'))).to.equal('True/Passed');
    breakHead();
    await quick(notes, 'q3');
    await quick(notes, 'q4');
    expect(new Set(seen)).to.have.lengthOf(1);
    expect(seen).to.have.lengthOf(3);
    expect(recordOf(notes)).to.equal(before);
  });

  it('T15 of the known-good itself upgrades nothing, and says so; its tests run all the same', async () => {
    const status = await quick(notes, 'q', { ref: BASE_VERSION });
    expect(outcome(status)).to.equal('True/Passed');
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Skipped', reason: 'NothingToTest' });
    expect(stageOf(status, 'Upgrade').message).to.include('the tested commit itself');
    expect(status.level).to.equal(1);
    expect(recordOf(notes)).to.equal(before);
  });

  it('says its mode and confidence wherever its result is', async () => {
    await quick(notes, 'q');
    const { stateDirectory } = notes.bench.settings;
    const key = { kind: 'Run', name: 'q' } as const;
    const directory = join(stateDirectory, 'runs', runDirectoryName('q', notes.bench.object(key).uid));
    const { status, spec } = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8'));
    expect([spec.mode, status.mode, status.confidence]).to.deep.equal(['Quick', 'Quick', 'Low']);
    const junit = await readFile(join(directory, 'junit.xml'), 'utf8');
    expect(junit).to.include('<property name="mode" value="Quick"/>');
    expect(junit).to.include('<property name="confidence" value="Low"/>');
    const events = await readEvents({ stateDirectory, limit: 100 }, key);
    expect(events.find(({ reason }) => reason === 'Passed')?.message).to.include('low confidence');
  });

  it('a known-good that does not come up any more is no fault of the change', async () => {
    notes.bench.platform.behave(notes.base, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    const status = await quick(notes, 'q');
    expect(stageOf(status, 'Reattach')).to.include({ result: 'Failed', reason: 'BaseInstallFailed' });
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Skipped', reason: 'ReattachFailed' });
    expect(status).to.include({ level: 0, blame: 'PreExisting' });
    expect(recordOf(notes)).to.equal(before);
    await expectLiveEqualsSet(notes);
    await expectIdle(notes);
  });
});
