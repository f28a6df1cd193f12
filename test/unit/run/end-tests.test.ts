import { expect } from 'chai';
import { endTests, interruptOpenStages } from '../../../controllers/run/end-tests.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { attemptMemory, runJournal, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

describe('the end of tests without a verdict', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
    world.progress = runProgress({ Prepare: 'Passed', Lint: 'Passed', Install: 'Passed', Upgrade: 'Running' });
    world.journal = testingJournal({ memory: attemptMemory({ appliedMs: 1 }) });
    world.deployed = true;
  });
  afterEach(() => world.close());

  const end = (reason: 'Cancelled' | 'TimedOut', waitedFor?: string) => endTests(world.pass(), reason, waitedFor);
  const now = () => toTime(world.clock.now());

  it('by a person is their word, blames nobody, and is torn down', async () => {
    world.journal.cancel = { by: 'ada', reason: 'Cancelled' };
    await end('Cancelled');
    expect(world.took()).to.deep.equal(['measure Upgrade', 'save TearingDown']);
    const { journal, progress } = world.saved[0] ?? {};
    expect(journal).to.deep.include({
      ...{ step: 'TearingDown', afterTeardown: 'End' },
      outcome: { reason: 'Cancelled', message: 'cancelled by ada', level: 1 },
    });
    expect(journal?.attempts[0]?.endTime).to.equal(now());
    const stage = progress?.stages.find(({ name }) => name === 'Upgrade');
    expect(stage).to.deep.include({ result: 'Interrupted', endTime: now(), message: 'cancelled by ada' });
  });

  it('before there was an attempt, or after the last one is torn down, ends the run', async () => {
    world.journal = runJournal();
    world.progress = undefined;
    await end('Cancelled');
    expect(world.took()).to.deep.equal(['finish Cancelled']);
    expect(world.journal.outcome).to.deep.equal({ reason: 'Cancelled', message: 'cancelled by deletion', level: 0 });
    world.journal = testingJournal({ tornDown: true, step: 'Pending' });
    await end('Cancelled');
    expect(world.took()).to.deep.equal(['finish Cancelled']);
    expect(world.journal.attempts[0]).to.not.have.property('endTime');
  });

  it('for want of time saves what the app said last, and names stage and wait', async () => {
    await end('TimedOut', 'the page');
    expect(world.took()).to.deep.equal(['observe', 'measure Upgrade', 'save TearingDown']);
    expect(world.journal.outcome).to.deep.include({ reason: 'TimedOut', blame: 'Recipe', level: 1 });
    expect(world.journal.outcome?.message).to.include('in stage Upgrade').and.include('the page');
  });

  it('for want of time keeps the app for a look, where somebody wants one; a person who cancels does not', async () => {
    const held = { ...world.pass(), holdOnFailureMs: 100 };
    await endTests(held, 'TimedOut', undefined);
    expect(held.journal).to.deep.include({ step: 'Holding', afterTeardown: 'End' });
    expect(held.journal.holdUntilRunningMs).to.be.at.least(100);
    world.journal = testingJournal({
      memory: attemptMemory({ appliedMs: 1 }),
      cancel: { by: 'ada', reason: 'Cancelled' },
    });
    const cancelled = { ...world.pass(), holdOnFailureMs: 100 };
    await endTests(cancelled, 'Cancelled', undefined);
    expect(cancelled.journal.step).to.equal('TearingDown');
  });

  for (const [why, arrange, blame] of [
    ['the app did not come up', () => {}, 'Recipe'],
    ['the app is gone', () => Object.assign(world, { deployed: false }), 'Infra'],
    ['somebody changed the app', () => Object.assign(world, { changedByOthers: 'scaled' }), 'Infra'],
    ['the engine is gone', () => world.fail('observe', new CcError('Unreachable', 'away')), 'Infra'],
    ['it was prepared', () => Object.assign(world, { progress: runProgress({ Prepare: 'Running' }) }), 'Infra'],
    ['it never began', () => Object.assign(world, { progress: runProgress() }), 'Recipe'],
    ['nothing is known of it', () => void delete world.journal.memory, 'Recipe'],
    ['it was between two stages', () => Object.assign(world.stage('Upgrade') ?? {}, { result: 'Passed' }), 'Recipe'],
  ] as const) {
    it(`for want of time while ${why}: ${blame} is to blame`, async () => {
      arrange();
      await end('TimedOut');
      expect(world.journal.outcome?.blame).to.equal(blame);
    });
  }

  it('for want of time passes on that the pass was stopped, and journals nothing', async () => {
    world.fail('observe', new CcError('Aborted', 'stop'));
    expect(await codeOf(end('TimedOut'))).to.equal('Aborted');
    expect([world.saved, world.stage('Upgrade')?.result]).to.deep.equal([[], 'Running']);
  });

  it('interrupts what runs, and only that', () => {
    interruptOpenStages(world.progress, world.pass());
    expect(world.stage('Upgrade')).to.deep.equal({ name: 'Upgrade', result: 'Interrupted', endTime: now() });
    expect(world.stage('Install')).to.deep.equal({ name: 'Install', result: 'Passed' });
    expect(world.stage('Backup')).to.deep.equal({ name: 'Backup', result: 'Pending' });
  });
});
