import { expect } from 'chai';
import { QUICK_STAGES } from '../../../controllers/run/stages/run-stages.ts';
import type { StageName } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { acquireLease, readLease } from '../../../lib/known-good/lease.ts';
import { condition, stageOf } from './bench.ts';
import { CANONICAL_DOMAIN, type Notes } from './enrolled.ts';
import { expectIdle, expectLiveEqualsSet, marking, outcome, quick, quickBench, recordOf } from './quick-bench.ts';

const key = { kind: 'Run', name: 'q' } as const;

/** Steps of providers, which this recipe has none of, end Prepare with their first. */
const STEPS = QUICK_STAGES.flatMap(({ name: stage, steps }) =>
  steps
    .map(({ name }, step) => ({ stage, step, name: `${stage}/${name}` }))
    .filter(({ step }) => stage !== 'Prepare' || step <= steps.findIndex(({ name }) => name === 'CheckOut')),
);

describe('a quick run that is cut off', function () {
  this.timeout(120_000);
  let notes: Notes;
  let before: string;

  beforeEach(async () => {
    notes = await quickBench();
    before = recordOf(notes);
  });
  afterEach(() => notes.bench.close());

  const journal = () => notes.bench.journal('q').catch(() => undefined);
  const begin = (spec: object = {}) => notes.bench.write('Run', 'q', { recipe: 'notes', mode: 'Quick', ...spec });
  const at = (stage: StageName, step: number) =>
    notes.bench.until(async () => {
      const cursor = (await journal())?.memory?.cursor;
      return cursor?.stage === stage && cursor.step === step;
    }, `${stage} ${step}`);

  for (const { stage, step, name } of STEPS) {
    const rare = name === 'Reattach/Deploy' || name === 'Upgrade/AwaitUp' ? '' : ' @nightly';

    it(`I1 I2 I8 by a crash before ${name} begins again, and passes${rare}`, async () => {
      await begin();
      await at(stage, step);
      await notes.bench.restart();
      const status = await notes.bench.finish('q');
      expect(outcome(status)).to.equal('True/Passed');
      expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['Crash', undefined]);
      expect(recordOf(notes)).to.equal(before);
      await expectIdle(notes);
    });

    it(`T71 I2 I3 by a cancel before ${name} gives everything back${rare}`, async () => {
      await begin();
      await at(stage, step);
      await notes.bench.request(key, 'cancel');
      const status = await notes.bench.finish('q');
      expect(outcome(status)).to.equal('False/Cancelled');
      expect(recordOf(notes)).to.equal(before);
      await expectLiveEqualsSet(notes);
      await expectIdle(notes);
    });
  }

  it('T72 by the deletion of its Canonical ends, and lets it go', async () => {
    await begin();
    await at('Upgrade', 1);
    await notes.bench.remove('notes');
    const status = await notes.bench.finish('q');
    expect(outcome(status)).to.equal('False/Cancelled');
    await expectIdle(notes);
  });

  it('T72 by its own deletion gives everything back', async () => {
    await begin();
    await at('Custom', 0);
    await notes.bench.remove('q');
    await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
    await expectLiveEqualsSet(notes);
    await expectIdle(notes);
    expect(recordOf(notes)).to.equal(before);
  });

  it('by the end of its time gives everything back', async () => {
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'NeverUp' }] });
    await begin({ timeouts: { total: '1m' } });
    const status = await notes.bench.finish('q');
    expect(outcome(status)).to.equal('False/TimedOut');
    await expectLiveEqualsSet(notes);
    await expectIdle(notes);
  });

  it('is held after a failure with its lease and without its slot; then gives everything back', async () => {
    notes.bench.platform.behave(notes.head, { ...marking('head'), services: [{ name: 'app', conduct: 'CrashLoops' }] });
    await begin({ holdOnFailure: '1h' });
    await notes.bench.until(async () => (await journal())?.step === 'Holding', 'the hold');
    expect((await readLease(notes.bench.knownGood('notes').directory))?.holder).to.equal('q');
    await notes.bench.write('Run', 'beside', { recipe: 'notes', promotion: 'Never' });
    const signal = new AbortController().signal;
    expect((await notes.bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal)).deployed).to.equal(true);
    await notes.bench.request(key, 'cancel');
    expect(outcome(await notes.bench.finish('q'))).to.equal('False/Failed');
    await expectLiveEqualsSet(notes);
    expect(recordOf(notes)).to.equal(before);
    await notes.bench.finish('beside');
  });

  it('I3 crashes in its teardown restore before the lease is given back', async () => {
    notes.bench.platform.behave(notes.head, { ...marking('head'), services: [{ name: 'app', conduct: 'CrashLoops' }] });
    await begin();
    await notes.bench.until(async () => (await journal())?.step === 'TearingDown', 'the teardown');
    await notes.bench.restart();
    expect(outcome(await notes.bench.finish('q'))).to.equal('False/Failed');
    await expectLiveEqualsSet(notes);
    await expectIdle(notes);
  });

  it('T32 keeps its lease while what ran cannot be taken down, and says so', async () => {
    await begin();
    await at('Upgrade', 1);
    await notes.bench.request(key, 'cancel');
    notes.bench.platform.failNext('undeploy', new CcError('Unreachable', 'the engine does not answer'));
    await notes.bench.until(async () => ((await journal())?.teardown?.tries ?? 0) > 0, 'a try');
    expect((await journal())?.teardown?.remaining.join()).to.include('the engine does not answer');
    expect((await readLease(notes.bench.knownGood('notes').directory))?.holder).to.equal('q');
    expect(condition(await notes.bench.finish('q'), 'TornDown')).to.equal('True/Verified');
    await expectIdle(notes);
  });

  it('takes a lease again that was lost under it', async () => {
    await begin();
    await at('Upgrade', 1);
    const { directory } = notes.bench.knownGood('notes');
    const { rm } = await import('node:fs/promises');
    await rm(`${directory}/lease.json`);
    expect(outcome(await notes.bench.finish('q'))).to.equal('True/Passed');
    await expectIdle(notes);
  });

  it('goes on in another attempt where somebody else has its lease by now, and leaves the data to them', async () => {
    await begin();
    await at('Upgrade', 1);
    const { directory } = notes.bench.knownGood('notes');
    const { rm } = await import('node:fs/promises');
    await rm(`${directory}/lease.json`);
    const uid = notes.bench.object({ kind: 'Canonical', name: 'notes' }).uid;
    await acquireLease(directory, { holder: 'canonical', uid, attempt: 0 }, notes.bench.clock);
    const status = await notes.bench.finish('q');
    expect(outcome(status)).to.equal('True/Passed');
    expect(status.attempts?.[0]?.reason).to.equal('InfraFault');
    expect(recordOf(notes)).to.equal(before);
    await expectIdle(notes);
  });

  it('and the next one passes on what that left', async () => {
    await begin();
    await at('Upgrade', 2);
    await notes.bench.request(key, 'cancel');
    await notes.bench.finish('q');
    const status = await quick(notes, 'next');
    expect(outcome(status)).to.equal('True/Passed');
    expect(stageOf(status, 'Reattach').result).to.equal('Passed');
  });
});
