import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { type ActionOptions, performRunAction } from '../../../controllers/run/actions.ts';
import type { RunAction } from '../../../controllers/run/plan.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { ALL_PASSED, attemptMemory, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { storedCanonical } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';
import { DOMAIN, RunWorld } from './run-world.ts';

const away = () => new CcError('Unreachable', 'the engine is away');

describe('the acts of a run', () => {
  let world: RunWorld;
  let waits: (string | undefined)[];

  beforeEach(() => {
    world = new RunWorld();
    waits = [];
  });
  afterEach(() => world.close());

  const act = (action: RunAction, options: Partial<ActionOptions> = {}) =>
    performRunAction(world.pass(), action, {
      ...{ remainingMs: 60_000, waitedFor: undefined, waiting: (text) => void waits.push(text) },
      decide: async () => {},
      ...options,
    });
  const again = (reason: string) => ({ outcome: 'Requeue', afterMs: 0, reason });
  const now = () => toTime(world.clock.now());

  for (const [action, afterMs, reason] of [
    [{ type: 'Rest', reason: 'ArtifactsExpire', afterMs: 7 }, 7, 'ArtifactsExpire'],
    [{ type: 'WaitForSlot', position: 2, reason: 'DiskFloor' }, 5_000, 'DiskFloor'],
    [{ type: 'WaitForRetry', afterMs: 9 }, 9, 'InfraFault'],
  ] as const) {
    it(`${action.type} does nothing, and comes back in ${afterMs} ms`, async () => {
      expect(await act(action)).to.deep.equal({ outcome: 'Requeue', afterMs, reason });
      expect(world.took()).to.deep.equal([]);
    });
  }

  it('Rest without a time is done', async () => {
    expect(await act({ type: 'Rest', reason: 'Finished' })).to.deep.equal({ outcome: 'Done' });
  });

  it('RemoveArtifacts removes them before it says so', async () => {
    expect(await act({ type: 'RemoveArtifacts' })).to.deep.equal({ outcome: 'Done' });
    expect([existsSync(world.directories.root), world.saved[0]?.journal.artifactsRemoved]).to.deep.equal([false, true]);
  });

  it('EndHold begins the teardown after which the run ends', async () => {
    world.journal.step = 'Holding';
    expect(await act({ type: 'EndHold', reason: 'TimeIsOver' })).to.deep.equal(again('TimeIsOver'));
    expect(world.saved[0]?.journal).to.include({ step: 'TearingDown', afterTeardown: 'End' });
  });

  for (const [action, reason, line] of [
    [{ type: 'StartAttempt', number: 2 }, 'AttemptStarted', 'save Testing'],
    [{ type: 'AbandonAttempt', reason: 'Crash', after: 'NextAttempt' }, 'Crash', 'save TearingDown'],
    [{ type: 'EndTests', reason: 'Cancelled' }, 'Cancelled', 'save TearingDown'],
    [{ type: 'Judge' }, 'Judged', 'save TearingDown'],
    [{ type: 'GiveUpTeardown' }, 'TeardownFailed', 'finish TeardownFailed'],
    [{ type: 'Finish' }, 'Finished', 'finish undefined'],
    [{ type: 'TearDown' }, 'TeardownRemaining', 'leave pool'],
    [{ type: 'Remove' }, 'Destroying', 'mark destroying'],
  ] as const) {
    it(`${action.type} is ${reason}, and looked at again`, async () => {
      world.left = ['x'];
      expect(await act(action)).to.deep.include({ outcome: 'Requeue', reason });
      expect(world.took()).to.include(line);
    });
  }

  it('what it waited for is told with the end of its time', async () => {
    await act({ type: 'EndTests', reason: 'TimedOut' }, { waitedFor: 'the page' });
    expect(world.journal.outcome?.message).to.include('the page');
  });

  describe('a stage', () => {
    const fault = () => world.journal.fault?.message;
    const step = (name: 'Prepare' | 'Lint' = 'Prepare') => act({ type: 'RunStep', stage: name, step: 0 });

    it('is shown to run before its first step, which is done in another pass', async () => {
      await world.clock.advance(500);
      expect(await step()).to.deep.equal(again('StageOpened'));
      expect(world.took()).to.deep.equal(['save Testing']);
      expect(world.stage('Prepare')).to.deep.equal({ name: 'Prepare', result: 'Running', startTime: now() });
      expect(world.journal.memory).to.deep.include({ stepStartedMs: 500, cursor: { stage: 'Prepare', step: 0 } });
      expect(waits).to.deep.equal([]);
    });

    it('has its step done, then journaled: the next one has its own time', async () => {
      await step();
      world.took();
      await world.clock.advance(500);
      expect(await step()).to.deep.equal(again('Prepare'));
      expect(world.took()).to.deep.equal([`claim ${DOMAIN} Run uid-notes 1`, 'save Testing']);
      expect(world.saved.at(-1)?.journal.memory).to.deep.include({
        ...{ stepStartedMs: 500, cursor: { stage: 'Prepare', step: 1 } },
      });
      expect(waits).to.deep.equal([undefined]);
    });

    it('whose step meets the ground notes the fault, and is where it was', async () => {
      await step();
      world.took();
      world.fail(`claim ${DOMAIN} Run uid-notes 1`, away());
      expect(await step()).to.deep.equal(again('Prepare'));
      expect(world.took().at(-1)).to.equal('save Testing');
      expect(world.journal.fault?.message).to.include('away');
      expect(world.journal.memory?.cursor.step).to.equal(0);
    });

    it('that waits says for what, and journals nothing; so long and no longer', async () => {
      world.others.set('Canonical/notes', storedCanonical());
      world.resolved = undefined;
      Object.assign(world.stage('Prepare') ?? {}, { result: 'Running' });
      world.journal.memory = attemptMemory({ cursor: { stage: 'Prepare', step: 1 } });
      await world.clock.advance(29_999);
      expect(await step()).to.deep.include({ outcome: 'Requeue', afterMs: 250 });
      expect([waits.length, typeof waits[0], world.took()]).to.deep.equal([1, 'string', ['enqueue Canonical/notes']]);
      await world.clock.advance(1);
      expect(await step()).to.deep.equal(again('Prepare'));
      expect([waits[1], world.took()]).to.deep.equal([undefined, ['save Testing']]);
    });

    it('T100 that begins below the disk floor is a fault of the ground; one that has begun goes on', async () => {
      const low = { type: 'RunStep', stage: 'Prepare', step: 0 } as const;
      const withFloor = (diskFloorBytes: number) => {
        const pass = world.pass();
        Object.assign(pass.services.settings, { diskFloorBytes });
        const options = { remainingMs: 60_000, waitedFor: undefined, waiting: () => {}, decide: async () => {} };
        return performRunAction(pass, low, options);
      };
      await step();
      world.took();
      await withFloor(Number.MAX_VALUE);
      expect([world.took(), world.journal.fault === undefined]).to.deep.equal([['save Testing'], false]);
      delete world.journal.fault;
      world.journal.memory = attemptMemory({ cursor: { stage: 'Prepare', step: 4 } });
      world.resolved = undefined;
      await withFloor(Number.MAX_VALUE).catch(() => undefined);
      expect(fault() ?? '').to.not.include('diskFloor');
    });

    it('that makes no sense is skipped, with the reason', async () => {
      const reason = 'PrepareFailed';
      expect(await act({ type: 'SkipStage', stage: 'Lint', reason, message: 'm' })).to.deep.equal(again('SkipStage'));
      expect(world.took()).to.deep.equal(['save Testing']);
      expect(world.saved[0]?.progress?.stages[1]).to.deep.equal({
        ...{ name: 'Lint', result: 'Skipped', reason, message: 'm', startTime: now(), endTime: now() },
      });
    });

    it('whose time is over fails: its logs are kept, the app counts as down, and the wait is named', async () => {
      world.deployed = true;
      world.progress = runProgress({ ...ALL_PASSED, Upgrade: 'Running' });
      world.journal = testingJournal({ memory: attemptMemory({ up: true, appliedMs: 1 }) });
      const fail = { type: 'FailStage', stage: 'Upgrade', reason: 'DeadlineExceeded' } as const;
      expect(await act(fail, { waitedFor: 'the page' })).to.deep.equal(again('FailStage'));
      expect(world.took()).to.deep.equal(['observe', 'measure Upgrade', 'save Testing']);
      expect(world.saved[0]?.journal.memory?.up).to.equal(false);
      expect(world.stage('Upgrade')).to.include({ result: 'Failed', reason: 'DeadlineExceeded', endTime: now() });
      expect(world.stage('Upgrade')?.message).to.include('the page');
    });

    it('whose time is over while the engine is away is a fault of the ground, and ends with no result', async () => {
      world.progress = runProgress({ Upgrade: 'Running' });
      world.fail('observe', away());
      const fail = { type: 'FailStage', stage: 'Upgrade', reason: 'DeadlineExceeded' } as const;
      expect(await act(fail)).to.deep.equal(again('Upgrade'));
      expect([world.took(), world.stage('Upgrade')?.result]).to.deep.equal([['observe', 'save Testing'], 'Running']);
      expect(world.saved[0]?.journal.fault?.message).to.include('away');
      world.fail('observe', new CcError('Aborted', 'stop'));
      expect(await codeOf(act(fail))).to.equal('Aborted');
    });

    it('that a run does not have is a fault of ours', async () => {
      world.progress = { ...runProgress(), stages: [] };
      for (const type of ['RunStep', 'SkipStage', 'FailStage'] as const) {
        const action = { type, stage: 'Lint', step: 0, reason: 'DeadlineExceeded', message: '' } as never;
        expect(await codeOf(act(action))).to.equal('Internal');
      }
      world.progress = undefined;
      expect(await codeOf(step())).to.include('Error');
    });
  });
});
