import { expect } from 'chai';
import { sweepStatus } from '../../../controllers/sweep/conditions.ts';
import type { SweepView } from '../../../controllers/sweep/observe.ts';
import { planSweep, type SweepFacts } from '../../../controllers/sweep/plan.ts';
import { CcError } from '../../../lib/errors.ts';
import type { PassFailure } from '../../../lib/runtime/reconciler.ts';
import { storedSweep } from '../../builders/stored-object.ts';
import {
  recipeRow,
  runningRow,
  serviceRow,
  sweepFacts,
  sweepJournal,
  sweepProgress,
  sweepView,
} from '../../builders/sweep-facts.ts';

const NOW = sweepFacts().now;

const shown = (facts: Partial<SweepFacts> = {}, more: Partial<SweepView> = {}, failure?: PassFailure) => {
  const view = sweepView(facts, more);
  return sweepStatus({ view, action: planSweep(view.facts), failure, now: NOW });
};
const conditionsOf = (...given: Parameters<typeof shown>): string[] =>
  shown(...given).conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`);
const unfetched = recipeRow({ decision: 'Skip', reason: 'FetchFailed', message: 'it does not answer' });
const swept = (...recipes: ReturnType<typeof recipeRow>[]) => ({
  journal: sweepJournal({ sweep: sweepProgress({ step: 'Over', recipes }) }),
});
const going = {
  sweep: { step: 'Recipes', cancelled: false },
  recipe: { row: runningRow(), run: { state: 'Open' } },
} as const;

const ROWS: readonly [string, Partial<SweepFacts>, Partial<SweepView>, string[]][] = [
  ['at rest', {}, {}, ['Accepted=True/Valid', 'Ready=True/Scheduled']],
  ['new', { accepted: false }, {}, ['Accepted=Unknown/Pending', 'Ready=True/Scheduled']],
  ['T10 nobody enrolled', { enrolled: 0 }, {}, ['Accepted=True/Valid', 'Ready=False/NothingEnrolled']],
  ['T13 a fetch that failed', {}, swept(unfetched), ['Accepted=True/Valid', 'Ready=False/FetchFailed']],
  [
    'a red recipe is the result, no condition',
    {},
    swept(runningRow({ result: 'Failed' })),
    ['Accepted=True/Valid', 'Ready=True/Scheduled'],
  ],
  ['suspended', { suspended: true }, {}, ['Accepted=True/Valid', 'Ready=False/Suspended']],
  ['deleted', { deletion: 'Started' }, {}, ['Accepted=True/Valid', 'Ready=False/Deleting']],
  [
    'sweeping',
    going,
    { journal: sweepJournal({ sweep: sweepProgress({ recipes: [runningRow()] }) }) },
    ['Accepted=True/Valid', 'Ready=True/Scheduled', 'Reconciling=True/Sweeping'],
  ],
];

describe('status of a Sweep', () => {
  for (const [name, facts, more, wanted] of ROWS)
    it(name, () => expect(conditionsOf(facts, more)).to.deep.equal(wanted));

  it('a file that is not valid says so; the last valid spec stays in force', () => {
    const object = storedSweep({ rejected: { reason: 'InvalidSpec', problems: [] } });
    expect(conditionsOf({}, { object })[0]).to.equal('Accepted=False/InvalidSpec');
  });

  it('names the labels that nobody has, and whom could not be fetched', () => {
    const object = storedSweep({}, { selector: { matchLabels: { team: 'web' } } });
    const ready = (status: ReturnType<typeof shown>) => status.conditions.find(({ type }) => type === 'Ready')?.message;
    expect(ready(shown({ enrolled: 0 }, { object })))
      .to.include('team=web')
      .and.include('spec.selector');
    expect(ready(shown({ enrolled: 0 }))).to.include('no Canonical is enrolled');
    expect(ready(shown({}, swept(unfetched))))
      .to.include('notes')
      .and.include('it does not answer');
  });

  it('a pass that failed is shown, with when it is tried again', () => {
    const failure = { error: new CcError('NoSpace', 'full'), terminal: false, failures: 1, retryAt: NOW };
    const status = shown({}, {}, failure);
    expect(status.conditions.map(({ type }) => type)).to.include('Reconciling');
    expect(status.nextAction).to.include({ reason: 'Retrying' });
  });

  it('I20 names what is next, and when where that is known', () => {
    expect(shown().nextAction).to.deep.equal({
      ...{ what: 'start the next sweep', reason: 'Scheduled', time: '2030-01-01T01:01:00.000Z' },
    });
    expect(shown(going).nextAction?.what).to.include('run/notes-sweep-1a2b3c4d');
    expect(shown({ asked: true, activeRuns: ['a', 'b'] }).nextAction?.what).to.include('run/a');
    expect(shown({ asked: true, activeSweeps: ['daily'] }).nextAction?.what).to.include('sweep/daily');
    const seen = { state: 'There', isAsked: true, record: {}, hasWindow: false } as const;
    const service = { row: serviceRow({ asked: { atRunningMs: 0, sent: true } }), seen };
    expect(shown({ sweep: { step: 'Services', cancelled: false }, service }).nextAction?.what).to.include('ws/proxy');
    const recipe = { row: recipeRow({ retryAtRunningMs: 1_000 }), run: { state: 'Unmade' } } as const;
    expect(shown({ ...going, recipe }).nextAction?.what).to.include('fetch notes again');
    const ending = { row: runningRow({ cancelled: true }), run: { state: 'Open' } } as const;
    expect(shown({ sweep: { step: 'Recipes', cancelled: true }, recipe: ending }).nextAction?.reason).to.equal(
      'RunEnds',
    );
    expect(shown({ suspended: true }).nextAction).to.equal(undefined);
  });

  it('shows rows without what only the controller needs', () => {
    const row = runningRow({ tries: 1, retryAtRunningMs: 1, cancelled: true });
    const { lastSweep } = shown({}, swept(row));
    expect(lastSweep?.recipes).to.deep.equal([
      {
        ...{ recipe: 'notes', canonical: 'notes', decision: 'Run', reason: 'NewVersion' },
        ...{ from: '1.0.0+1.0.0', to: '1.1.0+1.1.0', run: 'notes-sweep-1a2b3c4d' },
      },
    ]);
    expect(lastSweep).not.to.have.any.keys('step', 'cancel');
  });

  it('has no next time while it is suspended', () => {
    expect(shown()).to.include({ nextScheduleTime: '2030-01-01T01:00:00.000Z' });
    expect(shown({ suspended: true })).not.to.have.property('nextScheduleTime');
  });
});
