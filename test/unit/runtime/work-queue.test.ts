import { expect } from 'chai';
import fc from 'fast-check';
import type { Priority } from '../../../lib/runtime/reconciler.ts';
import { type QueueTurn, WorkQueue } from '../../../lib/runtime/work-queue.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { gate } from '../../fakes/fake-reconciler.ts';

interface Bench {
  queue: WorkQueue;
  clock: FakeClock;
  order: string[];
  again: string[];
  /** Ends the oldest pass of the key. */
  end: (id: string) => Promise<void>;
  turns: Map<string, QueueTurn>;
}

function bench(concurrency = 1): Bench {
  const clock = new FakeClock();
  const order: string[] = [];
  const again: string[] = [];
  const gates = new Map<string, ReturnType<typeof gate<void>>>();
  const turns = new Map<string, QueueTurn>();
  const work = (id: string, turn: QueueTurn): Promise<void> => {
    order.push(id);
    turns.set(id, turn);
    const one = gate();
    gates.set(id, one);
    return one.promise;
  };
  const queue = new WorkQueue({ concurrency, clock, work, onAgain: (id) => again.push(id) });
  const end = async (id: string): Promise<void> => {
    gates.get(id)!.open();
    await settle();
  };
  return { queue, clock, order, again, end, turns };
}

describe('WorkQueue', () => {
  it('a key that waits is looked at once, however often it was added', async () => {
    const { queue, order, end } = bench();
    queue.add('busy');
    for (let i = 0; i < 5; i += 1) queue.add('a');
    await end('busy');
    await end('a');
    expect(order).to.deep.equal(['busy', 'a']);
    expect(queue.isIdle()).to.equal(true);
  });

  it('a key that is added while under work is looked at once more, and the owner is told', async () => {
    const { queue, order, again, end } = bench();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    await settle();
    expect(order).to.deep.equal(['a']);
    expect(again).to.deep.equal(['a', 'a']);
    await end('a');
    await end('a');
    expect(order).to.deep.equal(['a', 'a']);
    expect(queue.isIdle()).to.equal(true);
  });

  it('a person goes before a change before a resync; equals by age', async () => {
    const { queue, order, end } = bench();
    queue.add('busy');
    queue.add('r1', 'Resync');
    queue.add('c1', 'Change');
    queue.add('p1', 'Person');
    queue.add('r2', 'Resync');
    queue.add('p2', 'Person');
    for (const id of ['busy', 'p1', 'p2', 'c1', 'r1', 'r2']) await end(id);
    expect(order).to.deep.equal(['busy', 'p1', 'p2', 'c1', 'r1', 'r2']);
  });

  it('a waiting key is raised by a higher priority and never lowered', async () => {
    const { queue, order, end } = bench();
    queue.add('busy');
    queue.add('c', 'Change');
    queue.add('x', 'Resync');
    queue.add('x', 'Person');
    queue.add('x', 'Resync');
    for (const id of ['busy', 'x', 'c']) await end(id);
    expect(order).to.deep.equal(['busy', 'x', 'c']);
  });

  it('T65 a key that never ends takes one place, not the queue', async () => {
    const { queue, order, end } = bench(2);
    queue.add('stuck');
    for (const id of ['a', 'b', 'c']) queue.add(id);
    for (const id of ['a', 'b', 'c']) await end(id);
    expect(order).to.deep.equal(['stuck', 'a', 'b', 'c']);
    expect(queue.underWork()).to.deep.equal(['stuck']);
  });

  it('T65 a key that comes back at once does not go before those that wait', async () => {
    const { queue, order, end } = bench();
    queue.add('greedy');
    queue.add('a');
    queue.add('greedy');
    await end('greedy');
    expect(order).to.deep.equal(['greedy', 'a']);
  });

  it('leavePool lets another key in while the key stays under work', async () => {
    const { queue, order, end, turns } = bench();
    queue.add('a');
    queue.add('b');
    queue.add('a');
    turns.get('a')!.leavePool();
    turns.get('a')!.leavePool();
    await settle();
    expect(order).to.deep.equal(['a', 'b']);
    expect(queue.underWork()).to.have.members(['a', 'b']);
    await end('b');
    expect(order, 'a must not run twice at once').to.deep.equal(['a', 'b']);
    await end('a');
    expect(order).to.deep.equal(['a', 'b', 'a']);
  });

  it('of several delayed adds the earliest wins, and it wakes once', async () => {
    const { queue, clock, order, end } = bench();
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 9000);
    await clock.advance(999);
    expect(order).to.deep.equal([]);
    await clock.advance(1);
    expect(order).to.deep.equal(['a']);
    await end('a');
    await clock.advance(60_000);
    expect(order).to.deep.equal(['a']);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('a delayed add of no time is an add, and one that is earlier takes the place of another', async () => {
    const { queue, clock, order, end } = bench();
    queue.addAfter('a', 0);
    queue.addAfter('b', -1);
    await end('a');
    expect([order, clock.pendingTimers()]).to.deep.equal([['a', 'b'], 0]);
    await end('b');
    queue.addAfter('c', 20, 'Resync');
    queue.addAfter('c', 10, 'Person');
    queue.addAfter('d', 10, 'Change');
    queue.add('busy');
    await clock.advance(10);
    for (const id of ['busy', 'c', 'd']) await end(id);
    expect(order.slice(2)).to.deep.equal(['busy', 'c', 'd']);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('an end of work leaves those that wait for idle waiting while anything is left', async () => {
    const { queue, end } = bench();
    let idle = false;
    queue.add('a');
    queue.add('b');
    void queue.idle().then(() => {
      idle = true;
    });
    await end('a');
    expect([idle, queue.underWork()]).to.deep.equal([false, ['b']]);
    await end('b');
    expect([idle, queue.isIdle()]).to.deep.equal([true, true]);
    await queue.idle();
  });

  it('a look takes the delayed add away, but not one made during the look', async () => {
    const { queue, clock, order, end } = bench();
    queue.addAfter('a', 5000);
    queue.add('a');
    queue.addAfter('a', 7000);
    await end('a');
    await clock.advance(6999);
    expect(order).to.deep.equal(['a']);
    await clock.advance(1);
    expect(order).to.deep.equal(['a', 'a']);
  });

  it('T63 a jump of the wall clock wakes nothing', async () => {
    const { queue, clock, order } = bench();
    queue.addAfter('a', 5000);
    clock.jump(86_400_000);
    await clock.advance(1);
    expect(order).to.deep.equal([]);
    clock.jump(-2 * 86_400_000);
    await clock.advance(4999);
    expect(order).to.deep.equal(['a']);
  });

  it('work that throws frees its key and its place', async () => {
    const order: string[] = [];
    const queue = new WorkQueue({
      concurrency: 1,
      clock: new FakeClock(),
      work: (id) => {
        order.push(id);
        if (id === 'sync') throw new Error('at once');
        return Promise.reject(new Error('later'));
      },
    });
    for (const id of ['sync', 'later', 'last']) queue.add(id);
    await queue.idle();
    expect(order).to.deep.equal(['sync', 'later', 'last']);
  });

  it('close forgets what waits, takes nothing more, and keys under work go on', async () => {
    const { queue, clock, order, end } = bench();
    queue.add('a');
    queue.add('b');
    queue.add('a');
    queue.addAfter('c', 10);
    queue.close();
    queue.add('d');
    queue.addAfter('e', 1);
    await clock.advance(100);
    expect(queue.underWork()).to.deep.equal(['a']);
    expect(clock.pendingTimers()).to.equal(0);
    await end('a');
    expect(order).to.deep.equal(['a']);
    await queue.idle();
  });

  it('model: no key twice at once, never more than the pool, no wake-up lost', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step(), { maxLength: 60 }), checkModel), {
      numRuns: 150,
    });
  });
});

type Step =
  | { do: 'Add'; id: string; priority: Priority }
  | { do: 'AddAfter'; id: string; ms: number }
  | { do: 'End'; pick: number }
  | { do: 'Leave'; pick: number }
  | { do: 'Advance'; ms: number };

function step(): fc.Arbitrary<Step> {
  const id = fc.constantFrom('a', 'b', 'c', 'd');
  return fc.oneof(
    fc.record({
      do: fc.constant('Add' as const),
      id,
      priority: fc.constantFrom<Priority>('Person', 'Change', 'Resync'),
    }),
    fc.record({ do: fc.constant('AddAfter' as const), id, ms: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ do: fc.constant('End' as const), pick: fc.nat(9) }),
    fc.record({ do: fc.constant('Leave' as const), pick: fc.nat(9) }),
    fc.record({ do: fc.constant('Advance' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  );
}

/**
 * The model: every key has a version that an add raises; a look that starts sees the version of that moment. In the
 * end each key's last look must have started after its last add.
 */
async function checkModel(concurrency: number, steps: Step[]): Promise<void> {
  const clock = new FakeClock();
  const version = new Map<string, number>();
  const seen = new Map<string, number>();
  // The queue drops what the work throws, so faults are collected.
  const faults: string[] = [];
  const open: { id: string; end: () => void; turn: QueueTurn; inPool: boolean }[] = [];
  const work = (id: string, turn: QueueTurn): Promise<void> => {
    if (open.some((one) => one.id === id)) faults.push(`${id} twice at once`);
    if (open.filter((one) => one.inPool).length >= concurrency) faults.push(`${id} beyond the pool`);
    seen.set(id, version.get(id) ?? 0);
    const { promise, open: end } = gate();
    open.push({ id, end, turn, inPool: true });
    return promise;
  };
  const queue = new WorkQueue({ concurrency, clock, work });
  const bump = (id: string): void => void version.set(id, (version.get(id) ?? 0) + 1);
  const act = (one: Step): void => {
    if (one.do === 'Add') {
      bump(one.id);
      queue.add(one.id, one.priority);
    } else if (one.do === 'AddAfter') {
      bump(one.id);
      queue.addAfter(one.id, one.ms);
    } else if (one.do === 'End' && open.length > 0) {
      open.splice(one.pick % open.length, 1)[0]!.end();
    } else if (one.do === 'Leave' && open.length > 0) {
      const left = open[one.pick % open.length]!;
      left.inPool = false;
      left.turn.leavePool();
    }
  };
  for (const one of steps) {
    act(one);
    await (one.do === 'Advance' ? clock.advance(one.ms) : settle());
  }
  await clock.advance(100);
  while (open.length > 0) {
    open.shift()!.end();
    await settle();
  }
  expect(faults).to.deep.equal([]);
  expect(queue.isIdle()).to.equal(true);
  expect(Object.fromEntries(seen)).to.deep.equal(Object.fromEntries(version));
}

describe('what waits in a WorkQueue', () => {
  it('is counted without those under work, and the first of them says for how long', async () => {
    const { queue, clock, end } = bench();
    expect(queue.waiting()).to.deep.equal({ depth: 0, oldestMs: 0 });
    queue.add('busy');
    await clock.advance(1_000);
    queue.add('a');
    await clock.advance(2_000);
    queue.add('b');
    queue.add('a', 'Person');
    await clock.advance(500);
    expect(queue.waiting()).to.deep.equal({ depth: 2, oldestMs: 2_500, takenAgoMs: 3_500 });
    await end('busy');
    expect(queue.waiting()).to.deep.equal({ depth: 1, oldestMs: 500, takenAgoMs: 0 });
  });

  it('a key that is under work for long, and wanted again, has not waited meanwhile', async () => {
    const { queue, clock, end } = bench(2);
    queue.add('long');
    queue.add('long');
    await clock.advance(600_000);
    expect(queue.waiting()).to.deep.equal({ depth: 0, oldestMs: 0, takenAgoMs: 600_000 });
    await end('long');
    expect(queue.waiting().depth).to.equal(0);
    await end('long');
    expect(queue.isIdle()).to.equal(true);
  });

  it('nothing waits once it is closed, nor before a delay is over', async () => {
    const { queue, clock } = bench();
    queue.addAfter('later', 60_000);
    await clock.advance(30_000);
    expect(queue.waiting().depth).to.equal(0);
    queue.add('busy');
    queue.add('a');
    queue.close();
    expect(queue.waiting()).to.include({ depth: 0, oldestMs: 0 });
  });

  it('agrees with what is looked at, whatever is added when', async () => {
    const steps = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), end: fc.boolean() }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { queue, order, end } = bench(1);
        for (const { id, end: ends } of all) {
          if (ends && queue.underWork().includes(id)) await end(id);
          else queue.add(id);
          await settle();
          const { depth } = queue.waiting();
          expect(depth === 0 || queue.underWork().length === 1).to.equal(true);
          expect(depth).to.be.at.most(2);
        }
        for (let turns = 0; turns < 100 && !queue.isIdle(); turns += 1) await end(queue.underWork()[0]!);
        expect(queue.waiting()).to.include({ depth: 0, oldestMs: 0 });
        expect(order.length).to.be.at.most(all.length);
      }),
    );
  });
});
