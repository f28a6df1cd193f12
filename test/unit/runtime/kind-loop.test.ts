import { expect } from 'chai';
import type { Condition, NextAction } from '../../../lib/api/generated/types.ts';
import { CcError, TerminalError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { Controller } from '../../../lib/runtime/controller.ts';
import { KindLoop } from '../../../lib/runtime/kind-loop.ts';
import { done, requeueAfter } from '../../../lib/runtime/reconciler.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeKind } from '../../fakes/fake-kind.ts';
import { gate } from '../../fakes/fake-reconciler.ts';
import { ObjectMap } from './object-map.ts';

const KEY = { kind: 'Run', name: 'a' } as const;
const NO_SPACE = new CcError('NoSpace', 'the disk is full');

interface Status {
  conditions: Condition[];
  nextAction?: NextAction;
  observedGeneration: number;
}

/** A kind, its loop and its controller; the clock is moved by hand. */
class Rig {
  readonly clock = new FakeClock();
  readonly store: ObjectMap;
  readonly kind: FakeKind;
  readonly controller: Controller;
  readonly loop;

  constructor(store = new ObjectMap('a')) {
    this.store = store;
    this.kind = new FakeKind(store);
    this.loop = new KindLoop(this.kind, { store, clock: this.clock });
    const options = { store, reconciler: this.loop, clock: this.clock, log: silentLog, random: () => 1 };
    this.controller = new Controller(options);
  }

  async look(): Promise<Status> {
    this.controller.enqueue('a');
    await settle();
    return this.status();
  }

  status(): Status {
    return this.store.shown.get('a') as unknown as Status;
  }

  /** `Type Reason` of each condition. */
  words(): string[] {
    return this.status().conditions.map(({ type, reason }) => `${type} ${reason}`);
  }

  time(type: string): string | undefined {
    return this.status().conditions.find((one) => one.type === type)?.lastTransitionTime;
  }
}

describe('the loop of a kind', () => {
  it('answers, observes, plans, notes the decision, acts, and shows once what came of it', async () => {
    const rig = new Rig();
    rig.kind.script = () => {
      rig.kind.calls.push(`noted ${rig.store.decisions.length}`);
      rig.kind.next = 'Rest';
      return done;
    };
    await rig.look();
    expect(rig.kind.calls).to.deep.equal(['settle', 'observe', 'act Act', 'noted 1', 'observe', 'status Rest']);
    expect(rig.store.decisions).to.deep.equal([{ inputs: { next: 'Act' }, action: { type: 'Act' } }]);
  });

  it('an act that leaves nothing to do ends in the rest that the look after it finds', async () => {
    const rig = new Rig();
    rig.kind.script = ({ number }) => {
      rig.kind.next = 'Rest';
      return requeueAfter(number === 1 ? 0 : 60_000, 'Acted');
    };
    await rig.look();
    expect(rig.kind.calls).to.deep.equal(['settle', 'observe', 'act Act', 'observe', 'act Rest', 'status Rest']);
    expect(rig.store.decisions.map(({ action }) => action)).to.deep.equal([{ type: 'Act' }, { type: 'Rest' }]);
    rig.kind.calls.length = 0;
    await rig.clock.advance(59_999);
    expect(rig.kind.calls).to.deep.equal([]);
    await rig.clock.advance(1);
    expect(rig.kind.calls).to.deep.equal(['settle', 'observe', 'act Rest', 'status Rest']);
  });

  it('an act that leaves another one to do, or wants a later look, is followed by a pass of its own', async () => {
    for (const [next, afterMs] of [
      ['Other', 0],
      ['Rest', 1],
    ] as const) {
      const rig = new Rig();
      rig.kind.script = ({ number }) => {
        rig.kind.next = number === 1 ? next : 'Rest';
        return number === 1 ? requeueAfter(afterMs, 'Acted') : done;
      };
      rig.controller.enqueue('a');
      await settle();
      await rig.clock.advance(1);
      expect(rig.kind.calls.filter((call) => call === 'settle')).to.have.lengthOf(2);
    }
  });

  it('observes once where nothing is done', async () => {
    const rig = new Rig();
    rig.kind.next = 'Rest';
    await rig.look();
    expect(rig.kind.calls).to.deep.equal(['settle', 'observe', 'act Rest', 'status Rest']);
  });

  it('shows an act that lasts while it lasts, and what comes next afterwards', async () => {
    const rig = new Rig();
    const copied = gate();
    rig.kind.next = 'Copy';
    rig.kind.script = async () => {
      await copied.promise;
      rig.kind.next = 'Rest';
      return done;
    };
    expect((await rig.look()).nextAction?.what).to.equal('Copy');
    copied.open();
    await settle();
    expect(rig.status().nextAction?.what).to.equal('Rest');
  });

  it('keeps what another plan chose among the decisions', async () => {
    const rig = new Rig();
    rig.kind.script = async ({ note }) => {
      await note({ planner: 'Promotion', inputs: {}, action: { next: 'Begin' } });
      return done;
    };
    await rig.look();
    expect(rig.store.decisions.map(({ planner }) => planner)).to.deep.equal([undefined, 'Promotion']);
  });

  it('pass, fail, recover, fail: a failure is shown while it lasts, and each round begins anew', async () => {
    const rig = new Rig();
    const faults: unknown[] = [undefined, NO_SPACE, NO_SPACE, undefined, NO_SPACE, undefined];
    rig.kind.script = () => {
      const fault = faults.shift();
      if (fault) throw fault;
      return done;
    };
    await rig.look();
    expect(rig.words()).to.deep.equal(['Succeeded Act']);
    await rig.look();
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded Act']);
    await rig.clock.advance(1_000);
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded Act']);
    expect(rig.store.events).to.deep.equal(['PassFailed']);
    await rig.clock.advance(2_000);
    expect(rig.words()).to.deep.equal(['Succeeded Act']);
    await rig.look();
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded Act']);
    expect(rig.store.events).to.deep.equal(['PassFailed', 'PassFailed']);
    await rig.clock.advance(999);
    expect(faults).to.have.lengthOf(1);
    await rig.clock.advance(1);
    expect(rig.words()).to.deep.equal(['Succeeded Act']);
    expect(faults).to.have.lengthOf(0);
  });

  it('a failure stays in the status while the act is tried again', async () => {
    const rig = new Rig();
    const copied = gate();
    rig.kind.next = 'Copy';
    rig.kind.script = async ({ number }) => {
      if (number === 1) throw NO_SPACE;
      await copied.promise;
      return done;
    };
    await rig.look();
    await rig.clock.advance(1_000);
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded Copy']);
    copied.open();
    await settle();
    expect(rig.words()).to.deep.equal(['Succeeded Copy']);
  });

  it('the time of a transition moves with the status only, and outlasts the process', async () => {
    const rig = new Rig();
    await rig.look();
    const began = rig.time('Succeeded');
    await rig.clock.advance(60_000);
    await rig.look();
    expect(rig.time('Succeeded')).to.equal(began);
    const next = new Rig(rig.store);
    await next.clock.advance(120_000);
    await next.look();
    expect(next.time('Succeeded')).to.equal(began);
    next.kind.next = 'Rest';
    await next.look();
    expect(next.time('Succeeded')).not.to.equal(began);
  });

  it('journals only what differs from what is journaled', async () => {
    const rig = new Rig();
    rig.kind.next = 'Rest';
    await rig.look();
    rig.store.failWrites.push(NO_SPACE);
    await rig.look();
    expect(rig.words()).to.deep.equal(['Succeeded Rest']);
    expect(rig.store.failWrites).to.have.lengthOf(1);
  });

  it('saves what an act left unsaved with the status, once, also where no condition changes', async () => {
    const rig = new Rig();
    await rig.look();
    rig.kind.script = ({ draft, number }) => {
      draft.journal.passes = number;
      if (number === 2) draft.isUnsaved = true;
      return done;
    };
    await rig.look();
    const passes = async () => (await rig.store.readJournal<{ passes?: number }>(KEY))?.passes;
    expect(await passes()).to.equal(2);
    await rig.look();
    expect(await passes()).to.equal(2);
  });

  it('looks at the object as the answers to requests, and then the act, have left it', async () => {
    const rig = new Rig();
    const copied = gate();
    rig.kind.next = 'Copy';
    rig.kind.onSettle = () => void rig.store.put({ name: 'a', validGeneration: 2 });
    rig.kind.script = async () => {
      await copied.promise;
      rig.store.put({ name: 'a', validGeneration: 3 });
      return done;
    };
    expect((await rig.look()).observedGeneration).to.equal(2);
    copied.open();
    await settle();
    expect(rig.status().observedGeneration).to.equal(3);
  });

  it('does nothing for an object that goes while requests are answered, and nothing to the one that takes its name', async () => {
    for (const next of [undefined, { name: 'a', uid: 'uid-b' }]) {
      const rig = new Rig();
      rig.kind.onSettle = () => void (next ? rig.store.put(next) : rig.store.drop(KEY));
      rig.controller.enqueue('a');
      await settle();
      expect(rig.kind.calls).to.deep.equal(['settle']);
      expect(rig.kind.forgotten).to.deep.equal(['a']);
      expect(rig.store.shown.size).to.equal(0);
    }
  });

  it('a terminal error stalls, as the reason that it gives, and waits for a new spec', async () => {
    const rig = new Rig();
    rig.kind.script = () => {
      throw new TerminalError('NoSource', 'nothing says where it comes from');
    };
    await rig.look();
    await rig.clock.advance(86_400_000);
    expect(rig.words()).to.deep.equal(['Stalled NoSource', 'Succeeded Act']);
    expect(rig.store.events).to.deep.equal(['Stalled']);
    rig.kind.script = () => done;
    rig.store.put({ name: 'a', generation: 2, validGeneration: 2 });
    await rig.look();
    expect(rig.words()).to.deep.equal(['Succeeded Act']);
  });

  it('an interrupted act leaves its draft, shows no failure, and is looked at again at once', async () => {
    const rig = new Rig();
    rig.kind.script = async ({ draft, number }) => {
      if (number > 1) return done;
      draft.journal.passes = 1;
      await new Promise((_resolve, reject) => {
        draft.pass.signal.addEventListener('abort', () => reject(draft.pass.signal.reason));
      });
      return done;
    };
    rig.controller.enqueue('a');
    await settle();
    rig.store.put({ name: 'a', requests: [{ id: '1', verb: 'cancel', by: 'me', time: '', args: {} }] });
    rig.controller.enqueue('a');
    await settle();
    expect(rig.kind.calls.filter((call) => call.startsWith('act'))).to.have.lengthOf(2);
    expect(await rig.store.readJournal<object>(KEY)).not.to.have.property('passes');
    expect(rig.words()).to.deep.equal(['Succeeded Act']);
    expect(rig.store.events).to.deep.equal([]);
  });

  it('a stop in mid-act journals and shows nothing', async () => {
    const rig = new Rig();
    rig.kind.script = async ({ draft }) => {
      draft.journal.passes = 1;
      await new Promise((_resolve, reject) => {
        draft.pass.signal.addEventListener('abort', () => reject(draft.pass.signal.reason));
      });
      return done;
    };
    rig.controller.enqueue('a');
    await settle();
    expect(await rig.controller.stop(1_000)).to.deep.equal([]);
    expect(await rig.store.readJournal<object>(KEY)).to.equal(undefined);
    expect(rig.store.shown.size).to.equal(0);
    expect(rig.store.events).to.deep.equal([]);
    expect(rig.clock.pendingTimers()).to.equal(0);
  });

  it('a journal that cannot be written fails the pass, which is shown all the same and recovers', async () => {
    const rig = new Rig();
    rig.store.failWrites.push(NO_SPACE, NO_SPACE);
    await rig.look();
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded Act']);
    expect(await rig.store.readJournal<object>(KEY)).to.equal(undefined);
    await rig.clock.advance(1_000);
    expect(rig.words()).to.deep.equal(['Succeeded Act']);
    expect((await rig.store.readJournal<Status>(KEY))?.conditions).to.deep.equal(rig.status().conditions);
  });

  it('what fails a pass before anything was seen is shown beside what was shown last', async () => {
    const rig = new Rig();
    rig.kind.next = 'Rest';
    await rig.look();
    const began = rig.time('Succeeded');
    await rig.clock.advance(5_000);
    rig.kind.failNext.observe.push(NO_SPACE, NO_SPACE);
    await rig.look();
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded Rest']);
    expect(rig.status().nextAction?.reason).to.equal('Retrying');
    expect(rig.time('Succeeded')).to.equal(began);
    await rig.clock.advance(1_000);
    expect(rig.words()).to.deep.equal(['Succeeded Rest']);
    expect(rig.time('Succeeded')).to.equal(began);
  });

  it('of what this process has never seen nothing is claimed', async () => {
    const before = new Rig();
    before.kind.next = 'Rest';
    await before.look();
    const rig = new Rig(before.store);
    rig.kind.failNext.observe.push(NO_SPACE, NO_SPACE);
    await rig.look();
    expect(rig.words()).to.deep.equal(['Reconciling Retrying', 'Succeeded NotVerified']);
    expect(rig.status().observedGeneration).to.equal(1);
  });

  it('shows of every kind what of its file is not in force, beside what is', async () => {
    const rig = new Rig();
    const problems = [{ path: 'spec', message: 'wrong' }] as never;
    rig.store.put({ generation: 2, rejected: { reason: 'InvalidSpec', problems } });
    expect(await rig.look()).to.deep.include({ problems });
    rig.store.put({
      ...{ generation: 2, validGeneration: 2, spec: { app: { recipe: 'b', env: { A: '1' } }, keep: 2 } },
      accepted: { spec: { app: { recipe: 'a', source: 'https://me:secret@h/x' } }, digest: 'd', generation: 1 },
      refused: { reason: 'ImmutableField', message: 'no', generation: 2 },
    });
    const status = await rig.look();
    expect(status).to.not.have.property('problems');
    expect(status).to.deep.include({
      refused: {
        ...{ generation: 2, reason: 'ImmutableField', message: 'no' },
        changes: [
          { field: 'spec.app.env', refused: '{"A":"1"}' },
          { field: 'spec.app.recipe', inForce: 'a', refused: 'b' },
          { field: 'spec.app.source', inForce: 'https://***@h/x' },
          { field: 'spec.keep', refused: '2' },
        ],
      },
    });
    rig.store.put({});
    expect(await rig.look()).to.not.have.any.keys('problems', 'refused');
  });

  it('I10 an error of any part of a pass is masked', async () => {
    for (const part of ['settle', 'observe', 'act'] as const) {
      const rig = new Rig();
      rig.kind.secrets = ['geheimnis-0815'];
      const fault = new CcError('Unreachable', 'no answer to geheimnis-0815');
      if (part === 'act')
        rig.kind.script = () => {
          throw fault;
        };
      else rig.kind.failNext[part].push(fault);
      const status = JSON.stringify(await rig.look());
      expect(status, part).to.contain('Retrying').and.not.to.contain('geheimnis-0815');
    }
  });

  it('an object that goes in its pass is shown no more, and nothing is kept of it', async () => {
    const rig = new Rig();
    rig.kind.script = () => {
      throw NO_SPACE;
    };
    await rig.look();
    rig.kind.script = () => {
      rig.store.drop(KEY);
      rig.store.shown.clear();
      return done;
    };
    await rig.clock.advance(1_000);
    expect(rig.store.shown.size).to.equal(0);
    expect(rig.kind.forgotten).to.deep.equal(['a']);
    rig.store.put({ name: 'a' });
    rig.kind.next = 'Copy';
    rig.kind.script = () => requeueAfter(60_000, 'later');
    await rig.look();
    expect(rig.words()).to.deep.equal(['Succeeded Copy']);
  });

  for (const [why, before, now, wanted] of [
    ['is gone', {}, undefined, true],
    ['is another one by now', {}, { uid: 'uid-b' }, true],
    ['goes', {}, { deletion: 'Started' }, true],
    ['went before', { deletion: 'Started' }, { deletion: 'Started' }, false],
    ['is to be cancelled', {}, { verb: 'cancel' }, true],
    ['was to be cancelled before', { verb: 'cancel' }, { verb: 'cancel' }, false],
    ['is asked something else', {}, { verb: 'suspend' }, false],
    ['was edited', {}, { generation: 2 }, false],
  ] as const) {
    it(`a pass ${wanted ? 'stops' : 'goes on'} where its object ${why}`, () => {
      const { loop, store } = new Rig();
      const object = (facts: {
        deletion?: 'Started';
        verb?: 'cancel' | 'suspend';
        uid?: string;
        generation?: number;
      }) => {
        const { deletion, verb, ...rest } = facts;
        const going = { state: 'Started', missingSinceRunningMs: 0, startedRunningMs: 0, requested: false } as const;
        return store.put({
          name: 'a',
          ...rest,
          ...(deletion ? { deletion: going } : {}),
          requests: verb ? [{ id: '1', verb, by: 'me', time: '', args: {} }] : [],
        });
      };
      expect(loop.interrupts(object(before), now && object(now))).to.equal(wanted);
    });
  }
});
