import { expect } from 'chai';
import fc from 'fast-check';
import { type ConditionInput, findCondition, setCondition, withoutCondition } from '../../../lib/api/conditions.ts';
import type { Condition, ConditionType } from '../../../lib/api/generated/types.ts';

const FIRST = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

function input(overrides: Partial<ConditionInput> = {}): ConditionInput {
  return { type: 'Ready', status: 'True', reason: 'Healthy', message: '', observedGeneration: 1, ...overrides };
}

describe('conditions', () => {
  it('dates a new condition', () => {
    expect(findCondition(setCondition([], input(), FIRST), 'Ready')?.lastTransitionTime).to.equal(FIRST);
  });

  it('moves the time when the status changes, also back again', () => {
    const down = setCondition(setCondition([], input(), FIRST), input({ status: 'False' }), LATER);
    expect(findCondition(down, 'Ready')?.lastTransitionTime).to.equal(LATER);
    expect(findCondition(setCondition(down, input(), FIRST), 'Ready')?.lastTransitionTime).to.equal(FIRST);
  });

  it('keeps the time, and takes the rest, when only reason, message or generation change', () => {
    const change = input({ reason: 'Other', message: 'else', observedGeneration: 2 });
    const [found] = setCondition(setCondition([], input(), FIRST), change, LATER);
    expect(found).to.deep.equal({ ...change, lastTransitionTime: FIRST });
  });

  it('changes nothing in the list it was given', () => {
    const list: readonly Condition[] = Object.freeze(setCondition([], input(), FIRST));
    setCondition(list, input({ type: 'Accepted' }), LATER);
    withoutCondition(list, 'Ready');
    expect(list.map((condition) => condition.type)).to.deep.equal(['Ready']);
  });

  it('drops fields that are not part of a condition, so that bytes stay the same', () => {
    const [found] = setCondition([], { ...input(), extra: 1 } as ConditionInput, FIRST);
    expect(Object.keys(found ?? {})).to.deep.equal([
      'type',
      'status',
      'reason',
      'message',
      'lastTransitionTime',
      'observedGeneration',
    ]);
  });

  it('is sorted by type and holds each once, whatever the order of the calls', () => {
    const types: ConditionType[] = ['Accepted', 'Ready', 'Stalled', 'Held', 'Drifted'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...types)), (order) => {
        const list = order.reduce<Condition[]>((before, type) => setCondition(before, input({ type }), FIRST), []);
        expect(list.map((condition) => condition.type)).to.deep.equal([...new Set(order)].sort());
      }),
    );
  });

  it('is idempotent', () => {
    const once = setCondition([], input(), FIRST);
    expect(setCondition(once, input(), LATER)).to.deep.equal(once);
  });

  it('tells what is present from what is absent', () => {
    const unknown = setCondition([], input({ status: 'Unknown' }), FIRST);
    expect(findCondition(unknown, 'Ready')?.status).to.equal('Unknown');
    expect(findCondition(withoutCondition(unknown, 'Ready'), 'Ready')).to.equal(undefined);
  });
});
