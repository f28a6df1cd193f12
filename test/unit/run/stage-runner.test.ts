import { expect } from 'chai';
import { deadlineOf, runStageStep } from '../../../controllers/run/stage-runner.ts';
import type { StageName } from '../../../lib/api/index.ts';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { BASE } from '../../builders/resolved-run.ts';
import { attemptMemory, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { gate } from '../../fakes/fake-reconciler.ts';
import { DOMAIN, RunWorld } from './run-world.ts';

const CLAIM = `claim ${DOMAIN} Run uid-notes 1`;
const CONFIRM = { stage: 'Upgrade', step: 3 } as const;

describe('a step of a stage', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
    world.deployed = true;
    at(CONFIRM);
  });
  afterEach(() => world.close());

  function at(cursor: { stage: StageName; step: number }, appliedMs = 1): void {
    world.journal = testingJournal({ memory: attemptMemory({ cursor, up: true, appliedMs }) });
    world.progress = runProgress({ [cursor.stage]: 'Running' });
  }
  const take = async (remainingMs?: number) => runStageStep(await world.prepared(stageName(), remainingMs));
  const stageName = () => world.journal.memory?.cursor.stage ?? 'Prepare';
  const ended = () => {
    const { result, reason } = world.stage(stageName()) ?? {};
    return reason === undefined ? result : `${result} ${reason}`;
  };

  it('that is done moves on to the next, whose time begins; the app beside it is looked at', async () => {
    await world.clock.advance(500);
    expect(await take()).to.deep.equal({ effect: 'Continue' });
    expect(world.took()).to.deep.equal(['observe', 'observe']);
    expect(world.journal.memory).to.deep.include({ cursor: { stage: 'Upgrade', step: 4 }, stepStartedMs: 500 });
    expect([ended(), world.progress?.deploys]).to.deep.equal(['Running', 1]);
  });

  it('that is the last one ends its stage', async () => {
    at({ stage: 'Upgrade', step: 5 });
    expect(await take()).to.deep.equal({ effect: 'Continue' });
    expect([ended(), world.took()]).to.deep.equal(['Passed', ['observe', 'measure Upgrade']]);
  });

  for (const [what, arrange, is] of [
    ['another commit runs', () => Object.assign(world, { commit: BASE }), 'Failed WrongCommit'],
    ['nothing runs', () => Object.assign(world, { commit: undefined }), 'Failed WrongCommit'],
    ['somebody changed the app', () => Object.assign(world, { changedByOthers: 'scaled' }), 'Failed ChangedByOthers'],
    ['the app is gone', () => Object.assign(world, { deployed: false }), 'Failed ChangedByOthers'],
  ] as const) {
    it(`fails its stage where ${what}`, async () => {
      arrange();
      expect(await take()).to.deep.equal({ effect: 'Continue' });
      expect(ended()).to.equal(is);
      const commit = world.commit?.slice(0, 10) ?? 'nothing';
      if (is === 'Failed WrongCommit') expect(world.stage('Upgrade')?.message).to.include(`${commit} is deployed`);
    });
  }

  for (const [code, is] of [
    ['InvalidInput', 'Failed InvalidRecipe'],
    ['CommandFailed', 'Failed CommandFailed'],
    ['Misconfigured', 'Failed Misconfigured'],
    ['NotFound', 'Failed NotFound'],
    ['Refused', 'Failed Refused'],
    ['Unsupported', 'Failed UnsupportedByPlatform'],
    ['DeadlineExceeded', 'Failed DeadlineExceeded'],
    ['Unreachable', 'Running'],
    ['NoSpace', 'Running'],
    ['Conflict', 'Running'],
    ['Damaged', 'Running'],
    ['DataMissing', 'Running'],
    ['Internal', 'Running'],
  ] as [ErrorCode, string][]) {
    it(`that throws ${code}: ${is === 'Running' ? 'the ground’s, the stage stays open' : is}`, async () => {
      world.fail('observe', new CcError(code, 'x'));
      const effect = await take();
      expect(effect.effect).to.equal(is === 'Running' ? 'InfraFault' : 'Continue');
      expect(ended()).to.equal(is);
      expect(world.journal.memory?.cursor).to.deep.equal(CONFIRM);
    });
  }

  it('whose fault a change of others explains is told as that', async () => {
    world.fail('observe', new CcError('Conflict', 'in use'));
    world.changedByOthers = 'scaled';
    expect(await take()).to.deep.equal({ effect: 'Continue' });
    expect(ended()).to.equal('Failed ChangedByOthers');
    expect(world.stage('Upgrade')?.message).to.include('scaled').and.include('in use');
  });

  it('before anything was deployed asks nothing of the app', async () => {
    at({ stage: 'Prepare', step: 0 }, 0);
    expect(await take()).to.deep.equal({ effect: 'Continue' });
    expect(world.took()).to.deep.equal([CLAIM]);
    world.fail(CLAIM, new CcError('Internal', 'x'));
    at({ stage: 'Prepare', step: 0 }, 0);
    expect((await take()).effect).to.equal('InfraFault');
  });

  it('that the system keeps from being done is a fault of the ground', async () => {
    world.fail('observe', Object.assign(new Error('EIO'), { code: 'EIO' }));
    expect((await take()).effect).to.equal('InfraFault');
  });

  it('T26 that hangs fails its stage when its time is over; while it is prepared, that is the ground’s', async () => {
    for (const [cursor, effect] of [
      [CONFIRM, 'Continue'],
      [{ stage: 'Prepare', step: 0 }, 'InfraFault'],
    ] as const) {
      at(cursor);
      const context = await world.prepared(cursor.stage, 1_000);
      context.waitedFor = 'the page';
      const { platform, store } = context.services;
      const { observe } = platform;
      const called = gate();
      const hangs = () =>
        new Promise<never>((_, reject) => {
          const { signal } = context;
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          Object.assign(platform, { observe });
          called.open();
        });
      Object.assign(platform, { observe: hangs });
      Object.assign(store.claims, { claim: hangs });
      const taken = runStageStep(context);
      await called.promise;
      await world.clock.advance(999);
      expect(ended()).to.equal('Running');
      await world.clock.advance(1);
      expect((await taken).effect).to.equal(effect);
      expect(ended()).to.equal(effect === 'Continue' ? 'Failed DeadlineExceeded' : 'Running');
      if (effect === 'Continue') expect(world.stage('Upgrade')?.message).to.include('the page');
    }
  });

  it('is interrupted with its pass, and leaves the draft alone', async () => {
    world.fail('observe', new CcError('Aborted', 'stop'));
    world.abort.abort(new CcError('Aborted', 'stop'));
    expect(await take().catch(({ code }) => code)).to.equal('Aborted');
    expect([ended(), world.journal.memory?.cursor]).to.deep.equal(['Running', CONFIRM]);
  });

  it('has the deadline of its kind; what is no step has that of the run', () => {
    expect(['Install', 'Upgrade'].map((stage) => deadlineOf('Cold', stage as StageName, 1))).to.deep.equal([
      'Deploy',
      'Deploy',
    ]);
    expect([
      deadlineOf('Cold', 'Install', 2),
      deadlineOf('Cold', 'Install', 4),
      deadlineOf('Cold', 'Install', 5),
    ]).to.deep.equal([...['Health', 'Test', 'Total']]);
    expect(deadlineOf('Cold', 'Teardown', 0)).to.equal('Total');
  });
});
