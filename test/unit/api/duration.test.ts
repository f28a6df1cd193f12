import { expect } from 'chai';
import { parseDuration, tryParseDuration } from '../../../lib/api/duration.ts';

const cases: [text: string, durationMs: number, reason: string][] = [
  ['90s', 90_000, 'seconds above a minute'],
  ['10m', 600_000, 'm is minutes, not milliseconds'],
  ['500ms', 500, 'ms is milliseconds, not minutes and seconds'],
  ['7d', 604_800_000, 'days'],
  ['1h30m', 5_400_000, 'two units'],
  ['1d2h3m4s5ms', 93_784_005, 'all units'],
  ['0s', 0, 'nothing'],
];

describe('durations', () => {
  for (const [text, durationMs, reason] of cases) {
    it(`reads ${text}: ${reason}`, () => {
      expect(parseDuration(text)).to.equal(durationMs);
    });
  }

  for (const text of ['', '5', 's', '5 m', '-5m', '1.5h', '5M', '5m1h', '5m5m', '10min', '9999999d', ' 5m', '5m\n']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(tryParseDuration(text)).to.equal(undefined);
      expect(() => parseDuration(text)).to.throw(RangeError);
    });
  }

  it('stays within what a date can hold', () => {
    expect(() => new Date(Date.UTC(2100, 0) + parseDuration('999999d')).toISOString()).not.to.throw();
  });
});
