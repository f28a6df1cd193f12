import { expect } from 'chai';
import * as fc from 'fast-check';
import { nextStep } from '../../../lib/operation/next-step.ts';
import type {
  NextStep,
  OperationDefinition,
  OperationFacts,
  OperationJournal,
} from '../../../lib/operation/operation.ts';

type Facts = OperationFacts<string, string, string>;
type Next = NextStep<string, string, string>;
type Definition = OperationDefinition<string, string>;

/** Any operation: some steps before the commit, some after it, a way back whose last step gives the lease back. */
const definitions: fc.Arbitrary<Definition> = fc
  .record({
    before: fc.integer({ min: 1, max: 5 }),
    after: fc.integer({ min: 0, max: 3 }),
    back: fc.integer({ min: 0, max: 3 }),
    begins: fc.integer({ min: 1, max: 4 }),
    faults: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ before, after, back, begins, faults }) => ({
    steps: [
      ...Array.from({ length: before }, (_, at) => `before-${at}`),
      'commit',
      ...Array.from({ length: after }, (_, at) => `after-${at}`),
      'release',
    ],
    commit: 'commit',
    back: [...Array.from({ length: back }, (_, at) => `back-${at}`), 'release'],
    begins,
    faults,
  }));

const fault = fc.constantFrom(
  'None',
  'None',
  'None',
  'Fails',
  'CrashBefore',
  'CrashAfter',
  'Unwanted',
  'Fault',
  'Late',
  'Ended',
);

/** What an operation does to a world, with faults between any two of its acts. */
class World {
  readonly definition: Definition;
  journal: OperationJournal<string, string, string> | undefined;
  lease: Facts['lease'] = 'Free';
  committed = '';
  ready = false;
  touched = false;
  wanted = true;
  faults = 0;
  late = false;
  ended = false;
  process = 0;
  operations = 0;
  /** Of the present operation, in the order in which they had their effect. */
  acts: string[] = [];

  constructor(definition: Definition) {
    this.definition = definition;
  }

  facts(): Facts {
    return {
      ...(this.journal === undefined ? {} : { journal: this.journal }),
      process: `p${this.process}`,
      reached:
        this.committed === '' ? { state: this.ready ? 'Ready' : 'Open' } : { state: 'Committed', id: this.committed },
      lease: this.lease,
      ...(this.ended ? { ended: 'Ended' } : {}),
      wanted: this.wanted,
      eligibility: { eligible: true },
      faults: this.faults,
      ...(this.late ? { late: true } : {}),
      touched: this.touched,
      tidied: { release: false },
    };
  }

  apply(next: Next, what: string): void {
    if (what === 'Unwanted') this.wanted = false;
    if (what === 'Ended') this.ended = true;
    if (what === 'CrashBefore') this.process += 1;
    else if (what === 'Fault') this.faults += 1;
    else if (what === 'Late') this.late = this.journal !== undefined;
    else if (what === 'Fails' && next.next === 'Step' && this.committed === '') this.note({ failure: 'Failed' });
    else {
      this.act(next);
      if (what === 'CrashAfter') this.process += 1;
      else this.record(next);
    }
  }

  act(next: Next): void {
    if (next.next === 'AcquireLease') this.lease = 'Mine';
    if (next.next === 'SkipAndRelease') this.lease = 'Free';
    if (next.next !== 'Step' && next.next !== 'Undo') return;
    expect(this.lease, next.step).to.equal('Mine');
    this.acts.push(next.step);
    this.touched ||= next.next === 'Step';
    if (next.step === 'release') this.lease = 'Free';
    if (next.next === 'Undo') expect(this.committed).to.equal('');
    else this.forward(next.step, next.operation);
  }

  forward(step: string, operation: string): void {
    const { steps } = this.definition;
    if (step === steps[steps.indexOf('commit') - 1]) this.ready = true;
    if (step !== 'commit') return;
    expect(this.ready).to.equal(true);
    this.committed = operation;
  }

  record(next: Next): void {
    this.faults = 0;
    if (next.next === 'Begin') this.begin(1);
    if (next.next === 'BeginAgain') this.begin(next.begun);
    if (next.next === 'Fail') this.fail(next.reason);
    if (next.next === 'SkipAndRelease') this.note({ skipped: next.reason });
    if (next.next === 'Step') this.note({ done: [...(this.journal?.done ?? []), next.step] });
    if (next.next === 'Undo') this.note({ undone: [...(this.journal?.undone ?? []), next.step] });
  }

  begin(begun: number): void {
    this.operations += 1;
    this.acts = [];
    this.ready = false;
    this.late = false;
    this.journal = { operation: `op-${this.operations}`, process: `p${this.process}`, begun, done: [], undone: [] };
  }

  fail(failure: string): void {
    const nothing = { operation: '', process: `p${this.process}`, begun: 0, done: [], undone: [] };
    this.journal = { ...(this.journal ?? nothing), failure };
  }

  note(changes: Partial<OperationJournal<string, string, string>>): void {
    if (this.journal) this.journal = { ...this.journal, ...changes };
  }
}

function drive(definition: Definition, faults: readonly string[]): { world: World; end: Next & { next: 'Over' } } {
  const world = new World(definition);
  for (let turn = 0; turn < 300; turn += 1) {
    const next = nextStep(definition, world.facts());
    if (next.next === 'Over') return { world, end: next };
    world.apply(next, faults[turn] ?? 'None');
  }
  throw new Error('it does not end');
}

describe('nextStep of any operation', () => {
  it('I8 ends, says what the world shows, gives the lease back, and begins no more often than it may', () => {
    fc.assert(
      fc.property(definitions, fc.array(fault, { maxLength: 40 }), (definition, faults) => {
        const { world, end } = drive(definition, faults);
        expect(end.outcome === 'Done').to.equal(world.committed !== '');
        if (world.wanted) expect(world.lease).to.equal('Free');
        expect(world.operations).to.be.at.most(definition.begins);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes its steps in their order where nothing goes wrong', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const { world, end } = drive(definition, []);
        expect(world.acts).to.deep.equal(definition.steps);
        expect(end).to.deep.equal({ next: 'Over', outcome: 'Done', id: 'op-1' });
      }),
    );
  });

  it('T17 goes its whole way back in its order where a step fails', () => {
    fc.assert(
      fc.property(definitions, fc.nat(20), (definition, at) => {
        const before = definition.steps.indexOf('commit');
        const failing = 3 + (at % before);
        const { world, end } = drive(definition, [...Array.from({ length: failing }, () => 'None'), 'Fails']);
        const forward = definition.steps.slice(0, failing - 2);
        expect(world.acts).to.deep.equal([...forward, ...definition.back]);
        expect(end).to.deep.include({ outcome: 'Failed', reason: 'Failed' });
      }),
    );
  });

  it('tries a step again after so many faults of the ground as it may meet, and takes none whose time is over', () => {
    fc.assert(
      fc.property(definitions, fc.nat(20), fc.nat(6), fc.boolean(), (definition, at, met, late) => {
        const world = new World(definition);
        const step = at % definition.steps.indexOf('commit');
        for (let turn = 0; turn < step + 2; turn += 1) world.apply(nextStep(definition, world.facts()), 'None');
        world.faults = met;
        world.late = late;
        const name = definition.steps[step];
        const next = nextStep(definition, world.facts());
        if (met > definition.faults) expect(next).to.deep.equal({ next: 'Fail', reason: 'Failed' });
        else if (late) expect(next).to.deep.equal({ next: 'Fail', reason: 'DeadlineExceeded', step: name });
        else expect(next).to.deep.include({ next: 'Step', step: name });
        world.note({ failure: 'Failed' });
        expect(nextStep(definition, world.facts()).next).to.equal('Undo');
      }),
    );
  });

  it('T12 goes on at the commit after a crash where all that it needs is there, and begins again where not', () => {
    const definition: Definition = {
      steps: ['one', 'two', 'commit', 'release'],
      commit: 'commit',
      back: ['release'],
      begins: 2,
      faults: 1,
    };
    const journal = { operation: 'op-1', process: 'p1', begun: 1, done: ['one'], undone: [] };
    const facts = {
      journal,
      process: 'p2',
      lease: 'Mine',
      wanted: true,
      eligibility: { eligible: true },
      faults: 0,
      touched: true,
    } as const;
    const planned = (state: 'Open' | 'Ready' | 'Overtaken', begun = 1): Next =>
      nextStep(definition, { ...facts, journal: { ...journal, begun }, tidied: {}, reached: { state } });
    expect(planned('Ready')).to.deep.include({ next: 'Step', step: 'commit' });
    expect(planned('Open')).to.deep.equal({ next: 'BeginAgain', begun: 2 });
    expect(planned('Open', 2)).to.deep.equal({ next: 'Fail', reason: 'CrashBudget' });
    expect(planned('Overtaken')).to.deep.equal({ next: 'Fail', reason: 'NotEligible' });
  });
});
