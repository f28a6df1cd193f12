import { expect } from 'chai';
import type { Blame, RunStatus, Verdict } from '../../../lib/api/index.ts';
import { commitStatus } from '../../../lib/forge/answer/status.ts';

type End = [reason: string, verdict: Verdict | undefined, blame: Blame | undefined];

function ended([reason, verdict, blame]: End, mode: 'Cold' | 'Quick' = 'Cold'): RunStatus {
  const status = reason === 'Passed' ? 'True' : 'False';
  const at = { lastTransitionTime: '2026-11-28T20:00:00Z', observedGeneration: 1 };
  const conditions = [{ type: 'Succeeded', status, reason, message: 'x', ...at }] as RunStatus['conditions'];
  return { observedGeneration: 1, conditions, mode, level: 3, ...(verdict && { verdict }), ...(blame && { blame }) };
}

describe('the status of a commit', () => {
  const rows: [End, string, string][] = [
    [['Passed', 'Passed', undefined], 'success', 'cold run: passed, level 3 of 5'],
    [['Failed', 'Failed', 'Recipe'], 'failure', 'cold run: failed, level 3 of 5'],
    [['Failed', 'Failed', 'PreExisting'], 'failure', 'cold run: failed, level 3 of 5'],
    [['Failed', 'Failed', 'Infra'], 'error', 'cold run: failed'],
    [['TimedOut', undefined, 'Recipe'], 'failure', 'cold run: timed out, level 3 of 5'],
    [['InfraError', undefined, 'Infra'], 'error', 'cold run: fault of the infrastructure'],
    [['Cancelled', undefined, undefined], 'error', 'cold run: cancelled'],
    [['TeardownFailed', 'Passed', 'Infra'], 'error', 'cold run: teardown failed'],
    [['TeardownFailed', 'Failed', 'Recipe'], 'failure', 'cold run: teardown failed, level 3 of 5'],
  ];
  for (const [end, state, description] of rows)
    it(`of a run that ended ${end.join(' ')} is ${state}`, () => {
      const view = { state: 'Over', status: ended(end), reference: undefined } as const;
      expect(commitStatus('Cold', view, undefined)).to.deep.equal({ context: 'cc-ci/testme', state, description });
    });

  it('has the context of what was asked, and names what was run', () => {
    const view = { state: 'Over', status: ended(['Passed', 'Passed', undefined]), reference: undefined } as const;
    expect(commitStatus('Quick', view, 'https://x')).to.deep.equal({
      context: 'cc-ci/quick',
      state: 'success',
      description: 'cold run: passed, level 3 of 5',
      url: 'https://x',
    });
  });

  it('is pending until the end, and an error where nobody will hear of one', () => {
    expect(commitStatus('Cold', { state: 'Waiting' }, undefined).state).to.equal('pending');
    expect(commitStatus('Quick', { state: 'Running' }, undefined).state).to.equal('pending');
    expect(commitStatus('Cold', { state: 'Lost', why: 'The Run was deleted' }, undefined).state).to.equal('error');
  });
});
