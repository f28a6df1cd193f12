import { expect } from 'chai';
import { followHints } from '../../../controllers/platform-hints.ts';
import type { ObjectKey } from '../../../lib/api/kinds.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Claim } from '../../../lib/store/store.ts';

/** A platform whose changes the test makes, and what became of them. */
function bench(claims: Readonly<Record<string, ObjectKey>>) {
  const enqueued: ObjectKey[] = [];
  const state = { change: (_domain: string): void => {}, ended: false };
  const stop = followHints({
    platform: {
      watch: async (onChange, signal) => {
        state.change = onChange;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        state.ended = true;
      },
    },
    claims: {
      get: async (domain) => {
        if (domain === 'damaged') throw new CcError('Damaged', 'no claim that can be read');
        return claims[domain] as Claim | undefined;
      },
    },
    leasedBy: async (canonical) => (canonical === 'leased' ? 'quick' : undefined),
    enqueue: (key) => enqueued.push(key),
    log: silentLog,
  });
  return { state, enqueued, stop };
}

const settle = () => systemClock.sleep(5);

describe('followHints', () => {
  it('has the owner of the app looked at', async () => {
    const { state, enqueued, stop } = bench({ 'a.example.org': { kind: 'Run', name: 'r1' } });
    for (const domain of ['a.example.org', 'stranger.example.org', 'damaged']) state.change(domain);
    await settle();
    expect(enqueued).to.deep.equal([{ kind: 'Run', name: 'r1' }]);
    await stop();
  });

  it('has the run looked at, too, that works on the app of a canonical', async () => {
    const [leased, idle] = ['leased', 'idle'].map((name) => ({ kind: 'Canonical', name }) as const);
    const { state, enqueued, stop } = bench({ 'a.example.org': leased!, 'b.example.org': idle! });
    for (const domain of ['a.example.org', 'b.example.org']) state.change(domain);
    await settle();
    expect(enqueued).to.have.deep.members([leased, idle, { kind: 'Run', name: 'quick' }]);
    await stop();
  });

  it('ends the stream when it is stopped, once and for all', async () => {
    const { state, enqueued, stop } = bench({ 'a.example.org': { kind: 'Run', name: 'r1' } });
    await Promise.all([stop(), stop()]);
    expect(state.ended).to.equal(true);
    state.change('a.example.org');
    await settle();
    expect(enqueued).to.deep.equal([]);
  });

  it('survives a platform that cannot be watched', async () => {
    const watch = () => Promise.reject(new CcError('Unreachable', 'no events'));
    const stop = followHints({
      platform: { watch },
      claims: { get: async () => undefined },
      leasedBy: async () => undefined,
      enqueue: () => {},
      log: silentLog,
    });
    await stop();
  });
});
