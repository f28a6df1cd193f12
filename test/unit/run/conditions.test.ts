import { expect } from 'chai';
import { runStatus, type StatusFacts } from '../../../controllers/run/conditions.ts';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { TerminalError } from '../../../lib/errors.ts';
import { resolvedRun } from '../../builders/resolved-run.ts';
import { ALL_PASSED, endedJournal, NOW, runJournal, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { storedRun } from '../../builders/stored-object.ts';

const factsOf = (overrides: Partial<StatusFacts> = {}): StatusFacts => ({
  object: storedRun(),
  journal: runJournal(),
  progress: undefined,
  resolved: undefined,
  platform: 'Process',
  artifacts: 'runs/notes-uidnotes',
  queue: undefined,
  suspended: false,
  next: undefined,
  failure: undefined,
  now: NOW,
  ...overrides,
});
const conditions = (facts: Partial<StatusFacts>) =>
  Object.fromEntries(
    runStatus(factsOf(facts)).conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );
const ended = (reason: NonNullable<RunJournal['outcome']>['reason']) =>
  endedJournal({ outcome: { reason, message: 'x', level: 0 } });
const edited = { reason: 'ImmutableField', message: 'x' } as const;
const tries = { startedRunningMs: 0, tries: 1, remaining: ['volume data'] };

const ROWS: readonly [string, Partial<StatusFacts>, Record<string, string>][] = [
  ['new', {}, { Accepted: 'True/Valid', Succeeded: 'Unknown/Pending' }],
  ['suspended', { suspended: true }, { Succeeded: 'Unknown/Suspended' }],
  ['testing', { journal: testingJournal() }, { Succeeded: 'Unknown/Running', TornDown: 'False/InUse' }],
  [
    'between attempts',
    { journal: testingJournal({ step: 'Pending', tornDown: true }) },
    { Succeeded: 'Unknown/Retrying' },
  ],
  ['leftovers', { journal: testingJournal({ step: 'TearingDown', teardown: tries }) }, { TornDown: 'False/Remaining' }],
  ['promoting', { journal: testingJournal({ step: 'Promoting', tornDown: true }) }, { Succeeded: 'Unknown/Running' }],
  ['passed', { journal: ended('Passed') }, { Succeeded: 'True/Passed', TornDown: 'True/Verified' }],
  ['failed', { journal: ended('Failed') }, { Succeeded: 'False/Failed' }],
  ['cancelled', { journal: ended('Cancelled') }, { Succeeded: 'False/Cancelled' }],
  [
    'edited',
    { journal: testingJournal(), object: storedRun({ refused: { ...edited, generation: 1 } }) },
    { Accepted: 'False/ImmutableField' },
  ],
  [
    'edited before this edit',
    { journal: testingJournal(), object: storedRun({ refused: { ...edited, generation: 0 } }) },
    { Accepted: 'True/Valid' },
  ],
];

describe('the status of a run', () => {
  for (const [why, facts, wanted] of ROWS) {
    it(why, () => expect(conditions(facts)).to.deep.include(wanted));
  }

  it('that waits for nobody is not Reconciling', () => {
    expect(conditions({ suspended: true })).not.to.have.property('Reconciling');
    expect(conditions({ journal: ended('Passed') })).not.to.have.property('Reconciling');
    expect(conditions({})).to.have.property('Reconciling');
  });

  it('I19 I11 once frozen is that, whatever else is read', () => {
    const frozen = runStatus(
      factsOf({ journal: endedJournal(), progress: runProgress(ALL_PASSED), resolved: resolvedRun() }),
    );
    const journal = endedJournal({ frozen: { ...frozen }, outcome: { reason: 'Failed', message: 'x', level: 0 } });
    const later = runStatus(factsOf({ journal, progress: undefined, resolved: undefined }));
    for (const field of ['verdict', 'level', 'stages', 'commit', 'version'] as const) {
      expect(later[field], field).to.deep.equal(frozen[field]);
    }
  });

  it('loses the name of its artifacts with them', () => {
    const frozen = { ...runStatus(factsOf({ journal: endedJournal() })) };
    const journal = endedJournal({ frozen, artifactsRemoved: true });
    expect(runStatus(factsOf({ journal }))).not.to.have.property('artifacts');
  });

  it('does not flap: transition times move with the status only', () => {
    const journal = testingJournal();
    journal.conditions = runStatus(factsOf({ journal })).conditions;
    expect(runStatus(factsOf({ journal, now: NOW + 60_000 })).conditions).to.deep.equal(journal.conditions);
  });

  it('a pass that failed shows as Retrying, or as Stalled where only a person can help', () => {
    const failure = { error: new Error('the disk is full'), terminal: false, retryInMs: 1_000, failures: 3 };
    expect(conditions({ failure })).to.include({ Reconciling: 'True/Retrying' });
    const stalled = { error: new TerminalError('NoSource', 'no source'), terminal: true, failures: 1 };
    expect(conditions({ failure: stalled }))
      .to.include({ Stalled: 'True/NoSource' })
      .and.not.have.property('Reconciling');
  });
});
