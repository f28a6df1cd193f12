import { expect } from 'chai';
import fc from 'fast-check';
import { wallTimeOf } from '../../../controllers/warm-service/conditions.ts';

const START = Date.parse('2030-01-01T00:00:00.000Z');

describe('a time of the running-time counter, as people see it', () => {
  it('is the same at each look, so that the status does not flap', () => {
    const ms = fc.integer({ min: 0, max: 30 * 86_400_000 });
    fc.assert(
      fc.property(ms, ms, ms, (until, first, later) => {
        const shown = wallTimeOf(until, 0, START + first);
        expect(wallTimeOf(until, later, START + first + later)).to.equal(shown);
      }),
    );
  });

  it('is at most half a minute off', () => {
    const ms = fc.integer({ min: 0, max: 30 * 86_400_000 });
    fc.assert(
      fc.property(ms, ms, (until, running) => {
        const exact = START + until - running;
        expect(Math.abs(Date.parse(wallTimeOf(until, running, START)) - exact)).to.be.at.most(30_000);
      }),
    );
  });

  it('T63 moves with the wall clock alone where that jumps: the wait itself does not', () => {
    expect(wallTimeOf(60_000, 0, START)).to.equal('2030-01-01T00:01:00.000Z');
    expect(wallTimeOf(60_000, 0, START + 86_400_000)).to.equal('2030-01-02T00:01:00.000Z');
  });
});
