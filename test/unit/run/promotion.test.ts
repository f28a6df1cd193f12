import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ActionOptions } from '../../../controllers/run/actions.ts';
import type { PromotionMemory } from '../../../controllers/run/journal.ts';
import { performPromotion } from '../../../controllers/run/promotion/perform.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { acquireLease, readLease } from '../../../lib/known-good/lease.ts';
import { PROMOTION_STEPS } from '../../../lib/known-good/promotion-steps.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { HEAD, resolvedRun } from '../../builders/resolved-run.ts';
import { ALL_PASSED, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { enrolledCanonical } from '../../builders/stored-object.ts';
import { fields, realTools } from '../../component/snapshot/scratch.ts';
import { gate } from '../../fakes/fake-reconciler.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

const WARM = 'warm.example.org';
const PASSED = { reason: 'Passed', verdict: 'Passed', level: 5, message: 'level 5' } as const;
const disk = () => Object.assign(new Error('EIO: read'), { code: 'EIO' });

describe('the promotion of a run, pass by pass', () => {
  let world: RunWorld;
  let knownGood: KnownGoodStore;
  let decisions: string[];
  let waits: (string | undefined)[];

  beforeEach(() => {
    world = new RunWorld();
    [decisions, waits] = [[], []];
    const canonical = enrolledCanonical({ name: 'canon' });
    world.others.set('Canonical/canon', canonical);
    world.claims = [
      { kind: 'Run', name: 'canon', uid: 'uid-canon', domain: 'run.example.org' },
      { kind: 'Canonical', name: 'canon', uid: 'uid-other', domain: 'other.example.org' },
      { kind: 'Canonical', name: 'canon', uid: 'uid-canon', domain: WARM },
    ];
    world.recipeSource = '/recipes/{recipe}';
    world.resolved = resolvedRun({ canonical: { name: 'canon', uid: 'uid-canon', generation: 1 } });
    world.journal = testingJournal({ step: 'Promoting', tornDown: true, outcome: PASSED });
    world.progress = runProgress({ ...ALL_PASSED, Teardown: 'Passed' });
    knownGood = new KnownGoodStore({ directory: join(world.root, 'canonicals/canon') });
    mkdirSync(knownGood.directory, { recursive: true });
  });
  afterEach(() => world.close());

  const decide: ActionOptions['decide'] = async (_facts, next) =>
    void decisions.push('step' in next ? `${next.next} ${next.step}` : next.next);
  const pass = (options: Partial<ActionOptions> = {}) =>
    performPromotion(world.pass(), {
      ...{ remainingMs: 1, waitedFor: 'x', waiting: (text) => void waits.push(text), decide },
      ...options,
    });
  /** Passes until one decides that. */
  const until = async (decision: string) => {
    for (let count = 0; decisions.at(-1) !== decision; count += 1) {
      if (count > 20) throw new Error(`${decision} is never decided: ${decisions}`);
      await pass();
    }
    return world.took();
  };
  const memory = () => world.saved.at(-1)?.journal.promotionMemory ?? ({} as PromotionMemory);
  const again = { outcome: 'Requeue', afterMs: 0, reason: 'Promote' };
  const lease = () => readLease(knownGood.directory);
  const now = () => toTime(world.clock.now());

  it('takes the lease, begins, and marks the volumes before anything is touched: one act a pass', async () => {
    expect(await pass()).to.deep.equal(again);
    expect(world.took()).to.deep.equal(['save Promoting', 'save Promoting']);
    expect(world.saved[0]?.progress?.stages.at(-1)).to.deep.include({ result: 'Running', startTime: now() });
    expect(await lease()).to.include({ holder: 'notes', uid: 'uid-notes', attempt: 1 });
    expect(memory().place).to.deep.equal({ name: 'canon', uid: 'uid-canon', domain: WARM });
    await world.clock.advance(500);
    expect(await pass()).to.deep.equal(again);
    const { steps, stepStartedMs, place } = memory();
    expect(steps).to.deep.include({ process: 'this', begun: 1, done: [], undone: [] });
    expect([steps?.operation.charAt(0), stepStartedMs, place?.domain]).to.deep.equal(['g', 500, WARM]);
    expect(await knownGood.volumesState()).to.deep.equal({ state: 'Unknown' });
    await knownGood.setVolumesState({ state: 'Missing' });
    await world.clock.advance(500);
    await pass();
    expect(await knownGood.volumesState()).to.deep.equal({ state: 'Dirty' });
    expect([memory().steps?.done, memory().stepStartedMs]).to.deep.equal([['MarkDirty'], 1_000]);
    world.took();
    await pass();
    expect(world.took()).to.deep.equal([
      ...['leave pool', `undeploy ${WARM}`, 'observe', `destroy ${WARM}`, 'save Promoting'],
    ]);
    expect(decisions).to.deep.equal(['AcquireLease', 'Begin', 'Step MarkDirty', 'Step Restore']);
    expect([memory().steps?.done, memory().parent]).to.deep.equal([['MarkDirty', 'Restore'], undefined]);
  });

  it('I20 does nothing that could not be kept among its decisions', async () => {
    const full = () => Promise.reject(new CcError('NoSpace', 'full'));
    expect(await codeOf(pass({ decide: full }))).to.equal('NoSpace');
    expect([await lease(), world.took()]).to.deep.equal([undefined, ['save Promoting']]);
  });

  it('waits for a lease that another holds, says whose, and journals nothing meanwhile', async () => {
    await acquireLease(knownGood.directory, { holder: 'r9', uid: 'u', attempt: 1 }, world.clock);
    expect(await pass()).to.deep.include({ outcome: 'Requeue', afterMs: 1_000 });
    expect([world.took(), waits[0]?.includes('r9')]).to.deep.equal([['save Promoting'], true]);
    await pass();
    expect(world.took()).to.deep.equal([]);
  });

  it('is skipped where nobody enrolled the recipe, or another Canonical has its name, or it goes', async () => {
    const canonical = enrolledCanonical({ name: 'canon' });
    for (const other of [
      undefined,
      { ...canonical, uid: 'another' },
      { ...canonical, deletion: { state: 'Started' } as never },
    ]) {
      world.others.clear();
      if (other) world.others.set('Canonical/canon', other);
      expect(await pass()).to.deep.include({ reason: 'Finished' });
      expect(world.journal.promotion).to.deep.equal({ result: 'Skipped', reason: 'NotEnrolled' });
      expect(world.took().slice(-2)).to.deep.equal(['event Normal PromotionSkipped', 'finish Passed']);
      expect(world.stage('Promote')).to.include({ result: 'Skipped', reason: 'NotEnrolled', endTime: now() });
    }
    expect(await lease()).to.equal(undefined);
  });

  it('I4 gives the lease back where it is not eligible any more once it holds it', async () => {
    await pass();
    world.tagCommit = 'b'.repeat(40);
    await pass();
    expect([decisions.at(-1), await lease()]).to.deep.equal(['SkipAndRelease', undefined]);
    await pass();
    expect(world.journal.promotion).to.deep.equal({ result: 'Skipped', reason: 'NotReleased' });
    world.tagCommit = HEAD;
    delete world.journal.promotionMemory;
    await pass();
    await pass();
    world.recipeSource = '/elsewhere/{recipe}';
    await pass();
    expect(memory().steps?.skipped).to.equal('OtherSource');
    expect([await lease(), await pass()]).to.deep.equal([undefined, { ...again, reason: 'Finished' }]);
    expect(world.journal.promotion?.reason).to.equal('OtherSource');
  });

  it('T17 goes its whole way back after a failure, one act a pass, and says what it was', async () => {
    await knownGood.setVolumesState({ state: 'Missing' });
    await until('Step MarkDirty');
    world.fail(`undeploy ${WARM}`, new CcError('CommandFailed', 'the engine said geheim'));
    await pass();
    expect(memory()).to.deep.include({ message: 'the engine said ***' }).and.not.have.property('found');
    expect(memory().steps?.failure).to.equal('Failed');
    world.took();
    const lines: string[][] = [];
    for (let count = 0; count < 5; count += 1) {
      await pass();
      lines.push(world.took().filter((line) => !line.startsWith('save')));
    }
    expect(lines).to.deep.equal([
      ['observe'],
      [`undeploy ${WARM}`, 'observe'],
      [`destroy ${WARM}`],
      [],
      ['event Warning PromotionFailed', 'finish Passed'],
    ]);
    expect(decisions.slice(-5)).to.deep.equal([
      ...['Undo SaveEvidence', 'Undo Undeploy', 'Undo SettleVolumes', 'Undo ReleaseLease', 'Over'],
    ]);
    expect([await knownGood.volumesState(), await lease()]).to.deep.equal([{ state: 'Missing' }, undefined]);
    expect(world.journal.promotion).to.deep.equal({ result: 'Failed', reason: 'Failed' });
    expect(world.stage('Promote')).to.include({ result: 'Failed', reason: 'Failed', message: 'the engine said ***' });
  });

  for (const [code, failure] of [
    ['NoSpace', 'DiskFloor'],
    ['DeadlineExceeded', 'DeadlineExceeded'],
    ['Conflict', 'Failed'],
    ['Unreachable', 'Failed'],
  ] as const) {
    it(`fails as ${failure} by an error ${code}`, async () => {
      await until('Step MarkDirty');
      world.fail(`undeploy ${WARM}`, new CcError(code, 'no'));
      await pass();
      expect(memory().steps?.failure).to.equal(failure);
    });
  }

  it('tries a step again after a fault of the system, twice as late each time, and tells it once', async () => {
    await until('Step MarkDirty');
    const afterMs: number[] = [];
    for (let count = 1; count <= 6; count += 1) {
      world.fail(`undeploy ${WARM}`, disk());
      const outcome = await pass();
      afterMs.push(outcome.outcome === 'Requeue' ? outcome.afterMs : -1);
      expect(memory().fault).to.deep.equal({ count, message: 'EIO: read' });
      expect(world.took().includes('event Warning PromotionRetrying')).to.equal(count === 1);
      expect(world.stage('Promote')?.message).to.equal('EIO: read');
    }
    expect(afterMs).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    const saved = structuredClone(world.journal);
    await pass();
    expect(memory()).to.not.have.property('fault');
    world.journal = {
      ...saved,
      promotionMemory: { ...saved.promotionMemory, fault: { count: 7, message: 'm' } } as never,
    };
    await pass();
    expect([decisions.at(-1), memory().steps?.failure, memory().message]).to.deep.equal(['Fail', 'Failed', 'm']);
    await pass();
    world.fail(`undeploy ${WARM}`, disk());
    world.took();
    expect(await pass(), 'the way back').to.deep.include({ afterMs: 5_000 });
    expect(world.took()).to.not.include('event Warning PromotionRetrying');
  });

  it('T71 a cancel, and a step whose time is over, send it back before the step is done', async () => {
    await until('Step MarkDirty');
    const saved = structuredClone(world.journal);
    world.journal.cancel = { by: 'ada', reason: 'Cancelled' };
    await pass();
    expect([decisions.at(-1), memory().steps?.failure]).to.deep.equal(['Fail', 'Cancelled']);
    expect(memory()).to.not.have.property('message');
    world.journal = saved;
    await world.clock.advance(3_600_000 - 1);
    world.fail(`undeploy ${WARM}`, disk());
    await pass();
    expect(decisions.at(-1)).to.equal('Step Restore');
    await world.clock.advance(1);
    await pass();
    expect([decisions.at(-1), memory().steps?.failure]).to.deep.equal(['Fail Restore', 'DeadlineExceeded']);
    expect(memory().message).to.include('Restore');
  });

  it('T26 a step that hangs is over with its time, and says for what it waited', async () => {
    await until('Step MarkDirty');
    const called = gate();
    world.onUndeploy = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        called.open();
      });
    const hung = pass();
    await called.promise;
    await world.clock.advance(3_600_000);
    expect(await hung).to.deep.equal(again);
    expect(memory().steps?.failure).to.equal('DeadlineExceeded');
    expect(memory().message).to.include('Restore').and.include('it waited for x');
  });

  it('I8 begins again in another process: the app goes first, and what was planted is not forgotten', async () => {
    await until('Step Restore');
    const { steps } = memory();
    const canary = { token: 't', stores: [], unproven: [] };
    Object.assign(world.journal.promotionMemory ?? {}, { steps: { ...steps, process: 'old' }, canary, seeded: true });
    await pass();
    expect(world.took()).to.deep.equal([`undeploy ${WARM}`, 'observe', 'save Promoting']);
    expect(memory().steps).to.deep.include({ process: 'this', begun: 2, done: [], undone: [] });
    expect(memory().steps?.operation).to.not.equal(steps?.operation);
    expect(memory()).to.deep.include({
      canary,
      seeded: false,
      place: { name: 'canon', uid: 'uid-canon', domain: WARM },
    });
    Object.assign(world.journal.promotionMemory?.steps ?? {}, { process: 'old', begun: 3, done: ['MarkDirty'] });
    await pass();
    expect(memory().steps?.failure).to.equal('CrashBudget');
  });

  it('I1 swaps, marks, collects and gives the lease back, and is promoted whatever happens then', async () => {
    await until('Begin');
    const id = memory().steps?.operation ?? '';
    writeFileSync(join(world.root, 'env'), '');
    const version = '1.1.0+1.1.0';
    await makeSet({
      ...{ id, directory: knownGood.sets.directory, volumes: [], envFile: join(world.root, 'env') },
      ...{ secretsDirectory: join(world.root, 'none'), assertUndeployed: async () => {}, clock: world.clock },
      ...{ tools: realTools(), fields: { ...fields, version, commit: HEAD, run: { name: 'notes', uid: 'uid-notes' } } },
    });
    const done = PROMOTION_STEPS.slice(0, PROMOTION_STEPS.indexOf('Swap'));
    Object.assign(world.journal.promotionMemory?.steps ?? {}, { done });
    await knownGood.setVolumesState({ state: 'Dirty' });
    await pass();
    expect([decisions.at(-1), await knownGood.pointerId()]).to.deep.equal(['Step Swap', id]);
    world.journal.cancel = { by: 'ada', reason: 'Cancelled' };
    await pass();
    expect(await knownGood.volumesState()).to.deep.equal({ state: 'Clean', generation: id });
    world.took();
    await pass();
    expect([decisions.at(-1), world.took()]).to.deep.equal([
      'Step Collect',
      ['enqueue Canonical/canon', 'save Promoting'],
    ]);
    await pass();
    expect([decisions.at(-1), await lease()]).to.deep.equal(['Step ReleaseLease', undefined]);
    expect(await pass()).to.deep.include({ reason: 'Finished' });
    expect(world.journal.promotion).to.deep.equal({ result: 'Promoted', version, generation: id });
    expect(world.took().slice(-2)).to.deep.equal(['event Normal PromotionPromoted', 'finish Passed']);
    expect(world.stage('Promote')).to.include({ result: 'Passed', endTime: now() }).and.not.have.property('reason');
  });

  it('T84 stalls, and keeps what it holds, where a record of what was tested is lost', async () => {
    await pass();
    for (const lost of [{ resolved: undefined }, { progress: undefined }]) {
      const kept = { resolved: world.resolved, progress: world.progress };
      Object.assign(world, lost);
      const error: unknown = await pass().catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(DamagedRecord);
      Object.assign(world, kept);
    }
    expect((await lease())?.holder).to.equal('notes');
    world.fail('save Promoting', new CcError('NoSpace', 'full'));
    expect(await codeOf(pass())).to.equal('NoSpace');
  });
});
