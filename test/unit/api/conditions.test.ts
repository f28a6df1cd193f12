import { expect } from 'chai';
import fc from 'fast-check';
import { type StatedCondition, statedConditions } from '../../../lib/api/conditions.ts';
import type { Condition, ConditionType } from '../../../lib/api/generated/types.ts';

const FIRST = { time: '2026-01-01T00:00:00.000Z', observedGeneration: 1 };
const LATER = { time: '2026-01-02T00:00:00.000Z', observedGeneration: 2 };

function input(overrides: Partial<StatedCondition> = {}): StatedCondition {
  return { type: 'Ready', status: 'True', reason: 'Healthy', message: '', ...overrides };
}

describe('conditions', () => {
  it('date a new one', () => {
    expect(statedConditions(undefined, [input()], FIRST)[0]?.lastTransitionTime).to.equal(FIRST.time);
  });

  it('move the time when the status changes, also back again', () => {
    const down = statedConditions(statedConditions([], [input()], FIRST), [input({ status: 'False' })], LATER);
    expect(down[0]?.lastTransitionTime).to.equal(LATER.time);
    expect(statedConditions(down, [input()], FIRST)[0]?.lastTransitionTime).to.equal(FIRST.time);
  });

  it('keep the time, and take the rest, when only reason, message or generation change', () => {
    const change = input({ reason: 'Other', message: 'else' });
    const [found] = statedConditions(statedConditions([], [input()], FIRST), [change], LATER);
    expect(found).to.deep.equal({ ...change, lastTransitionTime: FIRST.time, observedGeneration: 2 });
  });

  it('lose what is not stated any more; when it comes back it is new', () => {
    const both = statedConditions([], [input(), input({ type: 'Stalled' })], FIRST);
    const one = statedConditions(both, [input()], LATER);
    expect(one.map(({ type }) => type)).to.deep.equal(['Ready']);
    const again = statedConditions(one, [input(), input({ type: 'Stalled' })], LATER);
    expect(again.map(({ lastTransitionTime }) => lastTransitionTime)).to.deep.equal([FIRST.time, LATER.time]);
  });

  it('change nothing in the lists they are given', () => {
    const list: readonly Condition[] = Object.freeze(statedConditions([], [input()], FIRST));
    statedConditions(list, Object.freeze([input({ type: 'Stalled' }), input({ type: 'Accepted' })]), LATER);
    expect(list.map(({ type }) => type)).to.deep.equal(['Ready']);
  });

  it('drop fields that are not part of a condition, so that bytes stay the same', () => {
    const [found] = statedConditions([], [{ ...input(), extra: 1 } as StatedCondition], FIRST);
    expect(Object.keys(found ?? {})).to.deep.equal([
      'type',
      'status',
      'reason',
      'message',
      'lastTransitionTime',
      'observedGeneration',
    ]);
  });

  it('are sorted by type, whatever the order in which they are stated, and the same when stated again', () => {
    const types: ConditionType[] = ['Accepted', 'Ready', 'Stalled', 'Held', 'Drifted'];
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...types)), (order) => {
        const stated = order.map((type) => input({ type }));
        const list = statedConditions([], stated, FIRST);
        expect(list.map(({ type }) => type)).to.deep.equal(order.toSorted());
        expect(statedConditions(list, stated.toReversed(), { ...LATER, observedGeneration: 1 })).to.deep.equal(list);
      }),
    );
  });
});
