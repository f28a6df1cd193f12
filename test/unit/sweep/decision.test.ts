import { expect } from 'chai';
import { type Decision, type DecisionFacts, decideRecipe } from '../../../controllers/sweep/decision.ts';
import { listVersions } from '../../../lib/recipe/version.ts';

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS;
const [OLD, NEW, NEXT] = ['1.0.0+1.0.0', '1.1.0+1.1.0', '1.2.0+1.2.0'] as const;

const tags = (...names: string[]) =>
  listVersions(names.map((tag) => ({ tag, annotated: true, commit: 'a'.repeat(40) }))).versions;
const known = (version: string, days = 1): DecisionFacts['knownGood'] => ({
  state: 'Present',
  version,
  promotedMs: NOW - days * DAY_MS,
});

const ROWS: readonly [string, Partial<DecisionFacts>, Decision][] = [
  ['a new version', {}, { decision: 'Run', reason: 'NewVersion', from: OLD, to: NEW }],
  [
    'the newest of several new ones',
    { versions: tags(OLD, NEW, NEXT) },
    { decision: 'Run', reason: 'NewVersion', from: OLD, to: NEXT },
  ],
  [
    'T15 the version that is known to be good',
    { knownGood: known(NEW) },
    { decision: 'Skip', reason: 'NoNewVersion', from: NEW, to: NEW },
  ],
  [
    'WC6 the same version at another commit is no new one',
    { versions: tags(NEW), knownGood: known(NEW) },
    { decision: 'Skip', reason: 'NoNewVersion', from: NEW, to: NEW },
  ],
  [
    'an older one',
    { versions: tags(OLD), knownGood: known(NEW) },
    { decision: 'Skip', reason: 'NoNewVersion', from: NEW, to: OLD },
  ],
  [
    'a label without the upstream part is the same version',
    { versions: tags(NEW), knownGood: known('1.1.0') },
    { decision: 'Skip', reason: 'NoNewVersion', from: '1.1.0', to: NEW },
  ],
  ['no release', { versions: [] }, { decision: 'Skip', reason: 'NeverReleased', from: OLD }],
  [
    'neither release nor known-good',
    { versions: [], knownGood: { state: 'Absent' } },
    { decision: 'Skip', reason: 'NeverReleased' },
  ],
  ['no known-good', { knownGood: { state: 'Absent' } }, { decision: 'Run', reason: 'NoKnownGood', to: NEW }],
  ['a damaged one', { knownGood: { state: 'Damaged' } }, { decision: 'Run', reason: 'KnownGoodDamaged', to: NEW }],
  [
    'one that is no version',
    { knownGood: known('latest') },
    { decision: 'Run', reason: 'NewVersion', from: 'latest', to: NEW },
  ],
  [
    'one that is as old as may be',
    { knownGood: known(NEW, 30) },
    { decision: 'Skip', reason: 'NoNewVersion', from: NEW, to: NEW },
  ],
  [
    'one that is too old, at the same version',
    { knownGood: known(NEW, 31) },
    { decision: 'Run', reason: 'TooOld', from: NEW, to: NEW },
  ],
  [
    'one that is too old, newer than any release but one that is gone',
    { versions: tags(OLD), knownGood: known(NEW, 31) },
    { decision: 'Skip', reason: 'NoNewVersion', from: NEW, to: OLD },
  ],
  [
    'a new version goes before age',
    { knownGood: known(OLD, 31) },
    { decision: 'Run', reason: 'NewVersion', from: OLD, to: NEW },
  ],
  [
    'T98 a maxAge of nothing proves it each time',
    { knownGood: known(NEW), maxAgeMs: 0 },
    { decision: 'Run', reason: 'TooOld', from: NEW, to: NEW },
  ],
];

describe('decision about a recipe in a sweep', () => {
  for (const [name, facts, wanted] of ROWS)
    it(name, () => {
      const all = { versions: tags(OLD, NEW), knownGood: known(OLD), maxAgeMs: 30 * DAY_MS, now: NOW, ...facts };
      expect(decideRecipe(all)).to.deep.equal(wanted);
    });
});
