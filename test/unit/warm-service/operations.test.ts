import { expect } from 'chai';
import fc from 'fast-check';
import { followFailure } from '../../../controllers/warm-service/end.ts';
import type { OperationRecord, WarmServiceJournal } from '../../../controllers/warm-service/journal.ts';
import { WARM_OPERATIONS, type WarmStep } from '../../../controllers/warm-service/operations.ts';
import { planWarmService, type WarmServiceFacts } from '../../../controllers/warm-service/plan.ts';
import type { LastGood } from '../../../lib/known-good/last-good.ts';
import { isGivenUp } from '../../../lib/known-good/warm-record.ts';
import {
  GOOD,
  NEWER,
  operationRecord,
  warmServiceFacts,
  warmServiceJournal,
  warmServiceView,
} from '../../builders/warm-service-facts.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

type Action = ReturnType<typeof planWarmService>;
type Next = (Action & { type: 'Operate' })['next'];

/** What goes wrong at an act. `Fails`: the version's own fault; `Ground`: engine, registry or machine. */
const trouble = fc.constantFrom('None', 'None', 'None', 'Fails', 'CrashBefore', 'CrashAfter', 'Ground', 'Late');
type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never;

/** What went aside has left its place, and nothing has come back yet. */
const DEPLOY_AND_RESTORE_FAIL: Trouble[] = [
  ...(['None', 'None', 'None', 'Fails'] as const), // Deploy
  ...(['None', 'None', 'None', 'None', 'None', 'Fails'] as const), // SaveEvidence, Close, …, Restore
];

/** An app and its data in words, and an upgrade that is driven over it by the real plan. */
class World {
  journal: WarmServiceJournal = warmServiceJournal({ operation: operationRecord() });
  lastGood: LastGood = GOOD;
  running: string | undefined = GOOD.version;
  /** The version that wrote the data last; undefined: it is not in its place. */
  data: string | undefined = GOOD.version;
  set: string | undefined;
  aside: string | undefined;
  session = 'this';
  late = false;
  readonly done: string[] = [];
  readonly ids = new Set<string>();

  get operation(): OperationRecord {
    if (!this.journal.operation) throw new Error('no operation');
    return this.journal.operation;
  }

  get isOver(): boolean {
    return this.journal.operation === undefined || isGivenUp(this.journal.operation);
  }

  facts(): WarmServiceFacts {
    const { id, type, steps } = this.operation;
    const { commit, steps: all } = WARM_OPERATIONS[type];
    const recorded = type === 'Upgrade' ? this.lastGood.operation === id : steps.done.includes(commit);
    const ready = all.slice(0, all.indexOf(commit)).every((one) => steps.done.includes(one));
    return warmServiceFacts({
      ...{ journal: this.journal, session: this.session, late: this.late },
      reached: recorded ? 'Committed' : ready ? 'Ready' : 'Open',
      touched: steps.done.includes('Preflight'),
    });
  }

  /** One act, and what comes of it. */
  async act(wrong: Trouble): Promise<void> {
    this.late = wrong === 'Late';
    const action = planWarmService(this.facts());
    if (action.type !== 'Operate') throw new Error(`${action.type} while an operation is under way`);
    this.ids.add(this.operation.id);
    if (wrong === 'CrashBefore') return this.crash();
    if (wrong === 'Ground' && (action.next.next === 'Step' || action.next.next === 'Undo')) {
      this.operation.fault = { count: (this.operation.fault?.count ?? 0) + 1, message: 'away' };
      return;
    }
    const kept = structuredClone(this.journal);
    await this.perform(action.next, wrong);
    if (wrong !== 'CrashAfter') return;
    this.journal = kept;
    this.crash();
  }

  crash(): void {
    this.session = `${this.session}'`;
  }

  async perform(next: Next, wrong: Trouble): Promise<void> {
    const { operation } = this;
    const { steps } = operation;
    switch (next.next) {
      case 'Step':
        if (wrong === 'Fails' && this.facts().reached !== 'Committed') {
          if (next.step === 'Deploy') this.deployHalf();
          operation.steps = { ...steps, failure: 'Failed' };
          operation.failure = { reason: 'Failed', message: 'it failed' };
          return;
        }
        this.step(next.step);
        operation.steps = { ...steps, done: [...steps.done, next.step] };
        delete operation.fault;
        return;
      case 'BeginAgain':
        operation.steps = { ...steps, process: this.session, begun: next.begun };
        return;
      case 'Fail':
        operation.steps = { ...steps, failure: next.reason };
        operation.failure = { reason: next.reason, message: 'given up' };
        return;
      case 'Undo':
        if (next.step === 'Close') await followFailure(this.pass() as never, this.site() as never);
        if (this.journal.operation === operation)
          operation.steps = { ...operation.steps, undone: [...operation.steps.undone, next.step] };
        delete operation.fault;
        return;
      case 'Over':
        delete this.journal.operation;
        return;
      default:
        throw new Error(`no operation of a warm service has ${next.next}`);
    }
  }

  /** A version whose deploy fails may have written already. */
  deployHalf(): void {
    this.step('Deploy');
    this.running = undefined;
  }

  step(step: WarmStep): void {
    const { operation } = this;
    this.done.push(`${operation.type} ${step}`);
    switch (step) {
      case 'TakeDown':
        this.running = undefined;
        return;
      case 'Snapshot':
        expect(this.data, 'only data of what is good is a set').to.equal(GOOD.version);
        this.set ??= this.data;
        operation.hasSet = true;
        return;
      case 'SetAside':
        if (operation.set === undefined) return;
        this.aside ??= this.data;
        this.data = undefined;
        return;
      case 'Restore':
        if (operation.set !== undefined) this.data = this.set;
        return;
      case 'Deploy':
        expect(this.data, 'I16 nothing is deployed without its data').to.not.equal(undefined);
        this.running = operation.to.version;
        this.data = operation.to.version;
        return;
      case 'Commit':
        expect(this.running).to.equal(operation.to.version);
        if (operation.type === 'Upgrade') this.lastGood = { ...GOOD, ...NEWER, operation: operation.id };
        return;
      default:
        return;
    }
  }

  view() {
    return warmServiceView({ journal: this.journal, lastGood: this.lastGood });
  }

  services() {
    const store = { event: async () => undefined, runningMs: () => 0 };
    const alerts = { raise: async () => 'Told', recovered: async () => 'Told' };
    return { store, alerts, session: this.session, clock: new FakeClock() };
  }

  pass() {
    return { services: this.services(), view: this.view() };
  }

  site() {
    return { services: this.services(), view: this.view(), operation: this.operation };
  }

  /** Where all came to an end. */
  end(): string {
    const { journal, running, data, lastGood } = this;
    if (journal.operation) return 'RollbackFailed';
    if (running === lastGood.version && data === lastGood.version) return lastGood.version;
    return `${running} on data of ${data}, good is ${lastGood.version}`;
  }
}

async function driven(troubles: readonly Trouble[]): Promise<World> {
  const world = new World();
  for (const wrong of troubles) if (!world.isOver) await world.act(wrong);
  for (let acts = 0; acts < 200 && !world.isOver; acts += 1) await world.act('None');
  expect(world.isOver, 'it ends').to.equal(true);
  return world;
}

describe('operations of a warm service', () => {
  it('I5 I13 whatever goes wrong wherever, ends on what is good with its data, or is given up with all kept', () =>
    fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 60 }), async (troubles) => {
        const world = await driven(troubles);
        expect(world.end()).to.be.oneOf([GOOD.version, NEWER.version, 'RollbackFailed']);
        if (world.end() !== 'RollbackFailed') return;
        expect(world.lastGood).to.deep.equal(GOOD);
        // Once a deploy was tried there is the set, and what was written since is kept.
        if (world.done.includes('Upgrade Deploy')) {
          expect(world.set).to.equal(GOOD.version);
          expect([world.data, world.aside]).to.include(NEWER.version);
        } else expect([world.data, world.set]).to.include(GOOD.version);
      }),
      { numRuns: 1000, examples: [[DEPLOY_AND_RESTORE_FAIL]] },
    ));

  it('I15 after a deploy no set is made any more', () =>
    fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 60 }), async (troubles) => {
        const { done } = await driven(troubles);
        const deployed = done.indexOf('Upgrade Deploy');
        if (deployed >= 0) expect(done.slice(deployed)).to.not.include('Upgrade Snapshot');
      }),
      { numRuns: 300 },
    ));

  it('is resumed, and never begun anew: one id, whatever happens', () =>
    fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 60 }), async (troubles) => {
        expect([...(await driven(troubles)).ids]).to.deep.equal(['w-1']);
      }),
      { numRuns: 300 },
    ));

  it('crashes alone: any two are got over', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(12), fc.nat(12), fc.constantFrom('CrashBefore', 'CrashAfter'), async (one, two, how) => {
        const troubles = Array.from(
          { length: 30 },
          (_, at): Trouble => (at === one || at === two ? (how as Trouble) : 'None'),
        );
        expect((await driven(troubles)).end()).to.equal(NEWER.version);
      }),
    ));

  it('the third crash in the work takes it back', async () => {
    const crashes: Trouble[] = [
      'None',
      'None',
      'None',
      'None',
      'CrashBefore',
      'None',
      'CrashBefore',
      'None',
      'CrashBefore',
    ];
    const world = await driven(crashes);
    expect(world.end()).to.equal(GOOD.version);
    expect(world.journal.quarantine).to.have.length(1);
    expect(world.aside).to.equal(NEWER.version);
  });

  it('T54 faults of the ground before anything is touched say nothing of the version', async () => {
    const world = await driven(Array.from({ length: 7 }, () => 'Ground'));
    expect(world.end()).to.equal(GOOD.version);
    expect(world.done).to.deep.equal([]);
    expect(world.journal.quarantine).to.deep.equal([]);
    expect(world.journal.postponed).to.deep.include({ count: 1, digest: 'spec' });
  });

  it('T55 a version that failed is in quarantine for a while, however short the spec wants it', async () => {
    const world = new World();
    world.operation.steps = { ...world.operation.steps, done: ['Preflight', 'TakeDown', 'Snapshot', 'Deploy'] };
    Object.assign(world, { set: GOOD.version, running: NEWER.version, data: NEWER.version });
    world.operation.hasSet = true;
    await world.act('Fails');
    while (!world.isOver) await world.act('None');
    const [one] = world.journal.quarantine;
    expect(one).to.deep.include({ version: NEWER.version, commit: NEWER.commit, digest: 'spec' });
    expect(one?.untilRunningMs).to.be.at.least(600_000);
  });

  it('a rollback that fails is told once, and stays', async () => {
    const world = new World();
    Object.assign(world.journal, {
      operation: operationRecord({ type: 'RollBack', from: NEWER, to: GOOD, set: 'w-1' }),
    });
    world.set = GOOD.version;
    await world.act('Fails');
    for (let acts = 0; acts < 5 && !world.isOver; acts += 1) await world.act('None');
    expect(world.end()).to.equal('RollbackFailed');
    expect(world.journal.history.map(({ result }) => result)).to.deep.equal(['RollbackFailed']);
    expect(planWarmService(world.facts())).to.deep.include({ type: 'Rest', reason: 'RollbackFailed' });
  });

  it('the strategy VersionOnly takes no data back', async () => {
    const world = new World();
    world.operation.steps = { ...world.operation.steps, done: ['Preflight', 'TakeDown', 'Snapshot', 'Deploy'] };
    Object.assign(world, { running: NEWER.version, data: NEWER.version });
    await world.act('Fails');
    while (!world.isOver && world.journal.operation?.type !== 'RollBack') await world.act('None');
    expect(world.journal.operation).to.not.have.property('set');
  });
});
