import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { readLease } from '../../../lib/known-good/lease.ts';
import { LeaseTurns, type LeaseWaiter } from '../../../lib/known-good/lease-turns.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('turns at a lease', () => {
  let root: string;
  let clock: FakeClock;
  let woken: string[];
  let turns: LeaseTurns;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-turns-'));
    clock = new FakeClock();
    woken = [];
    turns = new LeaseTurns(clock, ({ name }) => void woken.push(name));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const waiter = (name: string, since?: string): LeaseWaiter => ({
    key: { kind: 'Run', name },
    holder: { holder: name, uid: `uid-${name}`, attempt: 1 },
    ...(since === undefined ? {} : { since }),
  });
  const [old, young] = [waiter('old', '2030-01-01'), waiter('young', '2030-01-02')];
  const at = () => join(root, 'notes');
  const acquire = async (who: LeaseWaiter) => (await turns.acquire(at(), who)).state;

  it('a free lease is whoever asks first; again it is still theirs', async () => {
    expect(await turns.ask(at(), young)).to.equal(undefined);
    expect(await readLease(at())).to.equal(undefined);
    expect([await acquire(young), await acquire(young)]).to.deep.equal(['Mine', 'Mine']);
    expect((await readLease(at()))?.holder).to.equal('young');
  });

  it('who waits is told its place and the holder; the oldest is woken, and comes before a younger one', async () => {
    const [first, second] = [waiter('first', '2030-01-03'), waiter('second', '2030-01-04')];
    await acquire(first);
    expect(await turns.ask(at(), second)).to.deep.equal({ state: 'Waits', position: 1, holder: 'first' });
    expect(await turns.ask(at(), young)).to.deep.equal({ state: 'Waits', position: 1, holder: 'first' });
    expect(await turns.ask(at(), second)).to.include({ position: 2 });
    expect(await turns.release(at(), first.holder)).to.equal(true);
    expect(woken).to.deep.equal(['young']);
    expect(await turns.ask(at(), second)).to.deep.equal({ state: 'Waits', position: 2 });
    expect(await acquire(second)).to.equal('Waits');
    expect(await acquire(young)).to.equal('Mine');
    await turns.release(at(), young.holder);
    expect(await acquire(second)).to.equal('Mine');
  });

  it('who gives no age waits since it first asked', async () => {
    await acquire(young);
    await clock.advance(1_000);
    const canonical = waiter('canonical');
    await turns.ask(at(), canonical);
    await clock.advance(1_000);
    await turns.ask(at(), waiter('later'));
    expect(await turns.ask(at(), canonical)).to.include({ position: 1 });
  });

  it('one that asks no more keeps nobody waiting; one that leaves neither', async () => {
    await acquire(young);
    await turns.ask(at(), old);
    await turns.release(at(), young.holder);
    const third = waiter('third', '2030-01-05');
    expect(await acquire(third)).to.equal('Waits');
    turns.leave(old.holder.uid);
    expect(await acquire(third)).to.equal('Mine');
    await turns.ask(at(), old);
    await turns.release(at(), third.holder);
    await clock.advance(20_000);
    expect(await acquire(young)).to.equal('Mine');
  });

  it('another lease has its own turns, and that of somebody else is not given back', async () => {
    await acquire(young);
    expect(await turns.ask(join(root, 'other'), old)).to.equal(undefined);
    expect(await turns.release(at(), old.holder)).to.equal(false);
    expect(woken).to.deep.equal([]);
  });

  it('every waiter is served, those before it first, whatever order they look in', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { minLength: 30, maxLength: 60 }), fc.integer(), async (looks, salt) => {
        const directory = join(root, `p${salt}-${looks.join('')}`);
        const served: string[] = [];
        const waiters = names.map((name, age) => waiter(name, `2030-01-0${age + 1}`));
        for (const one of waiters) await turns.ask(directory, one);
        // Those who wait look again and again, as they do.
        for (const look of [...looks, ...names.flatMap(() => names.map((_, index) => index))]) {
          const one = waiters[look];
          if (!one || served.includes(one.holder.holder)) continue;
          if ((await turns.acquire(directory, one)).state !== 'Mine') continue;
          served.push(one.holder.holder);
          await turns.release(directory, one.holder);
        }
        expect(served).to.deep.equal(names);
      }),
      { numRuns: 20 },
    );
  });
});
