import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { condition, stageOf } from './bench.ts';
import { type Notes, notesBench } from './enrolled.ts';

describe('the teardown of a run', () => {
  let notes: Notes;
  /** While true the platform removes nothing, whatever its commands say. */
  let stuck: boolean;

  beforeEach(async () => {
    notes = await notesBench();
    stuck = true;
    const { platform } = notes.bench;
    const destroy = platform.destroy.bind(platform);
    platform.destroy = async (app, signal) => {
      if (!stuck) await destroy(app, signal);
    };
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory });
  });
  afterEach(() => notes.bench.close());

  const now = async () => (await notes.bench.status({ kind: 'Run', name: 'r1' })) as Awaited<ReturnType<typeof finish>>;
  const finish = () => notes.bench.finish('r1');
  const tries = async (count: number) => {
    const seen = async () => ((await notes.bench.journal('r1').catch(() => undefined))?.teardown?.tries ?? 0) >= count;
    await notes.bench.until(seen, `${count} tries`);
  };

  it('is decided by listing: leftovers are TornDown False, and tried again', async () => {
    await tries(2);
    expect(condition(await now(), 'TornDown')).to.equal('False/Remaining');
    stuck = false;
    const status = await finish();
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
  });

  it('T32 that does not succeed in its time ends the run as TeardownFailed; the verdict stays', async () => {
    const status = await finish();
    expect(condition(status, 'Succeeded')).to.equal('False/TeardownFailed');
    expect(status.verdict).to.equal('Passed');
    expect(status.blame).to.equal('Infra');
    expect(stageOf(status, 'Teardown').result).to.equal('Failed');
    expect(await notes.bench.store.claims.list()).to.have.lengthOf(1);
  });

  it('goes on for ever after that, and gives the claim back in the end', async () => {
    await finish();
    for (let pass = 0; pass < 10; pass += 1) await notes.bench.step();
    expect(condition(await now(), 'TornDown')).to.equal('False/Remaining');
    expect((await now()).nextAction?.what).to.contain('tear down');
    stuck = false;
    await notes.bench.until(async () => (await notes.bench.journal('r1')).tornDown, 'the teardown');
    await notes.bench.pass({ kind: 'Run', name: 'r1' });
    expect(condition(await now(), 'TornDown')).to.equal('True/Verified');
    expect(condition(await now(), 'Succeeded')).to.equal('False/TeardownFailed');
    expect(await notes.bench.store.claims.list()).to.deep.equal([]);
  });

  it('between two attempts does not wait for ever either: the slot goes to the next run', async () => {
    notes.bench.platform.failNext('prepare', new CcError('Unreachable', 'no answer'));
    const { platform } = notes.bench;
    platform.leftovers = async () => ['volume data'];
    const status = await finish();
    expect(condition(status, 'Succeeded')).to.equal('False/TeardownFailed');
    expect(status.verdict).to.equal(undefined);
    expect(status.attempts).to.have.lengthOf(1);
  });

  it('T37 a cleanup command that fails after it did its work does not matter', async () => {
    const { platform } = notes.bench;
    stuck = false;
    const destroy = platform.destroy.bind(platform);
    platform.destroy = async (app, signal) => {
      await destroy(app, signal);
      throw new CcError('CommandFailed', 'exit 1');
    };
    expect(condition(await finish(), 'Succeeded')).to.equal('True/Passed');
  });

  it('I17 touches nothing that the run has no claim on', async () => {
    stuck = false;
    const testing = async () =>
      (await notes.bench.journal('r1').catch(() => undefined))?.memory?.cursor.stage === 'Lint';
    await notes.bench.until(testing, 'the attempt');
    const { domain = '' } = (await notes.bench.journal('r1')).attempts[0] ?? {};
    const { uid } = notes.bench.object({ kind: 'Run', name: 'r1' });
    await notes.bench.store.claims.release(domain, uid);
    await notes.bench.request({ kind: 'Run', name: 'r1' }, 'cancel');
    let destroyed = 0;
    notes.bench.platform.destroy = async () => {
      destroyed += 1;
    };
    await finish();
    expect(destroyed).to.equal(0);
  });

  it('of a failed run waits while it is held for a look, without a slot @nightly', async () => {
    stuck = false;
    await finish();
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    const spec = { recipe: 'notes', source: notes.recipe.directory };
    await notes.bench.write('Run', 'held', { ...spec, holdOnFailure: '10h' });
    const held = async () => (await notes.bench.journal('held').catch(() => undefined))?.step === 'Holding';
    await notes.bench.until(held, 'the hold');
    await notes.bench.write('Run', 'next', { ...spec, ref: '1.0.0+1.0.0' });
    await notes.bench.finish('next');
    expect((await notes.bench.journal('held')).step).to.equal('Holding');
    await notes.bench.restart();
    expect((await notes.bench.journal('held')).step).to.equal('Holding');
    const status = await notes.bench.finish('held');
    expect(condition(status, 'Succeeded')).to.equal('False/Failed');
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
  });
});
