import { expect } from 'chai';
import type { SweepProgress } from '../../../controllers/sweep/journal.ts';
import { planSweep, type RowRun, type SweepAction, type SweepFacts } from '../../../controllers/sweep/plan.ts';
import {
  recipeRow,
  runningRow,
  serviceRow,
  sweepFacts,
  sweepJournal,
  sweepProgress,
} from '../../builders/sweep-facts.ts';

const NOW = sweepFacts().now;
const DUE = { scheduleMs: NOW - 60_000, startMs: NOW - 1 };
const ASKED = { id: 'q', by: 'tester', time: '' };
const due = { calendar: { stale: false, due: DUE } };
const asked = { journal: sweepJournal({ asked: ASKED }) };

const during = (sweep: Partial<SweepProgress>, more: Partial<SweepFacts> = {}): Partial<SweepFacts> => ({
  journal: sweepJournal({ sweep: sweepProgress(sweep) }),
  ...more,
});
const recipe = (row: ReturnType<typeof recipeRow>, state: RowRun['state'], sweep: Partial<SweepProgress> = {}) =>
  during(sweep, { recipe: { row, run: { state } } });
const CANCEL = { cancel: { by: 'tester' } };
const DECIDED = recipeRow({ decision: 'Run', run: 'r' });

const ROWS: readonly [string, Partial<SweepFacts>, SweepAction][] = [
  ['is accepted first', { accepted: false }, { type: 'Accept' }],
  ['waits for its time', {}, { type: 'Rest', reason: 'Scheduled', afterMs: 600_000 }],
  [
    'sleeps no longer than to its start',
    { calendar: { stale: false, next: { scheduleMs: NOW, startMs: NOW + 5_000 } } },
    { type: 'Rest', reason: 'Scheduled', afterMs: 5_000 },
  ],
  [
    'T10 looks again soon where nothing is enrolled',
    { enrolled: 0 },
    { type: 'Rest', reason: 'Scheduled', afterMs: 15_000 },
  ],
  [
    'T63 notes a schedule that is new, or a clock that went back',
    { calendar: { stale: true } },
    { type: 'NoteSchedule' },
  ],
  ['starts when it is due', due, { type: 'Start', cause: 'Schedule', scheduleMs: DUE.scheduleMs }],
  ['starts when somebody asked', asked, { type: 'Start', cause: 'Request' }],
  [
    'asked for and due at once is one sweep',
    { ...due, ...asked },
    { type: 'Start', cause: 'Request', scheduleMs: DUE.scheduleMs },
  ],
  [
    'WC6 never while a run is active',
    { ...due, activeRuns: ['a'] },
    { type: 'Rest', reason: 'RunsActive', afterMs: 2_000 },
  ],
  [
    'WC6 nor where somebody asked',
    { ...asked, activeRuns: ['a'] },
    { type: 'Rest', reason: 'RunsActive', afterMs: 2_000 },
  ],
  [
    'WC6 never two at a time',
    { ...due, activeSweeps: ['daily'], activeRuns: ['a'] },
    { type: 'Rest', reason: 'SweepActive', afterMs: 2_000 },
  ],
  ['does nothing while suspended', { suspended: true }, { type: 'Rest', reason: 'Suspended', afterMs: 600_000 }],
  ['passes over what comes while it is suspended', { suspended: true, ...due }, { type: 'NoteSchedule' }],
  ['goes on while suspended, once it is under way', during({}, { suspended: true }), { type: 'Conclude' }],

  ['lists the recipes once the services are done', during({ step: 'Services' }), { type: 'ListRecipes' }],
  [
    'asks a service',
    during(
      { step: 'Services' },
      { service: { row: serviceRow(), seen: { state: 'There', isAsked: false, record: {}, hasWindow: false } } },
    ),
    { type: 'AskService', name: 'proxy' },
  ],
  [
    'ends a service that is gone',
    during({ step: 'Services' }, { service: { row: serviceRow(), seen: { state: 'Removed' } } }),
    { type: 'EndService', name: 'proxy', end: { result: 'Skipped', reason: 'Removed' } },
  ],
  [
    'waits for one that looks',
    during(
      { step: 'Services' },
      {
        service: {
          row: serviceRow({ asked: { atRunningMs: 0, sent: true } }),
          seen: { state: 'There', isAsked: true, record: {}, hasWindow: false },
        },
      },
    ),
    { type: 'Rest', reason: 'WarmService', afterMs: 2_000 },
  ],
  ['is over with the services when it is cancelled', during({ step: 'Services', ...CANCEL }), { type: 'Conclude' }],

  ['decides', recipe(recipeRow(), 'Unmade'), { type: 'Decide', canonical: 'notes' }],
  [
    'T13 fetches again after a while',
    recipe(recipeRow({ tries: 1, retryAtRunningMs: 5_000 }), 'Unmade'),
    { type: 'Rest', reason: 'FetchRetry', afterMs: 5_000 },
  ],
  ['creates the run', recipe(DECIDED, 'Unmade'), { type: 'CreateRun', canonical: 'notes' }],
  [
    'T50 finds the run that it created before it died',
    recipe(DECIDED, 'Open'),
    { type: 'CreateRun', canonical: 'notes' },
  ],
  ['waits for the run', recipe(runningRow(), 'Open'), { type: 'Rest', reason: 'RunActive', afterMs: 600_000 }],
  ['ends the row with the run', recipe(runningRow(), 'Over'), { type: 'EndRecipe', canonical: 'notes', run: 'Over' }],
  [
    'ends it without one that was removed',
    recipe(runningRow(), 'Removed'),
    { type: 'EndRecipe', canonical: 'notes', run: 'Removed' },
  ],
  [
    'ends it where nobody can read the run',
    recipe(runningRow(), 'Damaged'),
    { type: 'EndRecipe', canonical: 'notes', run: 'Damaged' },
  ],
  ['concludes after the last row', during({}), { type: 'Conclude' }],
  ['writes the report', during({ step: 'Report' }), { type: 'Report' }],

  ['T71 cancelled, begins no row', recipe(recipeRow(), 'Unmade', CANCEL), { type: 'Conclude' }],
  ['T71 cancelled, makes no run that was only decided on', recipe(DECIDED, 'Unmade', CANCEL), { type: 'Conclude' }],
  [
    'T71 cancelled, takes up a run that is there',
    recipe(DECIDED, 'Open', CANCEL),
    { type: 'CreateRun', canonical: 'notes' },
  ],
  [
    'T71 cancelled, cancels the run under way',
    recipe(runningRow(), 'Open', CANCEL),
    { type: 'CancelRun', canonical: 'notes' },
  ],
  [
    'T71 cancelled, waits for it',
    recipe(runningRow({ cancelled: true }), 'Open', CANCEL),
    { type: 'Rest', reason: 'RunEnds', afterMs: 2_000 },
  ],
  [
    'T71 cancelled, takes over its end',
    recipe(runningRow({ cancelled: true }), 'Over', CANCEL),
    { type: 'EndRecipe', canonical: 'notes', run: 'Over' },
  ],

  ['T72 deleted at rest', { deletion: 'Started' }, { type: 'StartDestroying' }],
  ['T72 deleted, is over first', recipe(runningRow(), 'Open', CANCEL), { type: 'CancelRun', canonical: 'notes' }],
  ['T72 goes', during({}, { deletion: 'Destroying' }), { type: 'Destroy' }],
  [
    'only missing, sweeps on',
    { deletion: 'Missing', ...due },
    { type: 'Start', cause: 'Schedule', scheduleMs: DUE.scheduleMs },
  ],
];

describe('plan of a Sweep', () => {
  for (const [name, facts, action] of ROWS) it(name, () => expect(planSweep(sweepFacts(facts))).to.deep.equal(action));
});
