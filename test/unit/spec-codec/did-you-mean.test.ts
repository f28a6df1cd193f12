import { expect } from 'chai';
import fc from 'fast-check';
import { didYouMean } from '../../../lib/store/did-you-mean.ts';

const FIELDS = ['suspend', 'app', 'update', 'rollback', 'dependsOn', 'provides', 'deletionPolicy', 'seed'];

describe('did you mean', () => {
  for (const [word, expected, reason] of [
    ['supend', 'suspend', 'a letter is missing'],
    ['susspend', 'suspend', 'a letter too many'],
    ['upadte', 'update', 'neighbours are swapped'],
    ['depends_on', 'dependsOn', 'another style of writing'],
    ['DELETIONPOLICY', 'deletionPolicy', 'another case'],
    ['ap', 'app', 'a short word'],
    ['banana', undefined, 'nothing is near'],
    ['x', undefined, 'one letter is no hint'],
    ['', undefined, 'no word at all'],
    ['s'.repeat(1_000_000), undefined, 'too long to be meant'],
  ] as const) {
    it(`${word.slice(0, 20)} gives ${expected}: ${reason}`, () => {
      expect(didYouMean(word, FIELDS)).to.equal(expected);
    });
  }

  it('finds each word itself', () => {
    for (const field of FIELDS) expect(didYouMean(field, FIELDS)).to.equal(field);
  });

  it('answers with a candidate or nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (word, candidates) => {
        expect([undefined, ...candidates]).to.include(didYouMean(word, candidates));
      }),
    );
  });
});
