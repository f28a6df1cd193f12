import { expect } from 'chai';
import fc from 'fast-check';
import type { StageName, StageReason, StageResult, StageState } from '../../../lib/api/generated/types.ts';
import { COLD_STAGES, QUICK_STAGES } from '../../../lib/run-record/stages.ts';
import { levelOf, unmetTests, verdictOf } from '../../../lib/run-record/verdict.ts';

type Outcome = StageState | `Skipped/${string}`;

/** A cold run in which everything passed, but for what is named. */
function cold(outcomes: Partial<Record<StageName, Outcome>> = {}): StageResult[] {
  return stagesOf(COLD_STAGES, outcomes);
}

function stagesOf(names: readonly StageName[], outcomes: Partial<Record<StageName, Outcome>>): StageResult[] {
  return names.map((name) => {
    const [result, reason] = (outcomes[name] ?? 'Passed').split('/') as [StageState, StageReason | undefined];
    return { name, result, ...(reason === undefined ? {} : { reason }) };
  });
}

const nothing = 'Skipped/NothingToTest';

describe('levelOf', () => {
  const rows: [string, Partial<Record<StageName, Outcome>>, number, string[]?][] = [
    ['everything passed', {}, 5],
    [
      'install failed, the rest never ran',
      { Install: 'Failed', Upgrade: 'Skipped/InstallFailed', Custom: 'Skipped/InstallFailed' },
      0,
    ],
    ['a failed upgrade caps, later stages that passed do not help', { Upgrade: 'Failed' }, 1],
    ['a failed backup', { Backup: 'Failed' }, 2],
    ['backup alone is not the rung', { Restore: 'Failed' }, 2],
    ['a failed custom test', { Custom: 'Failed' }, 3],
    ['a lint error leaves level 4 at most', { Lint: 'Failed' }, 4],
    ['lint that could not be made', { Lint: 'Unverified' }, 4],
    ['no older version does not cap', { Upgrade: nothing }, 5],
    ['no volumes does not cap', { Backup: nothing, Restore: nothing }, 5],
    ['no tests does not cap', { Custom: nothing }, 5],
    ['a rung that was skipped is not reached', { Custom: nothing, Lint: 'Failed' }, 3],
    [
      'nothing but install',
      { Upgrade: nothing, Backup: nothing, Restore: nothing, Custom: nothing, Lint: 'Failed' },
      1,
    ],
    ['volumes without a backup label cap', { Backup: 'Skipped/NoBackupLabel', Restore: 'Skipped/NoBackupLabel' }, 2],
    [
      'an expected skip does not cap',
      { Backup: 'Skipped/NoBackupLabel', Restore: 'Skipped/NoBackupLabel' },
      5,
      ['Backup', 'Restore'],
    ],
    [
      'an expected skip of one stage does not cover its neighbour',
      { Backup: 'Skipped/NoBackupLabel', Restore: 'Skipped/NoBackupLabel' },
      2,
      ['Backup'],
    ],
    ['an expected skip does not excuse a failure', { Upgrade: 'Failed' }, 1, ['Upgrade']],
    ['an unverified restore caps', { Restore: 'Unverified' }, 2],
    ['an unverified backup caps', { Backup: 'Unverified' }, 2],
    ['an unverified upgrade caps', { Upgrade: 'Unverified' }, 1],
    ['a stage under way caps', { Upgrade: 'Running' }, 1],
    ['teardown and promotion do not count', { Teardown: 'Failed', Promote: 'Skipped' }, 5],
  ];
  for (const [why, outcomes, level, expected = []] of rows) {
    it(`${level}: ${why}`, () => {
      expect(
        levelOf(
          cold(outcomes),
          expected.map((stage) => ({ stage, reason: 'known' }) as never),
        ),
      ).to.equal(level);
    });
  }

  it('a quick run proves install and upgrade at most', () => {
    expect(levelOf(stagesOf(QUICK_STAGES, {}))).to.equal(2);
    expect(levelOf(stagesOf(QUICK_STAGES, { Upgrade: 'Failed' }))).to.equal(1);
    expect(levelOf(stagesOf(QUICK_STAGES, { Reattach: 'Failed' }))).to.equal(0);
  });

  it('is 0 before anything ran', () => {
    expect(levelOf([])).to.equal(0);
  });
});

describe('verdictOf', () => {
  const rows: [string, Partial<Record<StageName, Outcome>>, ReturnType<typeof verdictOf>][] = [
    ['everything passed', {}, 'Passed'],
    ['one failed stage', { Upgrade: 'Failed' }, 'Failed'],
    ['a lint error turns the run red', { Lint: 'Failed' }, 'Failed'],
    [
      'skips and doubts lower the level only',
      { Backup: 'Skipped/NoBackupLabel', Restore: 'Unverified', Lint: 'Unverified' },
      'Passed',
    ],
    ['T37 a failed teardown does not turn the verdict red', { Teardown: 'Failed', Promote: 'Failed' }, 'Passed'],
    ['teardown under way', { Teardown: 'Running', Promote: 'Pending' }, 'Passed'],
    ['a stage is still pending', { Custom: 'Pending' }, undefined],
    ['a failed stage while others are pending', { Install: 'Failed', Custom: 'Pending' }, undefined],
    ['interrupted by a shutdown', { Upgrade: 'Interrupted' }, undefined],
    ['Prepare failed, the rest skipped', { Prepare: 'Failed', Install: 'Skipped/PrepareFailed' }, 'Failed'],
  ];
  for (const [why, outcomes, verdict] of rows) {
    it(`${verdict}: ${why}`, () => {
      expect(verdictOf(cold(outcomes))).to.equal(verdict);
    });
  }

  it('is absent before anything ran', () => {
    expect(verdictOf([])).to.equal(undefined);
  });

  const withTests = (...tests: NonNullable<StageResult['tests']>): StageResult[] =>
    cold().map((stage) => (stage.name === 'Custom' ? { ...stage, tests } : stage));

  it('T31 a required test that was skipped fails the run', () => {
    const stages = withTests({ name: 'login', result: 'Skipped' });
    expect(verdictOf(stages, [{ name: 'login', required: true }])).to.equal('Failed');
    expect(verdictOf(stages, [{ name: 'login' }])).to.equal('Failed');
    expect(verdictOf(stages, [{ name: 'login', required: false }])).to.equal('Passed');
  });

  it('T31 a required test that never ran fails the run, also when its stage was skipped', () => {
    expect(verdictOf(cold(), [{ name: 'login' }])).to.equal('Failed');
    expect(verdictOf(cold({ Custom: nothing }), [{ name: 'login' }])).to.equal('Failed');
  });

  it('a failed test fails the run, required or not', () => {
    const stages = withTests({ name: 'extra', result: 'Failed' }, { name: 'home', result: 'Passed' });
    expect(verdictOf(stages, [{ name: 'home' }])).to.equal('Failed');
  });

  it('a test that passed once and failed once did not pass', () => {
    const stages = withTests({ name: 'home', result: 'Passed' }, { name: 'home', result: 'Skipped' });
    expect(unmetTests(stages, [{ name: 'home' }])).to.deep.equal(['home']);
  });
});

describe('level and verdict in general', () => {
  const RANK: readonly Outcome[] = ['Failed', 'Unverified', 'Skipped/Other', nothing, 'Passed'];
  const counted = COLD_STAGES.filter((name) => name !== 'Teardown' && name !== 'Promote');
  const outcome = fc.constantFrom(...RANK);
  const outcomes = fc.record(Object.fromEntries(counted.map((name) => [name, outcome])));

  it('making a stage worse never raises the level and never turns red to green', () => {
    fc.assert(
      fc.property(outcomes, fc.constantFrom(...counted), outcome, (before, name, worse) => {
        fc.pre(RANK.indexOf(worse) < RANK.indexOf(before[name] as Outcome));
        const after = { ...before, [name]: worse };
        expect(levelOf(cold(after))).to.be.at.most(levelOf(cold(before)));
        if (verdictOf(cold(before)) === 'Failed') expect(verdictOf(cold(after))).to.equal('Failed');
      }),
      { numRuns: 500 },
    );
  });

  it('level 5 is never red, and red with lint alone is level 4 at most', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const stages = cold({ ...all, Prepare: 'Passed' });
        if (levelOf(stages) === 5) expect(verdictOf(stages)).to.equal('Passed');
        if (all.Lint === 'Failed') expect(levelOf(stages)).to.be.at.most(4);
      }),
    );
  });

  it('the order in which stages are listed does not matter', () => {
    fc.assert(
      fc.property(outcomes, fc.shuffledSubarray([...COLD_STAGES], { minLength: COLD_STAGES.length }), (all, order) => {
        expect(levelOf(stagesOf(order, all))).to.equal(levelOf(cold(all)));
      }),
    );
  });
});
