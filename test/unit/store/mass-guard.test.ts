import { expect } from 'chai';
import fc from 'fast-check';
import { type GuardedObject, massIsGone } from '../../../lib/store/round-judgement.ts';

function objects(owners: number, gone: number, requested = 0): GuardedObject[] {
  return Array.from({ length: owners }, (_, i) => ({ owns: true, gone: i < gone, requested: i < requested }));
}

describe('massIsGone', () => {
  const rows: [string, GuardedObject[], boolean][] = [
    ['nothing there', [], false],
    ['two of two: no mass', objects(2, 2), false],
    ['one of three', objects(3, 1), false],
    ['two of three', objects(3, 2), true],
    ['half of four', objects(4, 2), false],
    ['three of four', objects(4, 3), true],
    ['three of four, one asked for', objects(4, 3, 1), false],
    ['all, all asked for', objects(4, 4, 4), false],
    ['objects that own nothing do not count', objects(4, 4).map((object) => ({ ...object, owns: false })), false],
  ];
  for (const [reason, given, expected] of rows) {
    it(reason, () => {
      expect(massIsGone(given)).to.equal(expected);
    });
  }

  it('one more that is gone never releases', () => {
    const any = fc.array(fc.record({ owns: fc.boolean(), gone: fc.boolean(), requested: fc.boolean() }));
    fc.assert(
      fc.property(any, fc.nat(), (given, pick) => {
        fc.pre(massIsGone(given) && given.length > 0);
        const more = given.map((object, i) => (i === pick % given.length ? { ...object, gone: true } : object));
        expect(massIsGone(more)).to.equal(true);
      }),
    );
  });
});
