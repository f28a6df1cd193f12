import { expect } from 'chai';
import fc from 'fast-check';
import { dueDeliveries, isDelivered, isDeliveredToAll, untilNext, withOutcome } from '../../../lib/alerts/delivery.ts';
import { anAlert } from '../../builders/alert.ts';

const one = { key: 'one', name: 'the first' };
const two = { key: 'two', name: 'the second' };
const time = '2030-01-01T00:00:05.000Z';
const failure = { lastFailure: { time, message: 'no' } };

describe('the deliveries of an alert', () => {
  it('a line for each sink from the first outcome on', () => {
    const { deliveries } = withOutcome(anAlert(), [one, two], { sink: one, outcome: failure });
    expect(deliveries).to.deep.equal([
      { sink: 'one', name: 'the first', failures: 1, ...failure },
      { sink: 'two', name: 'the second', failures: 0 },
    ]);
  });

  it('failures are counted, and stay when it was delivered at last', () => {
    const failed = withOutcome(withOutcome(anAlert(), [one], { sink: one, outcome: failure }), [one], {
      sink: one,
      outcome: failure,
    });
    const [line] = withOutcome(failed, [one], { sink: one, outcome: { deliveredTime: time } }).deliveries;
    expect(line).to.include({ failures: 2, deliveredTime: time });
  });

  it('what was delivered stays delivered, and its time with it', () => {
    const done = withOutcome(anAlert(), [one], { sink: one, outcome: { deliveredTime: time } });
    const later = withOutcome(done, [one], { sink: one, outcome: { deliveredTime: '2031-01-01T00:00:00.000Z' } });
    expect(withOutcome(later, [one], { sink: one, outcome: failure }).deliveries).to.deep.equal(done.deliveries);
  });

  it('a sink that is configured no more: kept where it had the alert, else dropped', () => {
    const had = withOutcome(anAlert(), [one, two], { sink: one, outcome: { deliveredTime: time } });
    const three = { key: 'three', name: 'the third' };
    const after = withOutcome(had, [three], { sink: three, outcome: failure });
    expect(after.deliveries.map(({ sink }) => sink)).to.deep.equal(['three', 'one']);
  });

  it('to all: those that are configured now, and never to none', () => {
    const done = withOutcome(anAlert(), [one], { sink: one, outcome: { deliveredTime: time } });
    expect(isDelivered(done, one)).to.equal(true);
    expect(isDeliveredToAll(done, [one])).to.equal(true);
    expect(isDeliveredToAll(done, [one, two])).to.equal(false);
    expect(isDeliveredToAll(done, [])).to.equal(false);
  });
});

describe('the order of deliveries', () => {
  const alerts = ['a', 'b', 'c'].map((id) => anAlert({ id }));
  const ids = (trials: [string, number, number][], nowMs: number): string[] => {
    const map = new Map(trials.map(([id, failures, dueMs]) => [id, { failures, dueMs }]));
    return dueDeliveries(alerts, map, nowMs).map(({ id }) => id);
  };

  it('as they came; one that failed more often later; none before it is due', () => {
    expect(ids([], 0)).to.deep.equal(['a', 'b', 'c']);
    expect(
      ids(
        [
          ['a', 2, 0],
          ['b', 1, 0],
        ],
        0,
      ),
    ).to.deep.equal(['c', 'b', 'a']);
    expect(ids([['a', 1, 10]], 9)).to.deep.equal(['b', 'c']);
    expect(ids([['a', 1, 10]], 10)).to.deep.equal(['b', 'c', 'a']);
  });

  it('the next look: at once for what was never tried, when the first is due, at last after the longest', () => {
    const at = (trials: [string, number][]): number =>
      untilNext(alerts, new Map(trials.map(([id, dueMs]) => [id, { failures: 1, dueMs }])), { nowMs: 5, longest: 60 });
    expect(at([])).to.equal(0);
    expect(
      at([
        ['a', 20],
        ['b', 30],
        ['c', 40],
      ]),
    ).to.equal(15);
    expect(
      at([
        ['a', 500],
        ['b', 500],
        ['c', 500],
      ]),
    ).to.equal(60);
    expect(untilNext([], new Map(), { nowMs: 5, longest: 60 })).to.equal(60);
  });

  it('an alert that is never taken comes after every one that was tried less often', () => {
    const trial = fc.record({ failures: fc.nat(9), dueMs: fc.nat(20) });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), trial), fc.nat(20), (trials, nowMs) => {
        const map = new Map(Object.entries(trials));
        const due = dueDeliveries(alerts, map, nowMs);
        const counts = due.map(({ id }) => map.get(id)?.failures ?? 0);
        expect(counts).to.deep.equal(counts.toSorted((x, y) => x - y));
        expect(due.length).to.equal(alerts.filter(({ id }) => (map.get(id)?.dueMs ?? 0) <= nowMs).length);
      }),
    );
  });
});
