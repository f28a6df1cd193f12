import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalStatus } from '../../../controllers/canonical/conditions.ts';
import { type CanonicalFacts, isInBackground, planCanonical } from '../../../controllers/canonical/plan.ts';
import { CcError } from '../../../lib/errors.ts';
import type { PassFailure } from '../../../lib/runtime/reconciler.ts';
import { canonicalView } from '../../builders/canonical-facts.ts';
import { anyCanonicalFacts } from '../../builders/generated-facts.ts';
import { NOW } from '../../builders/run-facts.ts';

const RETRY: PassFailure = {
  error: new CcError('Unreachable', 'x'),
  terminal: false,
  failures: 1,
  retryInMs: 5_000,
  retryAt: NOW + 5_000,
};

/** The reasons for which a canonical rests because nothing is left to do. */
const AT_REST = ['Idle', 'NoKnownGood'];

const statusOf = (facts: CanonicalFacts, failure?: PassFailure) =>
  canonicalStatus({
    view: canonicalView(facts),
    action: planCanonical(facts),
    platform: 'Process',
    failure,
    now: NOW,
  });

describe('the next action of a canonical', () => {
  it('I20 is named whatever was planned, but where nothing is left to do', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (facts) => {
        const action = planCanonical(facts);
        const { nextAction, conditions } = statusOf(facts);
        const isIdle =
          action.type === 'Rest' ? AT_REST.includes(action.reason) : isInBackground(action) && !facts.lease;
        const rests = isIdle && facts.deletion !== 'Missing';
        const active = conditions.some(({ type }) => type === 'Reconciling' || type === 'Stalled');
        if (!rests || active) expect(nextAction).to.include.keys('what', 'reason');
        else expect(nextAction).to.equal(undefined);
      }),
    );
  });

  it('I20 says when its data goes', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (facts) => {
        const action = planCanonical(facts);
        if (action.type !== 'Rest' || action.reason !== 'DataRetention') return;
        expect(Date.parse(statusOf(facts).nextAction?.time ?? '')).to.be.at.least(NOW + action.afterMs - 60_000);
      }),
    );
  });

  it('I20 after a failed pass is another one at the time of the back-off', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (facts) => {
        expect(statusOf(facts, RETRY).nextAction).to.deep.include({
          reason: 'Retrying',
          time: '2030-01-01T00:00:05.000Z',
        });
      }),
    );
  });
});
