import { expect } from 'chai';
import type { Condition } from '../../../lib/api/generated/types.ts';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { Controller } from '../../../lib/runtime/controller.ts';
import { notServed } from '../../../lib/runtime/not-served.ts';
import type { ObjectStore, PendingRequest, Refusal, StoredObject } from '../../../lib/store/store.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { ObjectMap } from './object-map.ts';

const KEY = { kind: 'Sweep', name: 'weekly' } as const;
const NO_SPACE = new CcError('NoSpace', 'the disk is full');
const SHOWN = ['Accepted NotServed', 'Ready NotServed'];

/** Keeps what was asked of it as lines, each of which can be made to fail. */
class Store extends ObjectMap {
  readonly lines: string[] = [];
  failing: string | undefined;

  finishRequest = (_: unknown, id: string, { result }: { result: string }) => this.#say(`${id} ${result}`);
  refuse = (_: unknown, { reason }: Refusal) => this.#say(`refuse ${reason}`);
  markDestroying = () => this.#say('mark destroying');
  remove = (key: StoredObject) => this.#say('remove').then(() => this.drop(key));

  async #say(line: string): Promise<void> {
    if (line === this.failing) throw NO_SPACE;
    this.lines.push(line);
  }
}

describe('a kind that is not served', () => {
  const rig = (object: Partial<StoredObject> = {}, failing?: string) => {
    const store = new Store();
    store.put({ ...KEY, ...object });
    store.failing = failing;
    const clock = new FakeClock();
    const reconciler = notServed('Sweep', { store: store as unknown as ObjectStore, clock });
    const controller = new Controller({ store, reconciler, clock, log: silentLog, random: () => 1 });
    controller.enqueue(KEY.name);
    const words = () => {
      const conditions = (store.shown.get(KEY.name)?.conditions ?? []) as Condition[];
      return conditions.map(({ type, reason }) => `${type} ${reason}`);
    };
    return { store, clock, reconciler, words };
  };
  const asked = (...verbs: string[]) =>
    ({ requests: verbs.map((verb) => ({ id: verb, verb })) as unknown as PendingRequest[] }) as const;
  const going = (state: string) => ({ deletion: { state } as NonNullable<StoredObject['deletion']> });

  it('owns nothing', () => {
    const { store, reconciler } = rig();
    expect(reconciler.owns(store.put(KEY))).to.equal(false);
  });

  it('is refused with False conditions of the generation that is valid, and the request that was answered last', async () => {
    const lastHandledRequest = { id: 'r', verb: 'retry', time: '', result: 'Refused', message: '' } as const;
    const { store, words } = rig({ generation: 3, validGeneration: 2, lastHandledRequest });
    await settle();
    expect([store.lines, words()]).to.deep.equal([['refuse NotServed'], SHOWN]);
    expect(store.shown.get(KEY.name)).to.deep.include({ observedGeneration: 2, lastHandledRequest });
    for (const condition of (store.shown.get(KEY.name) as { conditions: Condition[] }).conditions) {
      expect(condition).to.include({ status: 'False', observedGeneration: 2 });
    }
  });

  it('refuses what is asked of it, but for a deletion, which is the store’s to answer', async () => {
    const { store } = rig(asked('retry', 'delete', 'suspend'));
    await settle();
    expect(store.lines).to.deep.equal(['retry Refused', 'suspend Refused', 'refuse NotServed']);
  });

  for (const [state, lines] of [
    ['Missing', ['refuse NotServed']],
    ['Started', ['refuse NotServed', 'mark destroying', 'remove']],
    ['Destroying', ['refuse NotServed', 'mark destroying', 'remove']],
  ] as const) {
    it(`does ${lines.length - 1} things where its deletion is ${state}`, async () => {
      const { store, words } = rig(going(state));
      await settle();
      expect(store.lines).to.deep.equal(lines);
      expect(words()).to.deep.equal(lines.length > 1 ? [] : SHOWN);
    });
  }

  for (const [failing, object, before] of [
    ['retry Refused', asked('retry'), []],
    ['refuse NotServed', {}, []],
    ['mark destroying', going('Started'), ['refuse NotServed']],
    ['remove', going('Started'), ['refuse NotServed', 'mark destroying']],
  ] as const) {
    it(`does nothing more where "${failing}" fails, shows that, and tries it again`, async () => {
      const { store, clock, words } = rig(object, failing);
      await settle();
      expect([store.lines, words()]).to.deep.equal([before, [...SHOWN, 'Reconciling Retrying']]);
      store.failing = undefined;
      await clock.advance(1_000);
      expect(store.lines.slice(before.length)).to.include(failing);
    });
  }

  it('shows a pass that failed, and no more once one succeeds', async () => {
    const { store, clock, words } = rig();
    store.failWrites.push(NO_SPACE);
    await settle();
    expect(words()).to.deep.equal([...SHOWN, 'Reconciling Retrying']);
    expect(store.shown.get(KEY.name)).to.have.property('nextAction');
    await clock.advance(1_000);
    expect(words()).to.deep.equal(SHOWN);
    expect(store.shown.get(KEY.name)).not.to.have.property('nextAction');
  });
});
