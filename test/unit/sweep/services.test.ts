import { expect } from 'chai';
import { beforeLook, nextOfService, type ServiceNext, type ServiceSeen } from '../../../controllers/sweep/services.ts';
import type { WarmRecord } from '../../../lib/known-good/warm-record.ts';
import { serviceRow } from '../../builders/sweep-facts.ts';

const MINUTE_MS = 60_000;
const [A, B] = [
  { version: '1.0.0+1.0.0', commit: 'a'.repeat(40) },
  { version: '1.1.0+1.1.0', commit: 'b'.repeat(40) },
];
const good = (of: typeof A): NonNullable<WarmRecord['lastGood']> => ({
  ...of,
  ...{ format: 1, source: '/x', operation: 'w', time: '' },
});
const readyFalse = (reason: string): Pick<WarmRecord, 'conditions'> => ({
  conditions: [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime: '', observedGeneration: 1 }],
});
const upgrade = { type: 'Upgrade', steps: { done: [], undone: [] } };
const lost = { type: 'RollBack', steps: { done: [], undone: ['Close'], failure: { reason: 'x', message: '' } } };
const BEFORE = { atRunningMs: MINUTE_MS - 1, session: 's' };
const ASKED = { ...beforeLook({ lastGood: good(A), newest: BEFORE }), atRunningMs: MINUTE_MS, sent: true } as const;
/** Running time goes back a little where a controller is killed: the look is a later one all the same. */
const LOOK = { atRunningMs: MINUTE_MS - 2, session: 't' };
/** It has looked right after it was asked, found nothing, and runs. */
const LOOKED: WarmRecord = { lastGood: good(A), newest: { ...LOOK, latest: A, target: A } };

const ROWS: readonly [string, Partial<WarmRecord>, number, ServiceNext][] = [
  ['nothing newer', {}, 2, { next: 'End', result: 'Current', from: A.version }],
  [
    'only what is passed over',
    { newest: { ...LOOK, latest: B, stays: 'PassedOver' } },
    2,
    { next: 'End', result: 'Current', reason: 'PassedOver', from: A.version },
  ],
  ['a look from before it was asked does not count', { newest: { ...BEFORE, latest: A } }, 2, { next: 'Wait' }],
  [
    'T10 one that never looks is waited for ten minutes',
    { newest: { ...BEFORE, latest: A } },
    11,
    { next: 'End', result: 'Failed', reason: 'NotLooked' },
  ],
  [
    'and says why it does not',
    { newest: { ...BEFORE, latest: A }, ...readyFalse('DependsOn') },
    11,
    { next: 'End', result: 'Failed', reason: 'DependsOn' },
  ],
  ['an upgrade is waited for', { operation: upgrade }, 60, { next: 'Wait' }],
  ['but not for ever', { operation: upgrade }, 181, { next: 'End', result: 'Failed', reason: 'NotSettled' }],
  [
    'upgraded',
    { lastGood: good(B), newest: { ...LOOK, latest: B, target: B } },
    20,
    { next: 'End', result: 'Upgraded', from: A.version, to: B.version },
  ],
  [
    'upgraded, and the status does not say so yet',
    { lastGood: good(B), newest: { ...LOOK, latest: B, target: B }, ...readyFalse('Upgrade') },
    20,
    { next: 'Wait' },
  ],
  [
    'upgraded, and not healthy',
    { lastGood: good(B), newest: { ...LOOK, latest: B, target: B }, ...readyFalse('Unhealthy') },
    20,
    { next: 'End', result: 'Failed', reason: 'Unhealthy', from: A.version },
  ],
  [
    'rolled back',
    {
      history: [{ version: B.version, result: 'RolledBack', time: 't' }],
      newest: { ...LOOK, latest: B },
    },
    20,
    { next: 'End', result: 'RolledBack', from: A.version, to: B.version },
  ],
  ['that cannot go back', { operation: lost }, 2, { next: 'End', result: 'Failed', reason: 'RollbackFailed' }],
  [
    'held',
    { newest: { ...LOOK, latest: B, held: B } },
    2,
    { next: 'End', result: 'Held', from: A.version, to: B.version },
  ],
  ['a newer one is about to begin', { newest: { ...LOOK, latest: B, target: B } }, 1.5, { next: 'Wait' }],
  [
    'a newer one does not begin',
    { newest: { ...LOOK, latest: B, target: B } },
    3,
    { next: 'End', result: 'Skipped', reason: 'NotBegun', from: A.version, to: B.version },
  ],
  [
    'a newer one could not be prepared',
    { newest: { ...LOOK, latest: B, target: B }, postponed: { message: '' } },
    3,
    { next: 'End', result: 'Failed', reason: 'Postponed', from: A.version, to: B.version },
  ],
  [
    'a newer one waits for runs',
    { newest: { ...LOOK, latest: B, target: B }, waits: { commit: B.commit } },
    30,
    { next: 'Wait' },
  ],
  ['not healthy', readyFalse('Unhealthy'), 2, { next: 'End', result: 'Failed', reason: 'Unhealthy', from: A.version }],
  [
    'never released',
    { newest: { ...LOOK } },
    2,
    { next: 'End', result: 'Skipped', reason: 'NeverReleased', from: A.version },
  ],
];

describe('a warm service in a sweep', () => {
  const there = (record: WarmRecord, more: Partial<ServiceSeen & { state: 'There' }> = {}): ServiceSeen => ({
    ...{ state: 'There', isAsked: false, record, hasWindow: false },
    ...more,
  });

  for (const [name, record, minutes, wanted] of ROWS)
    it(name, () => {
      const row = serviceRow({ asked: ASKED });
      expect(nextOfService(row, there({ ...LOOKED, ...record }), minutes * MINUTE_MS)).to.deep.equal(wanted);
    });

  it('is asked first, whatever it was found to be before', () => {
    expect(nextOfService(serviceRow(), there(LOOKED), 0)).to.deep.equal({ next: 'Ask' });
  });

  it('T50 is asked again where nobody knows whether the request was sent', () => {
    const { sent: _sent, ...asked } = ASKED;
    expect(nextOfService(serviceRow({ asked }), there(LOOKED), 0)).to.deep.equal({ next: 'Ask' });
  });

  it('is waited for while it has not taken up the request', () => {
    const row = serviceRow({ asked: ASKED });
    expect(nextOfService(row, there(LOOKED, { isAsked: true }), 2 * MINUTE_MS)).to.deep.equal({ next: 'Wait' });
  });

  it('says that it waits for its window', () => {
    const record = { ...LOOKED, newest: { ...LOOK, latest: B, target: B } };
    const next = nextOfService(serviceRow({ asked: ASKED }), there(record, { hasWindow: true }), 3 * MINUTE_MS);
    expect(next).to.include({ result: 'Skipped', reason: 'Window' });
  });

  for (const state of ['Removed', 'Suspended', 'NotAccepted'] as const)
    it(`that is ${state} is skipped`, () => {
      expect(nextOfService(serviceRow(), { state }, 0)).to.deep.equal({
        next: 'End',
        result: 'Skipped',
        reason: state,
      });
    });

  it('T84 that nobody can read has failed', () => {
    expect(nextOfService(serviceRow(), { state: 'Damaged' }, 0)).to.include({
      result: 'Failed',
      reason: 'DamagedRecord',
    });
  });

  it('an end of before is told from one of now', () => {
    const before: WarmRecord = { ...LOOKED, history: [{ version: B.version, result: 'RolledBack', time: 't' }] };
    const asked = { ...ASKED, ...beforeLook({ ...before, newest: BEFORE }) };
    expect(nextOfService(serviceRow({ asked }), there(before), 2 * MINUTE_MS)).to.include({ result: 'Current' });
  });
});
