import { expect } from 'chai';
import type { Condition } from '../../../lib/api/generated/types.ts';
import { CcError, TerminalError } from '../../../lib/errors.ts';
import { unseenStatus } from '../../../lib/runtime/shown-failure.ts';
import { enrolledCanonical, storedCanonical, storedRun } from '../../builders/stored-object.ts';

const BEFORE = '2029-12-31T00:00:00.000Z';
const NOW = Date.UTC(2030, 0, 1);
const TIME = '2030-01-01T00:00:00.000Z';

function condition(type: Condition['type'], status: Condition['status'], reason: string): Condition {
  return { type, status, reason, message: '', lastTransitionTime: BEFORE, observedGeneration: 1 };
}

describe('the status of an object that cannot be observed', () => {
  const journal = { conditions: [condition('Accepted', 'True', 'Valid'), condition('Ready', 'True', 'KnownGood')] };
  const again = { error: new CcError('Unreachable', 'no answer'), terminal: false, failures: 1, retryAt: NOW + 1_000 };
  const pass = { signal: new AbortController().signal, leavePool: () => {} };
  const draft = { object: enrolledCanonical(), journal, pass, save: async () => {} };
  const words = ({ conditions }: { conditions: Condition[] }): string[] =>
    conditions.map(
      ({ type, status, reason, lastTransitionTime }) => `${type} ${status} ${reason} ${lastTransitionTime}`,
    );

  it('is what was shown last with the failure, and when it is tried again', () => {
    const shown = { observedGeneration: 1, conditions: journal.conditions, domain: 'warm.example.org' };
    const status = unseenStatus(draft, { shown, failure: again, now: NOW });
    expect(status).to.include({ domain: 'warm.example.org', observedGeneration: 1 });
    expect(status.nextAction).to.deep.include({ reason: 'Retrying', time: '2030-01-01T00:00:01.000Z' });
    expect(words(status)).to.deep.equal([
      `Accepted True Valid ${BEFORE}`,
      `Ready True KnownGood ${BEFORE}`,
      `Reconciling True Retrying ${TIME}`,
    ]);
  });

  it('says of one that this process has never seen that nobody knows', () => {
    const status = unseenStatus(draft, { shown: undefined, failure: again, now: NOW });
    expect(words(status).slice(0, 2)).to.deep.equal([
      `Accepted True Valid ${BEFORE}`,
      `Ready Unknown NotVerified ${TIME}`,
    ]);
    const run = { ...draft, object: storedRun(), journal: {} };
    expect(words(unseenStatus(run, { shown: undefined, failure: again, now: NOW }))).to.deep.equal([
      `Reconciling True Retrying ${TIME}`,
      `Succeeded Unknown NotVerified ${TIME}`,
    ]);
  });

  it('shows one failure, whatever was shown before it', () => {
    const conditions = [condition('Reconciling', 'True', 'Verify'), condition('Stalled', 'True', 'SeedFailed')];
    const failure = { error: new TerminalError('NoSource', 'x'), terminal: true, failures: 1 };
    const status = unseenStatus(
      { ...draft, journal: { conditions } },
      { shown: { observedGeneration: 1, conditions }, failure, now: NOW },
    );
    expect(words(status)).to.deep.equal([`Stalled True NoSource ${BEFORE}`]);
    expect(status.nextAction?.reason).to.equal('Stalled');
  });

  it('shows the request that was answered last, and the generation that is in force', () => {
    const lastHandledRequest = { id: '1', verb: 'retry', time: TIME, result: 'Done', message: '' } as const;
    const object = { ...enrolledCanonical(), ...storedCanonical({ validGeneration: 3, lastHandledRequest }) };
    const accepted = { spec: object.spec, digest: 'd1', generation: 2 };
    const facts = { shown: undefined, failure: again, now: NOW };
    const status = unseenStatus({ ...draft, object: { ...object, accepted } }, facts);
    expect(status).to.deep.include({ observedGeneration: 2, lastHandledRequest });
  });
});
