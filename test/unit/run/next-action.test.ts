import { expect } from 'chai';
import fc from 'fast-check';
import { nextActionOf, runStatus } from '../../../controllers/run/conditions.ts';
import { planRun, type RunFacts } from '../../../controllers/run/plan.ts';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CcError, TerminalError } from '../../../lib/errors.ts';
import type { PassFailure } from '../../../lib/runtime/reconciler.ts';
import { anyRunFacts } from '../../builders/generated-facts.ts';
import { NOW } from '../../builders/run-facts.ts';
import { storedRun } from '../../builders/stored-object.ts';

const RETRY: PassFailure = {
  error: new CcError('Unreachable', 'x'),
  terminal: false,
  failures: 1,
  retryInMs: 5_000,
  retryAt: NOW + 5_000,
};
const STALLED: PassFailure = { error: new TerminalError('NoSource', 'x'), terminal: true, failures: 1 };

/** The status that the reconciler would show after planning from these facts. */
function statusOf(facts: RunFacts, failure?: PassFailure): RunStatus {
  const { journal, progress } = facts;
  const action = planRun(facts);
  return runStatus({
    object: storedRun(),
    journal,
    progress,
    resolved: undefined,
    platform: 'Process',
    artifacts: 'runs/notes-uidnotes',
    queue: undefined,
    suspended: facts.suspended && journal.step === 'Pending',
    next: nextActionOf({ journal, action, now: NOW, waitingFor: undefined, failure }),
    failure,
    now: NOW,
  });
}

/** Succeeded is left and something of the app may be there, or a condition says that work goes on. */
const isActive = ({ conditions }: RunStatus): boolean => {
  const is = (wanted: string): boolean => conditions.some(({ type, status }) => `${type}=${status}` === wanted);
  const ended = !is('Succeeded=Unknown');
  return is('Reconciling=True') || is('Stalled=True') || (ended && is('TornDown=False'));
};

describe('the next action of a run', () => {
  it('I20 is named by every run that is not at rest, whatever was planned', () => {
    fc.assert(
      fc.property(anyRunFacts, (facts) => {
        const { nextAction, ...status } = statusOf(facts);
        if (isActive(status)) expect(nextAction).to.include.keys('what', 'reason');
      }),
    );
  });

  it('I20 says when wherever the plan itself waits for a time', () => {
    fc.assert(
      fc.property(anyRunFacts, (facts) => {
        const action = planRun(facts);
        const waits = action.type === 'WaitForRetry' || (action.type === 'Rest' && action.reason === 'HeldForALook');
        if (waits) expect(statusOf(facts).nextAction?.time).to.be.a('string');
      }),
    );
  });

  it('I20 after a failed pass is another one at the time of the back-off', () => {
    fc.assert(
      fc.property(anyRunFacts, (facts) => {
        expect(statusOf(facts, RETRY).nextAction).to.deep.include({
          reason: 'Retrying',
          time: '2030-01-01T00:00:05.000Z',
        });
        expect(statusOf(facts, STALLED).nextAction).to.deep.include({ reason: 'Stalled' });
      }),
    );
  });
});
