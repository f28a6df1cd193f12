import { expect } from 'chai';
import fc from 'fast-check';
import { planRun, type RunFacts } from '../../../controllers/run/plan.ts';
import { TEST_STAGES } from '../../../controllers/run/run-operation.ts';
import { anyRunFacts } from '../../builders/generated-facts.ts';
import {
  ALL_PASSED,
  attemptMemory,
  endedJournal,
  NOW,
  QUICK_PASSED,
  quickProgress,
  runFacts,
  runJournal,
  runProgress,
  testingJournal,
} from '../../builders/run-facts.ts';

const cancel = { by: 'a person', reason: 'Cancelled' } as const;
const up = attemptMemory({ up: true });
const passed = { reason: 'Passed', verdict: 'Passed', level: 2, message: 'level 2' } as const;
const stuck = { startedRunningMs: 0, tries: 1, remaining: ['volume data'] };

/** Each row: why, what is known, what is to be done (as far as it matters). */
const ROWS: readonly [string, Partial<RunFacts>, object][] = [
  ['a new run starts', {}, { type: 'StartAttempt', number: 1 }],
  ['suspended: not started', { suspended: true }, { type: 'Rest', reason: 'Suspended' }],
  ['no slot: waits', { queue: { position: 2, reason: 'Slot' } }, { type: 'WaitForSlot', position: 2 }],
  ['disk floor: waits', { queue: { position: 1, reason: 'DiskFloor' } }, { type: 'WaitForSlot', reason: 'DiskFloor' }],
  ['cancelled before the start', { journal: runJournal({ cancel }) }, { type: 'EndTests', reason: 'Cancelled' }],
  ['a cancel goes before a suspension', { journal: runJournal({ cancel }), suspended: true }, { type: 'EndTests' }],
  ['backs off', { journal: runJournal({ retryAt: NOW + 5_000 }) }, { type: 'WaitForRetry', afterMs: 5_000 }],
  ['the back-off is over', { journal: runJournal({ retryAt: NOW }) }, { type: 'StartAttempt' }],
  ['T63 the clock was put back', { journal: runJournal({ retryAt: NOW + 86_400_000 }) }, { type: 'StartAttempt' }],
  [
    'first step',
    { journal: testingJournal(), progress: runProgress() },
    { type: 'RunStep', stage: 'Prepare', step: 0 },
  ],
  [
    'another process began it',
    { journal: testingJournal({ session: 'old' }), progress: runProgress() },
    { type: 'AbandonAttempt' },
  ],
  [
    'the controller has crashed too often',
    { journal: testingJournal({ session: 'old', crashes: 2 }), progress: runProgress() },
    { type: 'AbandonAttempt', reason: 'Crash', after: 'End' },
  ],
  [
    'a stop is no crash',
    { journal: testingJournal({ session: 'old', crashes: 2, stoppedGracefully: true }), progress: runProgress() },
    { type: 'AbandonAttempt', reason: 'Shutdown', after: 'NextAttempt' },
  ],
  [
    'the ground gave way: another attempt, after a while',
    { journal: testingJournal({ fault: { message: 'away' } }), progress: runProgress() },
    { type: 'AbandonAttempt', reason: 'InfraFault', after: 'NextAttempt', retryAfterMs: 5_000 },
  ],
  [
    'it gave way again: twice as long',
    { journal: testingJournal({ fault: { message: 'away' }, infraRetries: 1 }), progress: runProgress() },
    { type: 'AbandonAttempt', after: 'NextAttempt', retryAfterMs: 10_000 },
  ],
  [
    'it gave way once too often',
    { journal: testingJournal({ fault: { message: 'away' }, infraRetries: 2 }), progress: runProgress() },
    { type: 'AbandonAttempt', reason: 'InfraFault', after: 'End' },
  ],
  ['its progress is lost', { journal: testingJournal() }, { type: 'AbandonAttempt' }],
  ['cancel in mid-test', { journal: testingJournal({ cancel }), progress: runProgress() }, { type: 'EndTests' }],
  [
    'out of time',
    { journal: testingJournal(), progress: runProgress(), monotonicMs: 3_600_001 },
    { type: 'EndTests', reason: 'TimedOut' },
  ],
  [
    'a step is out of time',
    { journal: testingJournal(), progress: runProgress({ Prepare: 'Running' }), monotonicMs: 600_001 },
    { type: 'FailStage', stage: 'Prepare' },
  ],
  [
    'nothing is tested of what could not be prepared',
    { journal: testingJournal(), progress: runProgress({ Prepare: 'Failed' }) },
    { type: 'SkipStage', stage: 'Lint', reason: 'PrepareFailed' },
  ],
  [
    'a lint error does not keep the rest from being tested',
    { journal: testingJournal(), progress: runProgress({ Prepare: 'Passed', Lint: 'Failed' }) },
    { type: 'RunStep', stage: 'Install' },
  ],
  [
    'what is not installed cannot be upgraded',
    { journal: testingJournal(), progress: runProgress({ Prepare: 'Passed', Lint: 'Passed', Install: 'Failed' }) },
    { type: 'SkipStage', stage: 'Upgrade', reason: 'InstallFailed' },
  ],
  [
    'after a failed upgrade the app is not up',
    {
      journal: testingJournal(),
      progress: runProgress({ Prepare: 'Passed', Lint: 'Passed', Install: 'Passed', Upgrade: 'Failed' }),
    },
    { type: 'SkipStage', stage: 'Backup', reason: 'UpgradeFailed' },
  ],
  [
    'no backup, no restore',
    {
      journal: testingJournal({ memory: up }),
      progress: runProgress({
        ...ALL_PASSED,
        Backup: { result: 'Skipped', reason: 'NothingToTest' },
        Restore: 'Pending',
        Custom: 'Pending',
      }),
    },
    { type: 'SkipStage', stage: 'Restore', reason: 'NothingToTest' },
  ],
  [
    'a backup that is whole but proves nothing of some store is restored all the same',
    {
      journal: testingJournal({ memory: up }),
      progress: runProgress({ ...ALL_PASSED, Backup: 'Unverified', Restore: 'Pending', Custom: 'Pending' }),
    },
    { type: 'RunStep', stage: 'Restore' },
  ],
  ['all have ended', { journal: testingJournal({ memory: up }), progress: runProgress(ALL_PASSED) }, { type: 'Judge' }],
  [
    'held for a look',
    { journal: testingJournal({ step: 'Holding', holdUntilRunningMs: 10 }) },
    { type: 'Rest', reason: 'HeldForALook', afterMs: 10 },
  ],
  ['the look is over', { journal: testingJournal({ step: 'Holding', holdUntilRunningMs: 0 }) }, { type: 'EndHold' }],
  [
    'the look is cancelled',
    { journal: testingJournal({ step: 'Holding', holdUntilRunningMs: 10, cancel }) },
    { type: 'EndHold' },
  ],
  ['tears down', { journal: testingJournal({ step: 'TearingDown' }) }, { type: 'TearDown' }],
  [
    'tears down while there is time',
    { journal: testingJournal({ step: 'TearingDown', teardown: stuck }), runningMs: 299_999 },
    { type: 'TearDown' },
  ],
  [
    'gives the teardown up when its time is over',
    { journal: testingJournal({ step: 'TearingDown', teardown: stuck }), runningMs: 300_000 },
    { type: 'GiveUpTeardown' },
  ],
  [
    'tears down once, however late it is',
    { journal: testingJournal({ step: 'TearingDown', teardown: { ...stuck, tries: 0 } }), runningMs: 300_000 },
    { type: 'TearDown' },
  ],
  [
    'tears down for ever after that',
    { journal: endedJournal({ tornDown: false, teardown: stuck }), runningMs: 900_000 },
    { type: 'TearDown' },
  ],
  ['promotes', { journal: testingJournal({ step: 'Promoting' }) }, { type: 'Promote' }],
  ['over, not collected', { journal: endedJournal({ collected: false }) }, { type: 'Finish' }],
  ['over, still there', { journal: endedJournal({ tornDown: false }) }, { type: 'TearDown' }],
  ['over, rests', { journal: endedJournal() }, { type: 'Rest', afterMs: 1_000_000 }],
  ['artifacts expire', { journal: endedJournal(), runningMs: 1_000_000 }, { type: 'RemoveArtifacts' }],
  ['its own file expires', { journal: endedJournal(), runningMs: 1_000_000, created: true }, { type: 'Remove' }],
  [
    'nothing is left to do',
    { journal: endedJournal({ artifactsRemoved: true }), runningMs: 1_000_000 },
    { type: 'Rest', reason: 'Finished' },
  ],
  ['its file is missing: not yet gone', { journal: endedJournal(), deletion: 'Missing' }, { type: 'Rest' }],
  ['its file is gone', { journal: endedJournal(), deletion: 'Started' }, { type: 'Remove' }],
  [
    'its file is gone, the app is not',
    { journal: endedJournal({ tornDown: false }), deletion: 'Started' },
    { type: 'TearDown' },
  ],
];

/** Rows of quick runs. */
const QUICK_ROWS: typeof ROWS = [
  [
    'a lease that others have: waits without a slot',
    { queue: { position: 1, reason: 'Lease', holder: 'r9' } },
    { type: 'WaitForSlot', reason: 'Lease', holder: 'r9' },
  ],
  [
    'somebody was faster: the attempt is given up, and counts for nothing',
    { journal: testingJournal({ yielded: true }), progress: quickProgress() },
    { type: 'AbandonAttempt', reason: 'LeaseHeld', after: 'NextAttempt' },
  ],
  ['first step', { journal: testingJournal(), progress: quickProgress() }, { type: 'RunStep', stage: 'Prepare' }],
  [
    'after Prepare it reattaches',
    { journal: testingJournal(), progress: quickProgress({ Prepare: 'Passed' }) },
    { type: 'RunStep', stage: 'Reattach', step: 0 },
  ],
  [
    'nothing was prepared: nothing is reattached',
    { journal: testingJournal(), progress: quickProgress({ Prepare: 'Failed' }) },
    { type: 'SkipStage', stage: 'Reattach', reason: 'PrepareFailed' },
  ],
  [
    'upgrades what is up',
    { journal: testingJournal({ memory: up }), progress: quickProgress({ Prepare: 'Passed', Reattach: 'Passed' }) },
    { type: 'RunStep', stage: 'Upgrade' },
  ],
  [
    'upgrades nothing where the known-good is not up',
    { journal: testingJournal(), progress: quickProgress({ Prepare: 'Passed', Reattach: 'Failed' }) },
    { type: 'SkipStage', stage: 'Upgrade', reason: 'ReattachFailed' },
  ],
  [
    'T15 tests what is up although there was nothing to upgrade to',
    {
      journal: testingJournal({ memory: up }),
      progress: quickProgress({ Prepare: 'Passed', Reattach: 'Passed', Upgrade: 'Skipped' }),
    },
    { type: 'RunStep', stage: 'Custom' },
  ],
  [
    'tests nothing that the upgrade left down',
    {
      journal: testingJournal(),
      progress: quickProgress({ Prepare: 'Passed', Reattach: 'Passed', Upgrade: 'Failed' }),
    },
    { type: 'SkipStage', stage: 'Custom', reason: 'UpgradeFailed' },
  ],
  [
    'all have ended',
    { journal: testingJournal({ memory: up }), progress: quickProgress(QUICK_PASSED) },
    { type: 'Judge' },
  ],
  [
    'what another process had tested to the end is judged',
    { journal: testingJournal({ memory: up, session: 'old' }), progress: quickProgress(QUICK_PASSED) },
    { type: 'Judge' },
  ],
  [
    'another process began it',
    { journal: testingJournal({ session: 'old' }), progress: quickProgress({ Prepare: 'Passed' }) },
    { type: 'AbandonAttempt', reason: 'Crash', after: 'NextAttempt' },
  ],
  [
    'judged: goes to its teardown',
    {
      journal: testingJournal({ step: 'TearingDown', outcome: passed, afterTeardown: 'End' }),
      progress: quickProgress(QUICK_PASSED),
    },
    { type: 'TearDown' },
  ],
];

describe('the plan of a run', () => {
  for (const [why, given, wanted] of QUICK_ROWS) {
    it(`quick: ${why}`, () => expect(planRun(runFacts(given))).to.deep.include(wanted));
  }

  for (const [why, given, wanted] of ROWS) {
    it(why, () => expect(planRun(runFacts(given))).to.deep.include(wanted));
  }

  it('I19 once it has ended only collects, projects and takes away', () => {
    const allowed = ['TearDown', 'Remove', 'RemoveArtifacts', 'Rest', 'Finish'];
    fc.assert(
      fc.property(anyRunFacts, (one) => {
        const ended = { ...one, journal: { ...one.journal, step: 'Ended' as const } };
        expect(allowed).to.include(planRun(ended).type);
      }),
    );
  });

  it('starts nothing while suspended or being deleted with a cancel', () => {
    fc.assert(
      fc.property(anyRunFacts, (one) => {
        const action = planRun({ ...one, suspended: true });
        expect(action.type).not.to.equal('StartAttempt');
      }),
    );
  });

  it('I17 removes nothing of a run that is not torn down, nor while its file may come back', () => {
    fc.assert(
      fc.property(anyRunFacts, (one) => {
        const { type } = planRun(one);
        if (type !== 'Remove') return;
        expect(one.journal).to.deep.include({ step: 'Ended', tornDown: true });
        expect(one.created || one.deletion === 'Started' || one.deletion === 'Destroying').to.equal(true);
      }),
    );
  });

  it('never tests in another process than the one that began the attempt', () => {
    fc.assert(
      fc.property(anyRunFacts, (one) => {
        const { type } = planRun(one);
        if (['RunStep', 'SkipStage', 'FailStage'].includes(type)) expect(one.journal.session).to.equal('this');
      }),
    );
  });

  it('judges what another process had tested to the end, and nothing that it left half-way', () => {
    fc.assert(
      fc.property(anyRunFacts, (one) => {
        if (planRun(one).type !== 'Judge') return;
        const results = one.progress?.stages
          .filter(({ name }) => (TEST_STAGES.Cold as readonly string[]).includes(name))
          .map(({ result }) => result);
        expect(results).to.not.include.members(['Running']);
        expect(
          results?.some(
            (result) =>
              result === 'Pending' ||
              result === 'Running' ||
              (result === 'Interrupted' && one.journal.session !== 'this'),
          ),
        ).to.equal(false);
      }),
    );
  });

  it('decides the same from the facts as they are kept in decisions.jsonl', () => {
    fc.assert(
      fc.property(anyRunFacts, (one) => {
        expect(planRun(JSON.parse(JSON.stringify(one)) as RunFacts)).to.deep.equal(planRun(one));
      }),
    );
  });
});
