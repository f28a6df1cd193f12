import { existsSync, mkdirSync } from 'node:fs';
import { expect } from 'chai';
import { giveUpTeardown, performTeardown } from '../../../controllers/run/teardown.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { testingJournal } from '../../builders/run-facts.ts';
import { codeOf } from '../../rig/code-of.ts';
import { DOMAIN, RunWorld } from './run-world.ts';

const PASSED = { reason: 'Passed', verdict: 'Passed', level: 5, message: 'x' } as const;
const FAILED = { reason: 'Failed', verdict: 'Failed', level: 1, message: 'x', blame: 'Recipe' } as const;
const LOOKED = ['leave pool', `forget ${DOMAIN}`, 'limit Teardown', `destroy ${DOMAIN}`, 'leftovers', 'observe'];
const REMOVED = [...LOOKED, `give back ${DOMAIN} uid-notes`];

describe('the teardown of an attempt', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
    world.journal = testingJournal({ step: 'TearingDown', afterTeardown: 'End', outcome: PASSED });
  });
  afterEach(() => world.close());

  const tearDown = () => performTeardown(world.pass());
  const now = () => toTime(world.clock.now());

  it('removes, looks that it is gone, gives the claim back, and goes on to the promotion', async () => {
    world.journal.session = 'old';
    world.journal.teardown = { startedRunningMs: 0, tries: 1, remaining: ['x'] };
    expect(await tearDown()).to.deep.equal({ outcome: 'Requeue', afterMs: 0, reason: 'Promote' });
    expect(world.took()).to.deep.equal([...REMOVED, 'save Promoting']);
    expect(world.saved[0]?.journal).to.deep.include({ step: 'Promoting', session: 'this', tornDown: true });
    expect(world.saved[0]?.journal).to.not.have.property('teardown');
    expect(world.stage('Teardown')).to.deep.equal({
      ...{ name: 'Teardown', result: 'Passed', startTime: now(), endTime: now() },
    });
  });

  it('of a run that did not pass ends it without a promotion, and says why', async () => {
    world.journal.outcome = FAILED;
    expect(await tearDown()).to.deep.include({ afterMs: 0, reason: 'Finished' });
    expect(world.took()).to.deep.equal([...REMOVED, 'finish Failed']);
    expect(world.journal.promotion).to.deep.equal({ result: 'Skipped', reason: 'NotGreen' });
    expect(world.stage('Promote')).to.deep.include({ result: 'Skipped', reason: 'NotGreen', startTime: now() });
  });

  it('before another attempt drops what that one must not find, and shows no stage', async () => {
    world.journal.afterTeardown = 'NextAttempt';
    delete world.journal.outcome;
    const { backup, scratch, dependencies, recipe } = world.directories;
    const paths = [backup, scratch, dependencies, recipe];
    for (const path of paths) mkdirSync(path);
    expect(await tearDown()).to.deep.include({ afterMs: 0, reason: 'NextAttempt' });
    expect(world.took()).to.deep.equal([...REMOVED, 'save Pending']);
    expect(world.saved[0]?.journal).to.include({ step: 'Pending', tornDown: true }).and.not.have.property('memory');
    expect(paths.map((path) => existsSync(path))).to.deep.equal([false, false, false, true]);
    expect(world.stage('Teardown')).to.deep.equal({ name: 'Teardown', result: 'Pending' });
  });

  it('before another attempt journals that only once nothing is left for it to find', async () => {
    world.journal.afterTeardown = 'NextAttempt';
    mkdirSync(world.directories.backup);
    world.fail('save Pending', new CcError('NoSpace', 'full'));
    expect(await codeOf(tearDown())).to.equal('NoSpace');
    expect(existsSync(world.directories.backup)).to.equal(false);
  });

  it('of a run that has ended only says that it is torn down', async () => {
    world.journal = testingJournal({ step: 'Ended', afterTeardown: 'End', outcome: PASSED });
    expect(await tearDown()).to.deep.include({ afterMs: 0, reason: 'TornDown' });
    expect(world.took()).to.deep.equal([...REMOVED, 'save Ended']);
    expect(world.saved[0]?.journal.tornDown).to.equal(true);
    expect(world.stage('Teardown')?.result).to.equal('Pending');
  });

  it('I17 touches nothing that somebody else has claimed, or nobody', async () => {
    for (const uid of ['other', undefined]) {
      world.claimUid = uid;
      await tearDown();
      expect(world.took()).to.not.include(`destroy ${DOMAIN}`);
    }
  });

  it('T32 that leaves something says what, keeps the claim, and tries again, twice as late each time', async () => {
    world.left = ['volume data'];
    const times: number[] = [];
    for (let tries = 1; tries <= 3; tries += 1) {
      const outcome = await tearDown();
      times.push(outcome.outcome === 'Requeue' ? outcome.afterMs : -1);
      expect(world.took()).to.deep.equal([...LOOKED, 'save TearingDown']);
      const { teardown } = world.saved.at(-1)?.journal ?? {};
      expect(teardown).to.deep.equal({
        ...{ startedRunningMs: 7_000, tries, remaining: ['volume data'] },
        retryTime: toTime(world.clock.now() + (times.at(-1) ?? 0)),
      });
    }
    expect(times).to.deep.equal([1_000, 2_000, 4_000]);
    expect(world.stage('Teardown')).to.deep.include({ result: 'Running', reason: 'Remaining' });
    world.left = [];
    await world.clock.advance(1_000);
    await tearDown();
    expect(world.stage('Teardown')).to.not.have.any.keys('reason', 'message');
    expect(world.stage('Teardown')).to.include({ result: 'Passed', endTime: now() });
    expect(world.stage('Teardown')?.startTime).to.equal(toTime(world.clock.now() - 1_000));
  });

  it('is tried again no later than its time is over, a minute at the most once the run has ended', async () => {
    world.left = ['volume data'];
    const waits = async (tries: number, runningMs: number) => {
      world.journal.teardown = { startedRunningMs: 0, tries, remaining: [] };
      world.runningMs = runningMs;
      const outcome = await tearDown();
      return outcome.outcome === 'Requeue' ? outcome.afterMs : -1;
    };
    expect([await waits(5, 299_000), await waits(5, 299_999), await waits(5, 300_001)]).to.deep.equal([1_000, 1, 0]);
    expect([await waits(4, 0), await waits(5, 0), await waits(9, 0)]).to.deep.equal([16_000, 32_000, 60_000]);
    world.journal.step = 'Ended';
    expect(await waits(9, 900_000)).to.equal(60_000);
  });

  it('T37 is decided by the listing, whatever the command said; what it said is told beside what is left', async () => {
    world.fail(`destroy ${DOMAIN}`, new CcError('CommandFailed', 'exit 1'));
    expect(await tearDown()).to.deep.include({ reason: 'Promote' });
    world.fail(`destroy ${DOMAIN}`, new CcError('CommandFailed', 'exit 1'));
    world.left = ['volume data'];
    await tearDown();
    expect(world.journal.teardown?.remaining).to.deep.equal(['volume data', 'exit 1']);
  });

  it('that cannot be listed, or leaves the app deployed, is none', async () => {
    world.fail('leftovers', new CcError('Unreachable', 'away'));
    await tearDown();
    expect(world.journal.teardown?.remaining).to.have.lengthOf(1);
    world.fail('observe', new CcError('Unreachable', 'away'));
    await tearDown();
    expect(world.journal.teardown?.tries).to.equal(2);
    world.deployed = true;
    await tearDown();
    expect(world.journal.teardown?.remaining).to.deep.equal(['the app is still deployed']);
    world.left = ['volume data'];
    await tearDown();
    expect(world.journal.teardown?.remaining).to.deep.equal(['volume data']);
  });

  for (const line of [`destroy ${DOMAIN}`, 'leftovers', 'observe']) {
    it(`journals nothing where the pass is stopped in "${line}"`, async () => {
      world.fail(line, new CcError('Aborted', 'stop'));
      world.abort.abort(new CcError('Aborted', 'stop'));
      expect(await codeOf(tearDown())).to.equal('Aborted');
      expect(world.saved).to.deep.equal([]);
      expect(world.took().at(-1)).to.equal(line);
    });
  }

  it('without an attempt is a fault of ours', async () => {
    world.journal.attempts = [];
    expect(await codeOf(tearDown())).to.equal('Internal');
  });

  it('that is given up ends the run with what is left; a verdict stays, and whom it blames where it is red', async () => {
    for (const [outcome, kept] of [
      [PASSED, { verdict: 'Passed', level: 5, blame: 'Infra' }],
      [FAILED, { verdict: 'Failed', level: 1, blame: 'Recipe' }],
      [undefined, { level: 0, blame: 'Infra' }],
    ] as const) {
      world.journal = testingJournal({ step: 'TearingDown', ...(outcome ? { outcome } : {}) });
      world.journal.teardown = { startedRunningMs: 0, tries: 9, remaining: ['a', 'b'] };
      await giveUpTeardown(world.pass());
      expect(world.took()).to.deep.equal(['finish TeardownFailed']);
      expect(world.journal.outcome).to.deep.include({
        reason: 'TeardownFailed',
        message: 'still there: a, b',
        ...kept,
      });
      expect(world.journal).to.deep.include({ afterTeardown: 'End', tornDown: false });
      expect(world.journal.promotion).to.deep.equal({ result: 'Skipped', reason: 'NotGreen' });
      expect(world.stage('Teardown')).to.include({ result: 'Failed', reason: 'Remaining', endTime: now() });
    }
    expect(world.log.take()).to.deep.equal(['error', 'error', 'error']);
  });
});
