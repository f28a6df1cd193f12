import { expect } from 'chai';
import { outcomeOf } from '../../../controllers/run/attempt.ts';
import { runRefusal } from '../../../controllers/run/spec-changes.ts';
import { timeoutsOf } from '../../../controllers/run/steps/timeouts.ts';
import type { TestResult } from '../../../lib/api/index.ts';
import { resolvedRun } from '../../builders/resolved-run.ts';
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
  [
    'a base that does not come up is not the change',
    { Install: { result: 'Failed', reason: 'BaseInstallFailed' } },
    { verdict: 'Failed', blame: 'PreExisting', level: 0 },
  ],
  [
    'what is red beside it is',
    { Lint: { result: 'Failed', reason: 'LintErrors' }, Install: { result: 'Failed', reason: 'BaseInstallFailed' } },
    { verdict: 'Failed', blame: 'Recipe' },
  ],
  ['a route to nowhere', { Install: { result: 'Failed', reason: 'NoRouter' } }, { blame: 'Recipe' }],
  ['our configuration', { Prepare: { result: 'Failed', reason: 'UntrustedRecipe' } }, { blame: 'Configuration' }],
  ['a lint error', { Lint: { result: 'Failed', reason: 'LintErrors' } }, { verdict: 'Failed', level: 4 }],
  ['teardown does not count', { Teardown: 'Failed' }, { verdict: 'Passed' }],
];

describe('the outcome of the tests', () => {
  for (const [why, results, wanted] of ROWS) {
    it(why, () => {
      const { stages } = runProgress({ ...ALL_PASSED, ...results });
      expect(outcomeOf(stages, resolvedRun())).to.deep.include(wanted);
    });
  }

  for (const [count, expected] of [
    [0, 1],
    [2, 1],
    [1, 2],
  ] as const) {
    const deploys = { count, expected };
    it(`R4 ${count} deploys, ${expected} expected, that the platform showed are not the one that was expected`, () => {
      const { stages } = runProgress(ALL_PASSED);
      expect(outcomeOf(stages, resolvedRun(), { count: 2, expected: 2 })).to.include({ verdict: 'Passed' });
      expect(outcomeOf(stages, resolvedRun(), deploys)).to.include({
        verdict: 'Failed',
        reason: 'Failed',
        blame: 'Infra',
      });
      const { stages: red } = runProgress({ ...ALL_PASSED, Upgrade: { result: 'Failed', reason: 'CrashLoop' } });
      expect(outcomeOf(red, resolvedRun(), deploys)).to.include({ blame: 'Recipe' });
    });
  }
});

describe('a required test that was skipped', () => {
  const resolved = resolvedRun();
  const ci = { ...resolved.ci, tests: [{ name: 'login', http: {}, required: true }] } as typeof resolved.ci;
  const skipped = (test: Partial<TestResult>): object => {
    const tests: TestResult[] = [{ name: 'login', result: 'Skipped', ...test }];
    const { stages } = runProgress({ ...ALL_PASSED, Custom: { result: 'Passed', tests } });
    return outcomeOf(stages, { ...resolved, ci });
  };

  it('for a service that is not served is the configuration’s', () => {
    expect(skipped({ reason: 'DependencyNotServed' })).to.include({ verdict: 'Failed', blame: 'Configuration' });
  });

  it('T100 is the recipe’s, whatever the test says of itself', () => {
    expect(skipped({ message: 'DependencyNotServed: no sso' })).to.include({ verdict: 'Failed', blame: 'Recipe' });
  });
});

describe('an edit of a run after its start', () => {
  const resolved = resolvedRun();

  const started = { started: true, resolved: undefined };
  const accepted = { spec: storedRun().spec, digest: 'd1', generation: 1 };
  const refused = { reason: 'ImmutableField' } as const;

  it('of what may change is in force', () => {
    const run = storedRun({ accepted }, { ttlAfterFinished: '1h', suspend: true });
    expect(runRefusal(run, started)).to.equal(undefined);
  });

  it('of anything else is not, by what was accepted, before it is frozen too', () => {
    expect(runRefusal(storedRun({ accepted }, { ref: 'main' }), started)).to.deep.include(refused);
    const moved = storedRun({ accepted: { ...accepted, spec: storedRun({}, { ref: 'main' }).spec } });
    expect(runRefusal(moved, { started: true, resolved })).to.deep.include(refused);
  });

  it('of a run that an older version started is compared with what it froze', () => {
    expect(runRefusal(storedRun({}, { ref: 'main' }), { started: true, resolved })).to.deep.include(refused);
  });

  it('before the start is in force', () => {
    expect(runRefusal(storedRun({ accepted }, { ref: 'main' }), { ...started, started: false })).to.equal(undefined);
  });

  it('does not change its deadlines', () => {
    expect(timeoutsOf({ timeouts: { total: '1s' } }, resolved).total).to.equal(3_600_000);
  });
});
