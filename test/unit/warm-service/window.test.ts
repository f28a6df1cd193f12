import { expect } from 'chai';
import fc from 'fast-check';
import { windowOf } from '../../../controllers/warm-service/window.ts';
import { CcError } from '../../../lib/errors.ts';
import { scheduleOf } from '../../../lib/schedule.ts';
import { ruleViolations } from '../../../lib/store/spec-codec-validate.ts';

const nightly = { schedule: '30 1 * * *', timeZone: 'Europe/London', duration: '2h' };
const at = (time: string): number => Date.parse(time);

const ROWS: readonly [string, string, object][] = [
  ['winter, before', '2026-01-10T01:29:59Z', { open: false, opensInMs: 1000 }],
  ['winter, at its start', '2026-01-10T01:30:00Z', { open: true }],
  ['winter, its last moment', '2026-01-10T03:29:59Z', { open: true }],
  ['winter, over', '2026-01-10T03:30:00Z', { open: false, opensInMs: 22 * 3_600_000 }],
  ['summer, by the clock on the wall', '2026-07-10T00:30:00Z', { open: true }],
  ['T63 the night that has no 01:30 opens at the first moment after it', '2026-03-29T01:00:00Z', { open: true }],
  ['T63 the night that has no 01:30, before', '2026-03-29T00:59:59Z', { open: false, opensInMs: 1000 }],
  ['T63 the night that has 01:30 twice opens at the first', '2026-10-25T00:30:00Z', { open: true }],
  ['T63 the night that has 01:30 twice, over', '2026-10-25T02:30:00Z', { open: false, opensInMs: 23 * 3_600_000 }],
];

describe('window of upgrades', () => {
  it('none is always open', () => expect(windowOf(undefined, 0)).to.deep.equal({ open: true }));

  for (const [name, time, wanted] of ROWS) it(name, () => expect(windowOf(nightly, at(time))).to.deep.equal(wanted));

  it('is in UTC where nothing is said', () => {
    const window = { schedule: '0 2 * * *', duration: '1h' } as never;
    expect(windowOf(window, at('2026-07-10T02:10:00Z'))).to.deep.equal({ open: true });
  });

  it('is always open where it is longer than the time between two openings', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }), (now) => {
        expect(windowOf({ ...nightly, duration: '26h' }, now)).to.deep.equal({ open: true });
      }),
      { numRuns: 50 },
    );
  });

  it('T63 opens in as long as it says, whenever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }), (now) => {
        const found = windowOf(nightly, now);
        if (found.open) return;
        const opens = now + (found.opensInMs ?? Number.NaN);
        expect(windowOf(nightly, opens)).to.deep.equal({ open: true });
        expect(windowOf(nightly, opens - 1000).open).to.equal(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('schedules', () => {
  for (const bad of [
    '',
    'often',
    '0 2 * *',
    '* * * * * *',
    '61 * * * *',
    '0 0 30 2 *',
    '@daily',
    '2026-01-01T00:00:00',
  ])
    it(`refuses ${JSON.stringify(bad)}`, () =>
      expect(() => scheduleOf(bad, 'UTC'))
        .to.throw(CcError)
        .with.property('code', 'InvalidInput'));

  it('the spec of a service with one of these is told so, with the field', () => {
    const spec = { app: { recipe: 'shop' }, update: { window: { schedule: '0 0 30 2 *', duration: '1h' } } };
    const [found, ...others] = ruleViolations('WarmService', spec);
    expect(found).to.deep.include({ path: ['spec', 'update', 'window', 'schedule'], code: 'WrongValue' });
    expect(others).to.deep.equal([]);
    expect(ruleViolations('Sweep', { schedule: 'often' })).to.have.length(1);
    expect(ruleViolations('Sweep', { schedule: '0 3 * * 0' })).to.deep.equal([]);
  });
});
