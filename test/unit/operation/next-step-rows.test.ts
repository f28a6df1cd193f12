import { expect } from 'chai';
import { nextStep } from '../../../lib/operation/next-step.ts';
import {
  COMMON_FAILURES,
  type NextStep,
  type OperationDefinition,
  type OperationFacts,
} from '../../../lib/operation/operation.ts';

type Facts = OperationFacts<string, string, string>;
type Journal = NonNullable<Facts['journal']>;

const COPY: OperationDefinition<string, string> = {
  steps: ['one', 'two', 'commit', 'sweep', 'release'],
  commit: 'commit',
  back: ['save', 'reverse', 'release'],
  begins: 2,
  faults: 1,
};

const noted = (changes: Partial<Journal> = {}): { journal: Journal } => ({
  journal: { operation: 'op', process: 'p', begun: 1, done: ['one'], undone: [], ...changes },
});
const fail = (reason: string) => ({ next: 'Fail', reason }) as const;
const step = (name: string, operation = 'op') => ({ next: 'Step', step: name, operation }) as const;
const undo = (name: string) => ({ next: 'Undo', step: name }) as const;
const over = (outcome: 'Failed' | 'Skipped', reason: string) => ({ next: 'Over', outcome, reason }) as const;
const skip = (reason: string) => ({ next: 'SkipAndRelease', reason }) as const;
const take = { next: 'AcquireLease' } as const;

const [open, ready] = [{ reached: { state: 'Open' } }, { reached: { state: 'Ready' } }] as const;
const overtaken = { reached: { state: 'Overtaken' } } as const;
const committed = { reached: { state: 'Committed', id: 'g1' } } as const;
const no = { eligibility: { eligible: false, reason: 'Older' } } as const;
const failed = (changes: Partial<Journal> = {}) => noted({ failure: 'Broke', ...changes });
const began = noted({ done: [] });

type Row = readonly [string, Partial<Facts>, NextStep<string, string, string>];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  'before it has begun': [
    ['takes the lease first', { lease: 'Free' }, take],
    ['waits for another', { lease: 'Other' }, take],
    ['begins under the lease', {}, { next: 'Begin' }],
    ['has no lease to give back', { ...no, lease: 'Free' }, over('Skipped', 'Older')],
    ['leaves the lease of another alone', { ...no, lease: 'Other' }, over('Skipped', 'Older')],
    ['gives the lease back that it got for nothing', no, skip('Older')],
    ['is wanted by nobody', { lease: 'Free', wanted: false }, over('Skipped', 'NotEnrolled')],
    ['only waited for the lease', { ...noted({ begun: 0, done: [] }), wanted: false }, skip('NotEnrolled')],
    ['was ended', { ended: 'Cancelled' }, fail('Cancelled')],
    ['met its last fault', { faults: 1 }, { next: 'Begin' }],
    ['met one fault too many', { faults: 2 }, fail('Failed')],
  ],
  'once it has begun': [
    ['takes its first step', began, step('one')],
    ['lost the lease before it', { ...began, lease: 'Other' }, take],
    ['lost the lease after it', { ...noted(), lease: 'Other' }, fail('Failed')],
    ['goes on', noted(), step('two')],
    ['is asked for its right once only', { ...noted(), ...no }, step('two')],
    ['had no effect and may not any more', { ...began, ...no }, skip('Older')],
    ['began before and may not any more', { ...noted({ begun: 2, done: [] }), ...no }, fail('NotEligible')],
    ['has nothing to show for its steps', noted({ done: ['one', 'two'] }), fail('Failed')],
    ['says it committed, which nobody sees', noted({ done: ['one', 'two', 'commit'] }), fail('Failed')],
    ['says it did all, which nobody sees', noted({ done: COPY.steps }), fail('Failed')],
    ['is late', { ...noted(), late: true }, { ...fail('DeadlineExceeded'), step: 'two' }],
    ['is wanted by nobody any more', { ...noted(), wanted: false }, fail('NotEnrolled')],
    ['was given up', { ...noted({ skipped: 'Older' }) }, skip('Older')],
    [
      'was given up, and gave the lease back',
      { ...noted({ skipped: 'Older' }), lease: 'Free' },
      over('Skipped', 'Older'),
    ],
    ['was overtaken', { ...noted(), ...overtaken }, fail('NotEligible')],
    ['is ready', { ...noted(), ...ready }, step('commit')],
    ['is ready, and lost the lease', { ...noted(), ...ready, lease: 'Free' }, take],
    ['is ready too late', { ...noted(), ...ready, late: true }, { ...fail('DeadlineExceeded'), step: 'commit' }],
  ],
  'in another process than began it': [
    ['begins again', { ...noted(), process: 'q' }, { next: 'BeginAgain', begun: 2 }],
    ['began often enough', { ...noted({ begun: 2 }), process: 'q' }, fail('CrashBudget')],
    ['lost the lease', { ...noted(), process: 'q', lease: 'Other' }, fail('Failed')],
    ['is ready', { ...noted(), ...ready, process: 'q' }, step('commit')],
  ],
  'once it is committed': [
    ['tidies', { ...noted(), ...committed }, step('sweep')],
    ['tidies under the id that is there', committed, step('sweep', 'g1')],
    [
      'tidies what is seen to be untidy',
      { ...noted({ done: ['sweep'] }), ...committed, tidied: { sweep: false } },
      step('sweep'),
    ],
    ['sees what is tidy', { ...noted(), ...committed, tidied: { sweep: true } }, step('release')],
    ['notes what is tidy', { ...noted({ done: ['sweep'] }), ...committed }, step('release')],
    [
      'is done',
      { ...noted({ done: ['sweep', 'release'] }), ...committed },
      { next: 'Over', outcome: 'Done', id: 'g1' },
    ],
    [
      'has no lease to tidy under',
      { ...noted(), ...committed, lease: 'Other' },
      { next: 'Over', outcome: 'Done', id: 'g1' },
    ],
    ['fails no more', { ...failed(), ...committed, ended: 'Cancelled', wanted: false, faults: 9 }, step('sweep')],
  ],
  'on its way back': [
    ['saves first', failed(), undo('save')],
    ['goes on', failed({ undone: ['save'] }), undo('reverse')],
    ['goes on behind what is furthest', failed({ undone: ['reverse', 'save'] }), undo('release')],
    ['is back', failed({ undone: COPY.back }), over('Failed', 'Broke')],
    ['has the lease alone to give back', failed({ done: [] }), undo('release')],
    ['never began', failed({ begun: 0, done: [] }), undo('release')],
    [
      'never began, though something was touched',
      { ...failed({ begun: 0, done: [] }), touched: true },
      undo('release'),
    ],
    ['touched something before it said so', { ...failed({ done: [] }), touched: true }, undo('save')],
    ['began before', failed({ begun: 2, done: [] }), undo('save')],
    ['takes the lease for it', { ...failed(), lease: 'Other' }, take],
    ['takes no lease for nothing', { ...failed({ done: [] }), lease: 'Free' }, over('Failed', 'Broke')],
    ['takes no lease once it is back', { ...failed({ undone: COPY.back }), lease: 'Free' }, over('Failed', 'Broke')],
    ['takes no lease for who is gone', { ...failed(), lease: 'Other', wanted: false }, over('Failed', 'Broke')],
    ['is not ended once more', { ...failed(), ended: 'Cancelled' }, undo('save')],
  ],
  'where several things are true': [
    ['an end goes before what was given up', { ...noted({ skipped: 'Older' }), ended: 'Cancelled' }, fail('Cancelled')],
    ['what was given up goes before who is gone', { ...noted({ skipped: 'Older' }), wanted: false }, skip('Older')],
    ['who is gone goes before faults', { ...noted(), wanted: false, faults: 9 }, fail('NotEnrolled')],
    ['faults go before what is overtaken', { ...noted(), ...overtaken, faults: 2 }, fail('Failed')],
    ['faults go before what may not begin', { ...no, faults: 2 }, fail('Failed')],
  ],
};

describe('the next step of an operation', () => {
  const plain: Facts = {
    ...{ process: 'p', lease: 'Mine', wanted: true, eligibility: { eligible: true }, faults: 0, touched: false },
    ...{ tidied: {}, ...open },
  };
  for (const [when, rows] of Object.entries(ROWS)) {
    for (const [why, facts, next] of rows) {
      it(`${when}, ${why}: ${Object.values(next).join(' ')}`, () => {
        expect(nextStep(COPY, { ...plain, ...facts })).to.deep.equal(next);
      });
    }
  }

  it('fails by itself for reasons alone that every operation knows', () => {
    const nexts = Object.values(ROWS).flatMap((rows) => rows.map(([, , next]) => next));
    const reasons = nexts.flatMap((next) => (next.next === 'Fail' && next.reason !== 'Cancelled' ? [next.reason] : []));
    expect([...new Set(reasons)].toSorted()).to.deep.equal([...COMMON_FAILURES].toSorted());
  });
});
