import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import type { ObjectKey } from '../../../lib/api/kinds.ts';
import { type Notes, notesBench } from './enrolled.ts';

describe('the queue of runs', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench({ maxRuns: 1 });
  });
  afterEach(() => notes.bench.close());

  const key = (name: string) => ({ kind: 'Run', name }) as const;
  const shown = async (name: string) => (await notes.bench.status(key(name))) as RunStatus;

  it('a slot that comes free wakes the first that waits; the others find their place when they look again', async () => {
    const { bench, recipe } = notes;
    for (const name of ['a', 'b', 'c', 'd']) {
      await bench.write('Run', name, { recipe: 'notes', source: recipe.directory });
      await bench.pass(key(name));
    }
    expect((await shown('d')).queue).to.deep.equal({ position: 3, reason: 'Slot' });
    await bench.request(key('a'), 'cancel');
    const woken: string[] = [];
    const enqueue = bench.enqueue.bind(bench);
    bench.enqueue = (one: ObjectKey) => {
      if (one.name !== 'a') woken.push(one.name);
      enqueue(one);
    };
    while ((await bench.journal('a')).collected !== true) await bench.pass(key('a'));
    expect(woken).to.deep.equal(['b']);
    for (const name of ['b', 'c', 'd']) await bench.pass(key(name));
    expect((await bench.journal('b')).step).to.equal('Testing');
    expect((await shown('c')).queue?.position).to.equal(1);
    expect((await shown('d')).queue?.position).to.equal(2);
  });
});
