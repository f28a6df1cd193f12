import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { exitOfOutcomes, failuresOf, type RunOutcome, rateLines } from '../../../lib/cli/flake-rate.ts';

const run = (number: number, exitCode: RunOutcome['exitCode'], ...failures: string[]): RunOutcome => ({
  target: `run/r-${number}`,
  exitCode,
  failures,
});

describe('the rate of a flake', () => {
  for (const [what, outcomes, lines, code] of [
    ['all passed', [run(1, 0), run(2, 0)], ['2 of 2 runs passed (100 %)'], 0],
    [
      'none passed: that is no flake',
      [run(1, 1, 'Upgrade (CrashLoop)')],
      ['0 of 1 runs passed (0 %)', 'Upgrade (CrashLoop) failed in 1 of 1 (100 %): run/r-1'],
      1,
    ],
    [
      'the most frequent first',
      [run(1, 1, 'a', 'b'), run(2, 1, 'b'), run(3, 0)],
      [
        'flaky: 1 of 3 runs passed (33 %)',
        'b failed in 2 of 3 (67 %): run/r-1, run/r-2',
        'a failed in 1 of 3 (33 %): run/r-1',
      ],
      1,
    ],
    ['the infrastructure alone', [run(1, 7)], ['not counted, for the infrastructure ended them: run/r-1'], 7],
    ['not accepted comes before it', [run(1, 7), run(2, 5)], undefined, 5],
    ['nothing came to an end', [], [], 0],
  ] as const)
    it(what, () => {
      if (lines) expect(rateLines(outcomes)).to.deep.equal(lines);
      expect(exitOfOutcomes(outcomes)).to.equal(code);
    });

  it('failures are tests by their names, and stages by their reasons', () => {
    const stages = [
      { name: 'Install', result: 'Passed' },
      { name: 'Upgrade', result: 'Failed', reason: 'CrashLoop' },
      { name: 'Backup', result: 'Skipped', reason: 'NoBackup' },
      {
        name: 'Custom',
        result: 'Failed',
        reason: 'TestsFailed',
        tests: [
          { name: 'home', result: 'Failed' },
          { name: 'login', result: 'Passed' },
        ],
      },
    ];
    expect(failuresOf({ stages } as unknown as RunStatus)).to.deep.equal(['Upgrade (CrashLoop)', 'Custom/home']);
    expect(failuresOf(undefined)).to.deep.equal([]);
  });
});
