import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { showDamage } from '../../../lib/runtime/damage.ts';
import { Decisions } from '../../../lib/runtime/kind-loop.ts';
import { RetryMemory } from '../../../lib/runtime/retry-memory.ts';
import { againAction } from '../../../lib/runtime/shown-failure.ts';
import { DelayedAdds } from '../../../lib/runtime/work-queue.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import type { DecisionRecord, StoredObject } from '../../../lib/store/store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { storedObject } from './object-map.ts';

describe('RetryMemory', () => {
  const request = (id: string) => ({ id, verb: 'retry', by: 'x', at: '', args: {} }) as never;
  const object = storedObject({ requests: [request('r1')] });

  it('counts failures in a row of one desired state, and forgets them on demand', () => {
    const memory = new RetryMemory();
    expect([memory.has('a'), memory.look('a', object)]).to.deep.equal([false, { failures: 0, terminal: false }]);
    expect([1, 2, 3].map(() => memory.failed('a', object, false))).to.deep.equal([1, 2, 3]);
    expect([memory.has('a'), memory.has('b')]).to.deep.equal([true, false]);
    expect(memory.look('a', object)).to.deep.equal({ failures: 3, terminal: false });
    expect(memory.failed('a', object, true)).to.equal(4);
    expect(memory.look('a', object)).to.deep.equal({ failures: 4, terminal: true });
    memory.forget('a');
    expect([memory.has('a'), memory.failed('a', object, false)]).to.deep.equal([false, 1]);
  });

  for (const [what, change, expected] of [
    ['nothing', {}, 2],
    ['a new label', { labels: { a: 'b' } }, 2],
    ['a request that is over', { requests: [] }, 2],
    ['another request', { requests: [request('r1'), request('r2')] }, 1],
    ['a request in the place of the other', { requests: [request('r2')] }, 1],
    ['another generation', { generation: 2 }, 1],
    ['another object of the name', { uid: 'other' }, 1],
    ['suspension', { suspended: true }, 1],
    ['a deletion', { deletion: { state: 'Started' } as StoredObject['deletion'] }, 1],
  ] as const) {
    it(`T56 ${what}: the next failure is number ${expected}`, () => {
      const memory = new RetryMemory();
      memory.failed('a', object, true);
      const now = { ...object, ...change } as StoredObject;
      expect(memory.look('a', now).terminal).to.equal(expected === 2);
      expect(memory.has('a')).to.equal(expected === 2);
      memory.failed('a', object, true);
      expect(memory.look('a', object).failures).to.equal(expected === 2 ? 2 : 1);
    });
  }
});

describe('Decisions', () => {
  const noted = async (...decisions: [StoredObject, DecisionRecord & { action: object }][]): Promise<unknown[]> => {
    const kept: unknown[] = [];
    const memory = new Decisions({ decision: async (_, { planner, action }) => void kept.push([planner, action]) });
    for (const [object, decision] of decisions) await memory.note(object, decision);
    return kept;
  };
  const [one, other] = [storedObject(), storedObject({ name: 'b', uid: 'uid-b' })];
  const wait = (afterMs: number) => ({ inputs: { afterMs }, action: { action: 'Wait', afterMs } });
  const go = { inputs: {}, action: { action: 'Go' } };

  it('keep a repeated wait once, and again after something else', async () => {
    const decisions = [wait(5), wait(4), go, wait(3), wait(3)].map((each): [StoredObject, typeof each] => [one, each]);
    const actions = [{ action: 'Wait', afterMs: 5 }, go.action, { action: 'Wait', afterMs: 3 }];
    expect(await noted(...decisions)).to.deep.equal(actions.map((action) => [undefined, action]));
  });

  it('are told apart by object and by planner', async () => {
    const promotion = { ...go, planner: 'promotion' };
    expect(await noted([one, go], [other, go], [one, promotion], [one, go], [one, promotion])).to.deep.equal([
      [undefined, go.action],
      [undefined, go.action],
      ['promotion', go.action],
    ]);
  });

  it('are kept anew of an object that was forgotten, and of that alone', async () => {
    const kept: string[] = [];
    const memory = new Decisions({ decision: async ({ name }) => void kept.push(name) });
    for (const object of [one, other]) await memory.note(object, go);
    memory.forget(one.uid);
    for (const object of [one, other]) await memory.note(object, go);
    expect(kept).to.deep.equal(['a', 'b', 'a']);
  });
});

describe('DelayedAdds', () => {
  const withClock = () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    return { clock, fired, adds: new DelayedAdds(clock, (id, priority) => fired.push(`${id} ${priority}`)) };
  };

  it('wakes once, at the earliest time, with its priority', async () => {
    const { clock, fired, adds } = withClock();
    adds.schedule('a', 100, 'Resync');
    adds.schedule('a', 100, 'Change');
    adds.schedule('a', 50, 'Person');
    adds.schedule('a', 51, 'Change');
    expect(clock.pendingTimers()).to.equal(1);
    await clock.advance(49);
    expect(fired).to.deep.equal([]);
    await clock.advance(1);
    expect(fired).to.deep.equal(['a Person']);
    adds.schedule('a', 10, 'Change');
    adds.schedule('a', 10, 'Person');
    await clock.advance(10);
    expect(fired, 'of two at the same time the first').to.deep.equal(['a Person', 'a Change']);
  });

  it('what was cancelled never wakes, and can be scheduled again', async () => {
    const { clock, fired, adds } = withClock();
    for (const id of ['a', 'b']) adds.schedule(id, 10, 'Change');
    adds.cancel('a');
    adds.cancel('none');
    adds.schedule('a', 30, 'Change');
    await clock.advance(20);
    expect(fired).to.deep.equal(['b Change']);
    adds.schedule('b', 30, 'Change');
    adds.cancelAll();
    expect(clock.pendingTimers()).to.equal(0);
    await clock.advance(100);
    expect(fired).to.deep.equal(['b Change']);
  });
});

describe('what is said of a pass that failed', () => {
  it('is when the next one comes, or what has to happen first', () => {
    const failure = { error: new Error('x'), failures: 1 };
    expect(againAction({ ...failure, terminal: true, retryAt: 5 }))
      .to.include({ reason: 'Stalled' })
      .and.not.have.key('time');
    expect(againAction({ ...failure, terminal: false })).to.deep.equal({ what: 'try again', reason: 'Retrying' });
    const time = '1970-01-01T00:00:01.000Z';
    expect(againAction({ ...failure, terminal: false, retryAt: 1_000 })).to.deep.equal({
      ...{ what: 'try again', reason: 'Retrying', time },
    });
  });

  for (const kind of ['Run', 'Canonical'] as const) {
    it(`T84 of a ${kind} whose record is damaged is what is known without it`, async () => {
      const said: unknown[] = [];
      const lastHandledRequest = { id: 'r1', result: 'Done', time: '' } as never;
      const object = storedObject({ kind, generation: 3, validGeneration: 2, lastHandledRequest });
      const clock = new FakeClock();
      const error = new DamagedRecord('/state/journal.json', new CcError('Damaged', 'no JSON'));
      const store = {
        get: () => object,
        event: async (...args: unknown[]) => void said.push(args),
        projectStatus: async (...args: unknown[]) => void said.push(args),
      };
      await showDamage({ store, clock, key: { kind, name: 'a' }, error });
      const [[, event], [, status]] = said as [[unknown, object], [unknown, { conditions: object[] }]];
      expect(event).to.include({ type: 'Warning', reason: 'DamagedRecord' });
      expect(status).to.deep.include({ observedGeneration: 2, lastHandledRequest });
      const condition = {
        reason: 'DamagedRecord',
        observedGeneration: 2,
        lastTransitionTime: '2030-01-01T00:00:00.000Z',
      };
      const [outcome, stalled] = status.conditions;
      expect(outcome).to.include(condition);
      expect(outcome).to.include(
        kind === 'Run' ? { type: 'Succeeded', status: 'Unknown' } : { type: 'Ready', status: 'False' },
      );
      expect(stalled).to.include({ ...condition, type: 'Stalled', status: 'True' });
      await showDamage({ store: { ...store, get: () => undefined }, clock, key: { kind, name: 'a' }, error });
      expect(said).to.have.length(2);
    });
  }
});
