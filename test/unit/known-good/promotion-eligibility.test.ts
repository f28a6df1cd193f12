import { expect } from 'chai';
import * as fc from 'fast-check';
import { type EligibilityFacts, promotionEligibility } from '../../../lib/known-good/promotion-eligibility.ts';

const eligible: EligibilityFacts = {
  green: true,
  pullRequest: false,
  envOverridden: false,
  promotion: 'Auto',
  canonical: { source: 's', suspended: false },
  source: 's',
  headCommit: 'c1',
  tagCommit: 'c1',
  knownGood: { commit: 'c0', comparison: 1 },
};

const without = (key: 'canonical' | 'tagCommit' | 'knownGood'): EligibilityFacts => {
  const { [key]: _left, ...rest } = eligible;
  return rest;
};

describe('promotionEligibility', () => {
  const rows: readonly (readonly [string, EligibilityFacts, string])[] = [
    ['newer than the known-good', eligible, 'eligible'],
    ['no known-good yet', without('knownGood'), 'eligible'],
    ['the same version and commit again', { ...eligible, knownGood: { commit: 'c1', comparison: 0 } }, 'eligible'],
    ['a red run', { ...eligible, green: false }, 'NotGreen'],
    ['a pull request', { ...eligible, pullRequest: true }, 'PullRequest'],
    ['env of its own', { ...eligible, envOverridden: true }, 'EnvOverridden'],
    ['told not to', { ...eligible, promotion: 'Never' }, 'PromotionNever'],
    ['a recipe that is not enrolled', without('canonical'), 'NotEnrolled'],
    ['a fork', { ...eligible, source: 'fork' }, 'OtherSource'],
    ['a suspended Canonical', { ...eligible, canonical: { source: 's', suspended: true } }, 'Suspended'],
    ['a branch', without('tagCommit'), 'NotReleased'],
    ['T14 a head beyond the tag', { ...eligible, tagCommit: 'c2' }, 'NotReleased'],
    ['an older version', { ...eligible, knownGood: { commit: 'c0', comparison: -1 } }, 'OlderThanKnownGood'],
    ['a tag that moved', { ...eligible, knownGood: { commit: 'c0', comparison: 0 } }, 'TagMoved'],
  ];
  for (const [what, facts, expected] of rows) {
    it(`${what}: ${expected}`, () => {
      const found = promotionEligibility(facts);
      expect(found.eligible ? 'eligible' : found.reason).to.equal(expected);
    });
  }

  it('I4 no run is eligible that any single rule forbids', () => {
    const forbidding = rows.filter(([, , expected]) => expected !== 'eligible').map(([, facts]) => facts);
    fc.assert(
      fc.property(fc.constantFrom(...forbidding), fc.constantFrom(...forbidding), (one, two) => {
        const changed = Object.entries(two).filter(([key, value]) => value !== eligible[key as keyof EligibilityFacts]);
        expect(promotionEligibility({ ...one, ...Object.fromEntries(changed) }).eligible).to.equal(false);
      }),
    );
  });
});
