import { expect } from 'chai';
import { outcomeOf } from '../../../controllers/run/attempt.ts';
import { timeoutsOf } from '../../../controllers/run/pass.ts';
import { immutableChanges } from '../../../controllers/run/spec-changes.ts';
import { frozenRun } from '../../builders/frozen-run.ts';
import { ALL_PASSED, runProgress } from '../../builders/run-facts.ts';
import { storedRun } from '../../builders/stored-object.ts';

type Results = Parameters<typeof runProgress>[0];

const ROWS: readonly [string, Results, object][] = [
  ['all passed', {}, { reason: 'Passed', verdict: 'Passed', level: 5 }],
  ['nothing to test does not cap', { Upgrade: { result: 'Skipped', reason: 'NothingToTest' } }, { level: 5 }],
  ['a volume without labels caps', { Backup: { result: 'Skipped', reason: 'NoBackupLabels' } }, { level: 2 }],
  [
    'unproven is not red',
    { Restore: { result: 'Unverified', reason: 'NoVerifyHook' } },
    { verdict: 'Passed', level: 2 },
  ],
  [
    'the recipe',
    { Upgrade: { result: 'Failed', reason: 'CrashLoop' } },
    { verdict: 'Failed', blame: 'Recipe', level: 1 },
  ],
  ['a deadline is the recipe', { Install: { result: 'Failed', reason: 'DeadlineExceeded' } }, { blame: 'Recipe' }],
  ['our configuration', { Prepare: { result: 'Failed', reason: 'UntrustedRecipe' } }, { blame: 'Configuration' }],
  ['a lint error', { Lint: { result: 'Failed', reason: 'LintErrors' } }, { verdict: 'Failed', level: 4 }],
  ['teardown does not count', { Teardown: 'Failed' }, { verdict: 'Passed' }],
];

describe('the outcome of the tests', () => {
  for (const [why, results, wanted] of ROWS) {
    it(why, () => {
      const { stages } = runProgress({ ...ALL_PASSED, ...results });
      expect(outcomeOf(stages, frozenRun())).to.deep.include(wanted);
    });
  }
});

describe('an edit of a run after its start', () => {
  const frozen = frozenRun();

  it('of what may change is none', () => {
    expect(immutableChanges(storedRun({}, { ttlAfterFinished: '1h', suspend: true }), frozen)).to.deep.equal([]);
  });

  it('is named, sorted', () => {
    const changes = immutableChanges(storedRun({}, { ref: 'main', env: { A: 'b' } }), frozen);
    expect(changes).to.deep.equal(['spec.env', 'spec.ref']);
  });

  it('before it is frozen is none', () => {
    expect(immutableChanges(storedRun({}, { ref: 'main' }), undefined)).to.deep.equal([]);
  });

  it('does not change its deadlines', () => {
    expect(timeoutsOf({ timeouts: { total: '1s' } }, frozen).total).to.equal(3_600_000);
  });
});
