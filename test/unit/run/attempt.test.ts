import { expect } from 'chai';
import { abandonAttempt, judge, noteFault, startAttempt } from '../../../controllers/run/attempt.ts';
import type { RunAction } from '../../../controllers/run/plan.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { ALL_PASSED, attemptMemory, runJournal, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { DOMAIN, RunWorld } from './run-world.ts';

type Abandon = RunAction & { type: 'AbandonAttempt' };

describe('an attempt', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
  });
  afterEach(() => world.close());

  const now = () => toTime(world.clock.now());
  const journaled = () => world.saved.at(-1)?.journal;

  it('is journaled with its domain before it is told, and forgets what another left', async () => {
    await world.clock.advance(500);
    world.journal = runJournal({ session: 'old', retryAt: 5, attempts: [{ number: 1, domain: 'x', startTime: 't' }] });
    world.journal.teardown = { startedRunningMs: 0, tries: 1, remaining: [] };
    world.journal.outcome = { reason: 'InfraError', message: 'x', level: 0 };
    const pass = world.pass();
    await startAttempt(pass, 2);
    expect(world.took()).to.deep.equal(['save Testing', 'event Normal AttemptStarted']);
    const { attempts, ...journal } = journaled() ?? runJournal();
    expect(attempts.map(({ number }) => number)).to.deep.equal([1, 2]);
    const { domain = '' } = attempts[1] ?? {};
    expect(domain).to.match(/\.example\.org$/);
    expect(attempts[1]).to.deep.equal({ number: 2, domain, resources: [{ kind: 'App', domain }], startTime: now() });
    expect(journal).to.deep.include({ step: 'Testing', session: 'this', tornDown: false });
    expect(journal).to.not.have.any.keys('retryAt', 'teardown', 'outcome');
    expect(journal.memory).to.deep.equal(attemptMemory({ attemptStartedMs: 500, stepStartedMs: 500 }));
    expect(pass.progress).to.deep.include({ attempt: 2, deploys: 0 });
    expect(pass.progress?.stages.every(({ result }) => result === 'Pending')).to.equal(true);
  });

  it('I10 notes a fault of the ground without what is secret in it', async () => {
    await noteFault(world.pass(), new CcError('Unreachable', 'no answer of geheim'));
    expect(journaled()?.fault?.message).to.include('no answer').and.not.include('geheim');
    expect([world.took(), world.log.take()]).to.deep.equal([['save Testing'], ['warn']]);
  });

  describe('that is given up', () => {
    const giveUp = (action: Omit<Abandon, 'type'>) =>
      abandonAttempt(world.pass(), { type: 'AbandonAttempt', ...action } as Abandon);
    const CRASH = { reason: 'Crash', after: 'NextAttempt' } as const;
    const FAULT = { reason: 'InfraFault', after: 'NextAttempt', retryAfterMs: 5_000 } as const;

    beforeEach(() => {
      world.progress = runProgress({ Prepare: 'Passed', Lint: 'Running' });
      world.journal.stoppedGracefully = true;
    });

    it('by a crash counts it, ends its stages, and is torn down for the next', async () => {
      await giveUp(CRASH);
      expect(world.took()).to.deep.equal(['save TearingDown']);
      expect(journaled()).to.deep.include({ crashes: 1, infraRetries: 0, afterTeardown: 'NextAttempt' });
      expect(journaled()).to.not.have.any.keys('stoppedGracefully', 'fault', 'outcome', 'retryAt');
      expect(journaled()?.attempts[0]).to.deep.include({ endTime: now(), reason: 'Crash' });
      const results = world.saved[0]?.progress?.stages.slice(0, 3).map(({ result }) => result);
      expect(results).to.deep.equal(['Passed', 'Interrupted', 'Pending']);
      expect(world.stage('Lint')).to.include({ endTime: now() }).and.not.have.property('message');
    });

    it('by a stop counts no crash', async () => {
      await giveUp({ reason: 'Shutdown', after: 'NextAttempt' });
      expect(journaled()).to.deep.include({ crashes: 0, infraRetries: 0, step: 'TearingDown' });
      expect(journaled()).to.not.have.property('stoppedGracefully');
    });

    it('by the last crash ends the run, for which the ground is to blame', async () => {
      world.journal.crashes = 2;
      await giveUp({ ...CRASH, after: 'End' });
      expect(journaled()?.crashes).to.equal(3);
      expect(journaled()?.afterTeardown).to.equal('End');
      expect(journaled()?.outcome).to.deep.include({ reason: 'InfraError', blame: 'Infra', level: 0 });
      expect(journaled()?.outcome?.message).to.include('CrashBudget').and.include('3 times');
    });

    it('by a fault is told, counted and waits; the fault is forgotten', async () => {
      world.journal.fault = { message: 'the engine is away' };
      await giveUp(FAULT);
      expect(world.took()).to.deep.equal(['event Warning InfraFault', 'save TearingDown']);
      expect(journaled()).to.deep.include({ infraRetries: 1, crashes: 0, retryAt: world.clock.now() + 5_000 });
      expect(journaled()).to.not.have.any.keys('fault', 'outcome');
      expect(world.stage('Lint')?.message).to.equal('the engine is away');
    });

    it('by one fault too many ends the run with it, and waits for nothing', async () => {
      world.journal.fault = { message: 'the engine is away' };
      await giveUp({ ...FAULT, after: 'End' });
      expect(world.took()).to.deep.equal(['event Warning InfraError', 'save TearingDown']);
      expect(journaled()).to.include({ infraRetries: 1 }).and.not.have.property('retryAt');
      expect(journaled()?.outcome).to.deep.equal({
        ...{ reason: 'InfraError', message: 'the engine is away', blame: 'Infra', level: 0 },
      });
    });
  });

  describe('that is judged', () => {
    beforeEach(() => {
      world.progress = { ...runProgress(ALL_PASSED), deploys: 1 };
      world.runningMs = 100;
      world.holdOnFailureMs = 60_000;
    });
    const red = () => Object.assign(world.stage('Custom') ?? {}, { result: 'Failed', reason: 'TestsFailed' });
    const used = () => {
      world.journal = testingJournal({ memory: attemptMemory({ appliedMs: 1 }) });
    };

    it('has its verdict and its end journaled, and is torn down', async () => {
      await judge(world.pass());
      expect(world.took()).to.deep.equal(['save TearingDown']);
      expect(journaled()).to.deep.include({ step: 'TearingDown', afterTeardown: 'End' });
      expect(journaled()?.outcome).to.include({ reason: 'Passed', verdict: 'Passed', level: 5 });
      expect(journaled()?.attempts[0]?.endTime).to.equal(now());
      expect(journaled()).to.not.have.property('holdUntilRunningMs');
    });

    it('as red is held for a look where something was deployed: its logs are kept first', async () => {
      red();
      used();
      await judge(world.pass());
      expect(world.took()).to.deep.equal(['observe', 'save Holding']);
      expect(journaled()).to.deep.include({ step: 'Holding', afterTeardown: 'End', holdUntilRunningMs: 60_100 });
    });

    for (const [why, arrange] of [
      ['nothing was deployed', () => red()],
      ['nobody wants to look', () => [red(), used(), Object.assign(world, { holdOnFailureMs: 0 })]],
      ['it is green', () => used()],
    ] as const) {
      it(`is not held where ${why}`, async () => {
        arrange();
        await judge(world.pass());
        expect(journaled()).to.include({ step: 'TearingDown' }).and.not.have.property('holdUntilRunningMs');
      });
    }

    it('is judged where the engine is gone by then, and fails where the pass is stopped', async () => {
      used();
      world.fail('observe', new CcError('Unreachable', 'away'));
      await judge(world.pass());
      expect(journaled()?.outcome?.verdict).to.equal('Passed');
      world.saved.splice(0);
      world.fail('observe', new CcError('Aborted', 'stop'));
      expect(await judge(world.pass()).catch(({ code }) => code)).to.equal('Aborted');
      expect([world.saved, DOMAIN]).to.deep.equal([[], world.journal.attempts[0]?.domain]);
    });
  });
});
