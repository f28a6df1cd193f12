import { expect } from 'chai';
import { CcError, TerminalError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { Controller, type EndedPass } from '../../../lib/runtime/controller.ts';
import { done, Interrupted, requeueAfter, Shutdown } from '../../../lib/runtime/reconciler.ts';
import type { PendingRequest, StoredObject } from '../../../lib/store/store.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeReconciler, gate } from '../../fakes/fake-reconciler.ts';
import { ObjectMap } from './object-map.ts';

function bench(concurrency = 1) {
  const clock = new FakeClock();
  const store = new ObjectMap('a', 'b', 'c');
  const reconciler = new FakeReconciler({ concurrency });
  const controller = new Controller({ store, reconciler, clock, log: silentLog, random: () => 1 });
  const look = async (name = 'a'): Promise<void> => {
    controller.enqueue(name);
    await settle();
  };
  return { clock, store, reconciler, controller, look };
}

function request(id: string): PendingRequest {
  return { id, verb: 'retry', args: {}, by: 'me', time: '2030-01-01T00:00:00.000Z' };
}

/** Waits until the signal is aborted and then throws its reason, as a well-behaved pass does. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

describe('Controller outcomes', () => {
  it('done: not looked at again by itself', async () => {
    const { clock, reconciler, look } = bench();
    await look();
    await clock.advance(86_400_000);
    expect(reconciler.calls).to.deep.equal(['a']);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('requeueAfter: looked at again after that time', async () => {
    const { clock, reconciler, look } = bench();
    reconciler.script = (_key, _pass, number) => (number < 3 ? requeueAfter(250, 'health') : done);
    await look();
    await clock.advance(249);
    expect(reconciler.calls.length).to.equal(1);
    await clock.advance(1);
    expect(reconciler.calls.length).to.equal(2);
    await clock.advance(10_000);
    expect(reconciler.calls.length).to.equal(3);
  });

  it('an object that is not there is not looked at', async () => {
    const { reconciler, look } = bench();
    await look('absent');
    expect(reconciler.calls).to.deep.equal([]);
    expect(reconciler.failures).to.deep.equal([]);
  });

  for (const [what, thrown] of [
    ['a string', 'boom'],
    ['undefined', undefined],
    ['an object', { code: 1 }],
  ] as const) {
    it(`${what} that is thrown counts as a failure of ours and is retried`, async () => {
      const { clock, reconciler, look } = bench();
      reconciler.failNext = [thrown];
      await look();
      const failure = reconciler.failures[0]!.failure;
      expect(failure.error).to.be.instanceOf(CcError).with.property('code', 'Internal');
      expect(failure.terminal).to.equal(false);
      await clock.advance(1000);
      expect(reconciler.calls.length).to.equal(2);
    });
  }

  it('a pass that ends without an outcome is a failure of ours', async () => {
    const { reconciler, look } = bench();
    reconciler.script = () => undefined as never;
    await look();
    expect(reconciler.failures[0]!.failure.error).to.be.instanceOf(CcError).with.property('code', 'Internal');
  });

  it('a failure that cannot be shown is retried all the same', async () => {
    const { clock, reconciler, look } = bench();
    reconciler.failNext = [new Error('x')];
    reconciler.showFails = true;
    await look();
    await clock.advance(1000);
    expect(reconciler.calls.length).to.equal(2);
  });
});

describe('Controller back-off', () => {
  it('doubles from 1 s to 5 min and says when the next try is', async () => {
    const { clock, reconciler, look } = bench();
    reconciler.script = () => Promise.reject(new Error('always'));
    await look();
    for (let i = 0; i < 11; i += 1) await clock.advance(reconciler.failures.at(-1)!.failure.retryInMs!);
    const shown = reconciler.failures.map(({ failure }) => failure.retryInMs! / 1000);
    expect(shown).to.deep.equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(reconciler.failures.map(({ failure }) => failure.failures)).to.deep.equal([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
  });

  it('T56 success resets it', async () => {
    const { clock, reconciler, look } = bench();
    reconciler.failNext = [new Error('1'), new Error('2')];
    await look();
    await clock.advance(1000);
    await clock.advance(2000);
    reconciler.failNext = [new Error('3')];
    await look();
    expect(reconciler.failures.map(({ failure }) => failure.failures)).to.deep.equal([1, 2, 1]);
  });

  it('T56 an enqueue with an unchanged desired state does not reset it', async () => {
    const { store, reconciler, look } = bench();
    reconciler.script = () => Promise.reject(new Error('always'));
    await look();
    store.put({ name: 'a', fileDigest: 'another comment', labels: { x: 'y' } });
    await look();
    await look();
    expect(reconciler.failures.map(({ failure }) => failure.failures)).to.deep.equal([1, 2, 3]);
  });

  for (const [what, change] of [
    ['generation', { generation: 2 }],
    ['object under the name', { uid: 'uid-other' }],
    ['suspension', { suspended: true }],
    ['request', { requests: [request('1-x')] }],
    ['deletion', { deletion: { state: 'Started', missingSinceRunningMs: 0, requested: true } }],
  ] satisfies [string, Partial<StoredObject>][]) {
    it(`T56 a new ${what} resets it`, async () => {
      const { store, reconciler, look } = bench();
      reconciler.script = () => Promise.reject(new Error('always'));
      await look();
      await look();
      store.put({ name: 'a', ...change });
      await look();
      await look();
      expect(reconciler.failures.map(({ failure }) => failure.failures)).to.deep.equal([1, 2, 1, 2]);
    });
  }

  it('a request that was handled in a failed pass does not reset it', async () => {
    const { store, reconciler, look } = bench();
    reconciler.script = () => Promise.reject(new Error('always'));
    store.put({ name: 'a', requests: [request('1-x'), request('2-x')] });
    await look();
    store.put({ name: 'a', requests: [request('2-x')] });
    await look();
    expect(reconciler.failures.map(({ failure }) => failure.failures)).to.deep.equal([1, 2]);
  });

  it('a change during the pass that fails counts as new', async () => {
    const { store, reconciler, look } = bench();
    reconciler.script = () => {
      store.put({ name: 'a', generation: 2 });
      throw new TerminalError('NoSource', 'bad');
    };
    await look();
    await look();
    expect(reconciler.calls.length).to.equal(2);
    await look();
    expect(reconciler.calls.length, 'stalled for generation 2 as well').to.equal(2);
  });

  it('a resync does not shorten it', async () => {
    const { clock, reconciler, controller, look } = bench();
    reconciler.script = () => Promise.reject(new Error('always'));
    await look();
    await clock.advance(1000);
    controller.resync('a', 0);
    await clock.advance(1999);
    expect(reconciler.calls.length).to.equal(2);
    await clock.advance(1);
    expect(reconciler.calls.length).to.equal(3);
  });

  it('T65 one object that always fails leaves the others alone', async () => {
    const { clock, reconciler, controller } = bench();
    reconciler.script = (key) => (key.name === 'a' ? Promise.reject(new Error('bad')) : done);
    for (const name of ['a', 'b', 'c']) controller.enqueue(name);
    await settle();
    expect(reconciler.calls).to.deep.equal(['a', 'b', 'c']);
    await clock.advance(60_000);
    expect(reconciler.calls.filter((name) => name === 'a').length).to.equal(6);
  });
});

describe('Controller stalls', () => {
  it('a terminal error is shown once and not retried, whatever enqueues it', async () => {
    const { clock, reconciler, controller, look } = bench();
    reconciler.script = () => Promise.reject(new TerminalError('InvalidSource', 'no'));
    await look();
    await look();
    controller.resync('a', 1);
    await clock.advance(86_400_000);
    expect(reconciler.calls).to.deep.equal(['a']);
    expect(reconciler.failures.length).to.equal(1);
    expect(reconciler.failures[0]!.failure).to.include({ terminal: true, failures: 1 });
    expect(reconciler.failures[0]!.failure).not.to.have.property('retryInMs');
  });

  for (const [what, change] of [
    ['the spec changes', { generation: 2 }],
    ['a request arrives', { requests: [request('1-x')] }],
    ['T62 the file is removed', { deletion: { state: 'Missing', missingSinceRunningMs: 5, requested: false } }],
  ] satisfies [string, Partial<StoredObject>][]) {
    it(`is tried again when ${what}`, async () => {
      const { store, reconciler, look } = bench();
      reconciler.failNext = [new TerminalError('NoSource', 'bad')];
      await look();
      store.put({ name: 'a', ...change });
      await look();
      expect(reconciler.calls.length).to.equal(2);
    });
  }

  it('an object that went and came back is new', async () => {
    const { store, reconciler, look } = bench();
    reconciler.failNext = [new TerminalError('NoSource', 'bad')];
    await look();
    store.drop({ kind: 'Run', name: 'a' });
    await look();
    store.put({ name: 'a' });
    await look();
    expect(reconciler.calls.length).to.equal(2);
  });
});

describe('Controller interrupts', () => {
  it('asks with what the pass was started with and what is there now, and trips the signal', async () => {
    const { store, reconciler, look } = bench();
    const asked: [number, number | undefined][] = [];
    reconciler.interruptsWhen = (started, now) => {
      asked.push([started.generation, now?.generation]);
      return now?.generation === 3;
    };
    let reason: unknown;
    reconciler.script = (_key, { signal }, number) => {
      if (number > 1) return done;
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return untilAborted(signal);
    };
    await look();
    store.put({ name: 'a', generation: 2 });
    await look();
    expect(reason).to.equal(undefined);
    store.put({ name: 'a', generation: 3 });
    await look();
    expect(asked).to.deep.equal([
      [1, 2],
      [1, 3],
    ]);
    expect(reason).to.be.instanceOf(Interrupted);
    expect(reconciler.calls.length, 'looked at again at once').to.equal(2);
    expect(reconciler.failures, 'not a failure').to.deep.equal([]);
  });

  it('an object that is gone is handed over as undefined', async () => {
    const { store, reconciler, look } = bench();
    let sawGone = false;
    reconciler.interruptsWhen = (_started, now) => {
      sawGone = now === undefined;
      return true;
    };
    reconciler.script = (_key, { signal }) => untilAborted(signal);
    await look();
    store.drop({ kind: 'Run', name: 'a' });
    await look();
    expect(sawGone).to.equal(true);
    expect(reconciler.calls).to.deep.equal(['a']);
  });

  it('a pass that left the pool is interrupted as well', async () => {
    const { reconciler, look } = bench();
    reconciler.interruptsWhen = () => true;
    reconciler.script = (_key, pass, number) => {
      if (number > 1) return done;
      pass.leavePool();
      return untilAborted(pass.signal);
    };
    await look();
    await look();
    expect(reconciler.calls).to.deep.equal(['a', 'a']);
    expect(reconciler.overlaps).to.deep.equal([]);
  });

  it('a fault in `interrupts` hurts nobody: the add is not lost and the caller goes on', async () => {
    const { reconciler, controller, look } = bench();
    const held = gate();
    reconciler.script = async (_key, _pass, number) => {
      if (number === 1) await held.promise;
      return done;
    };
    reconciler.interruptsWhen = () => {
      throw new Error('bug');
    };
    await look();
    expect(() => controller.enqueue('a')).not.to.throw();
    held.open();
    await settle();
    expect(reconciler.calls.length).to.equal(2);
  });
});

describe('Controller pool', () => {
  it('runs no more passes at once than the kind allows, each key once', async () => {
    const { reconciler, controller } = bench(2);
    const gates = new Map(['a', 'b', 'c'].map((name) => [name, gate()]));
    reconciler.script = async (key) => {
      await gates.get(key.name)!.promise;
      return done;
    };
    for (const name of ['a', 'b', 'c', 'a']) controller.enqueue(name);
    await settle();
    expect([controller.isIdle(), reconciler.calls.length]).to.deep.equal([false, 2]);
    for (const one of gates.values()) one.open();
    await controller.idle();
    expect(reconciler.mostAtOnce).to.equal(2);
    expect(reconciler.overlaps).to.deep.equal([]);
    expect(reconciler.calls.length).to.equal(4);
  });

  it('leavePool frees the place while the pass goes on', async () => {
    const { reconciler, controller, look } = bench();
    const held = gate();
    reconciler.script = async (key, pass) => {
      if (key.name !== 'a') return done;
      pass.leavePool();
      await held.promise;
      return done;
    };
    await look('a');
    await look('b');
    expect(reconciler.calls).to.deep.equal(['a', 'b']);
    expect(controller.isIdle()).to.equal(false);
    held.open();
    await controller.idle();
  });
});

describe('Controller stop', () => {
  it('trips passes with Shutdown, waits for them, and counts no failure', async () => {
    const { clock, reconciler, controller, look } = bench(2);
    let reason: unknown;
    reconciler.script = async (key, { signal }) => {
      if (key.name === 'b') throw new Error('backs off');
      try {
        return await untilAborted(signal);
      } catch (error) {
        reason = error;
        throw error;
      }
    };
    await look('a');
    await look('b');
    expect(await controller.stop(10_000)).to.deep.equal([]);
    expect(reason).to.be.instanceOf(Shutdown);
    expect(reconciler.failures.map(({ name }) => name)).to.deep.equal(['b']);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('trips no pass that has ended by itself, and none twice', async () => {
    const { reconciler, controller, look } = bench(2);
    const signals: AbortSignal[] = [];
    reconciler.script = async (key, { signal }) => {
      signals.push(signal);
      return key.name === 'a' ? done : untilAborted(signal);
    };
    reconciler.interruptsWhen = () => true;
    await look('a');
    await look('b');
    await controller.stop(1_000);
    controller.enqueue('b');
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, true]);
    expect(signals[1]?.reason).to.be.instanceOf(Shutdown);
  });

  it('leaves no timer behind, whichever ends first', async () => {
    const { clock, reconciler, controller, look } = bench();
    const held = gate();
    reconciler.script = async () => {
      await held.promise;
      return done;
    };
    await look();
    const stopped = controller.stop(5_000);
    held.open();
    await stopped;
    expect(clock.pendingTimers()).to.equal(0);
    expect(await controller.stop(5_000), 'once more').to.deep.equal([]);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('names the passes that did not end within the grace', async () => {
    const { clock, reconciler, controller, look } = bench();
    const held = gate();
    reconciler.script = async () => {
      await held.promise;
      return done;
    };
    await look();
    const stopped = controller.stop(5000);
    await clock.advance(5000);
    expect(await stopped).to.deep.equal([{ kind: 'Run', name: 'a' }]);
    held.open();
    await controller.idle();
  });

  it('starts nothing afterwards, not even what waited', async () => {
    const { clock, reconciler, controller } = bench();
    const held = gate();
    reconciler.script = async () => {
      await held.promise;
      return requeueAfter(1, 'more');
    };
    controller.enqueue('a');
    controller.enqueue('b');
    const stopped = controller.stop(1000);
    controller.enqueue('c');
    held.open();
    await stopped;
    await clock.advance(100_000);
    expect(reconciler.calls).to.deep.equal(['a']);
  });
});

describe('passes that ended', () => {
  function watched() {
    const [clock, store, reconciler] = [new FakeClock(), new ObjectMap('a', 'b'), new FakeReconciler()];
    const passes: EndedPass[] = [];
    const onPass = (pass: EndedPass): void => void passes.push(pass);
    const controller = new Controller({ store, reconciler, clock, log: silentLog, random: () => 1, onPass });
    return { clock, reconciler, controller, passes };
  }

  for (const [result, script] of [
    ['Done', () => done],
    ['Requeued', () => requeueAfter(250, 'health')],
    ['Failed', () => Promise.reject(new CcError('Unreachable', 'no'))],
    ['Stalled', () => Promise.reject(new TerminalError('NoSource', 'no'))],
  ] as const) {
    it(`${result} is told once, with its kind`, async () => {
      const { controller, reconciler, passes } = watched();
      reconciler.script = script;
      controller.enqueue('a');
      await settle();
      expect(passes).to.deep.equal([{ kind: 'Run', result, durationMs: 0 }]);
    });
  }

  it('with how long it took, by the clock that does not jump', async () => {
    const { controller, reconciler, passes, clock } = watched();
    const under = gate();
    reconciler.script = async () => {
      await under.promise;
      return done;
    };
    controller.enqueue('a');
    await clock.advance(1_500);
    clock.jump(-86_400_000);
    expect(passes).to.deep.equal([]);
    under.open();
    await settle();
    expect(passes[0]?.durationMs).to.equal(1_500);
  });

  it('one that is interrupted, and one that a stop cuts off, are no failures', async () => {
    const { controller, reconciler, passes } = watched();
    reconciler.interruptsWhen = () => true;
    reconciler.script = (_key, { signal }, number) => (number === 1 ? untilAborted(signal) : done);
    controller.enqueue('a');
    await settle();
    controller.enqueue('a');
    await settle();
    expect(passes.map(({ result }) => result)).to.deep.equal(['Interrupted', 'Done']);
    reconciler.script = (_key, { signal }) => untilAborted(signal);
    controller.enqueue('b');
    await settle();
    await controller.stop(1_000);
    expect(passes.at(-1)?.result).to.equal('Dropped');
  });

  it('an object that is not there has no pass', async () => {
    const { controller, passes } = watched();
    controller.enqueue('absent');
    await settle();
    expect(passes).to.deep.equal([]);
  });
});
