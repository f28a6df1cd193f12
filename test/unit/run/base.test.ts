import { expect } from 'chai';
import { type BaseFacts, chooseBase, quickBase } from '../../../controllers/run/steps/base.ts';
import { parseVersion, type VersionTag } from '../../../lib/recipe/version.ts';

const commit = (letter: string): string => letter.repeat(40);
const version = (tag: string, letter: string): VersionTag => {
  const parsed = parseVersion(tag);
  if (!parsed) throw new Error(tag);
  return { tag, commit: commit(letter), ...parsed };
};
const V1 = version('1.0.0+1.0.0', '1');
const V2 = version('1.1.0+1.1.0', '2');
const V3 = version('2.0.0+2.0.0', '3');
const released = (one: VersionTag) => ({ commit: one.commit, version: one.tag, tag: one.tag });
const known = (one: VersionTag) => ({ commit: one.commit, version: one.tag });
const main = { name: 'main', commit: commit('m') };

const ROWS: readonly [string, Partial<BaseFacts>, object][] = [
  ['the release before', {}, { from: 'Release', commit: V2.commit }],
  ['the known-good goes first', { knownGood: known(V1) }, { from: 'KnownGood', commit: V1.commit }],
  ['T15 a known-good that is head is none', { knownGood: known(V3) }, { from: 'Release', commit: V2.commit }],
  ['a newer known-good is none', { knownGood: known(V3), head: released(V2) }, { from: 'Release', commit: V1.commit }],
  ['nothing older', { head: released(V1) }, { from: 'None', reason: 'NothingToTest' }],
  ['never released', { versions: [], head: { commit: commit('h') }, defaultBranch: main }, { from: 'DefaultBranch' }],
  ['only itself', { versions: [], head: { commit: main.commit }, defaultBranch: main }, { from: 'None' }],
  [
    'an untagged head of the same version upgrades from that release',
    { head: { commit: commit('h'), version: V2.tag } },
    { from: 'Release', commit: V2.commit },
  ],
  ['wanted so', { policy: { policy: 'None' } }, { from: 'None', reason: 'BasePolicyNone' }],
  ['pinned', { policy: { policy: 'Version', version: V1.tag } }, { from: 'Pinned', commit: V1.commit }],
  ['pinned to nothing', { policy: { policy: 'Version', version: '9.0.0' } }, { from: 'None', reason: 'UnknownBase' }],
  ['pinned to head', { policy: { policy: 'Version', version: V3.tag } }, { from: 'None', reason: 'NothingToTest' }],
];

describe('the base of an upgrade', () => {
  for (const [why, given, wanted] of ROWS) {
    it(why, () => {
      const facts: BaseFacts = {
        policy: { policy: 'Auto' },
        head: released(V3),
        knownGood: undefined,
        versions: [V3, V2, V1],
        defaultBranch: undefined,
        ...given,
      };
      expect(chooseBase(facts)).to.deep.include(wanted);
    });
  }
});

describe('the base of a quick run', () => {
  const good = { generation: 'g1', commit: V1.commit, version: V1.tag, source: '/notes' };

  it('is the known-good, also where head is older', () => {
    expect(quickBase(good, released(V2))).to.deep.equal({ from: 'KnownGood', ...released(V1) });
    expect(quickBase({ ...good, ...released(V3) }, released(V1))).to.include({ from: 'KnownGood', commit: V3.commit });
  });

  it('T15 is none where that is head itself', () => {
    expect(quickBase(good, released(V1))).to.include({ from: 'None', reason: 'NothingToTest' });
  });
});
