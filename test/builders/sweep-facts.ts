import type { RecipeRow, ServiceRow, SweepJournal, SweepProgress } from '../../controllers/sweep/journal.ts';
import type { SweepView } from '../../controllers/sweep/observe.ts';
import type { SweepFacts } from '../../controllers/sweep/plan.ts';
import type { DefaultedSweepSpec } from '../../lib/api/index.ts';
import { withDefaults } from '../../lib/store/spec-codec.ts';
import { storedSweep, TIME } from './stored-object.ts';

const NOW = Date.parse(TIME);

export function sweepSpec(overrides: Partial<DefaultedSweepSpec> = {}): DefaultedSweepSpec {
  return { ...withDefaults('Sweep', {}), ...overrides };
}

export function sweepJournal(overrides: Partial<SweepJournal> = {}): SweepJournal {
  return { format: 1, taken: [], history: [], ...overrides };
}

/** A sweep by the schedule that has just begun with its recipes. */
export function sweepProgress(overrides: Partial<SweepProgress> = {}): SweepProgress {
  return {
    ...{ occurrence: '20300101T000000Z', cause: 'Schedule', startTime: TIME, step: 'Recipes' },
    ...{ warmServices: [], recipes: [] },
    ...overrides,
  };
}

export function recipeRow(overrides: Partial<RecipeRow> = {}): RecipeRow {
  return { recipe: 'notes', canonical: 'notes', uid: 'uid-notes', ...overrides };
}

/** A row whose run is under way. */
export function runningRow(overrides: Partial<RecipeRow> = {}): RecipeRow {
  return recipeRow({
    ...{ decision: 'Run', reason: 'NewVersion', from: '1.0.0+1.0.0', to: '1.1.0+1.1.0' },
    ...{ run: 'notes-sweep-1a2b3c4d', runUid: 'uid-run' },
    ...overrides,
  });
}

export function serviceRow(overrides: Partial<ServiceRow> = {}): ServiceRow {
  return { name: 'proxy', uid: 'uid-proxy', ...overrides };
}

/** Of a Sweep that waits for its next time, an hour from now, with one recipe enrolled. */
export function sweepFacts(overrides: Partial<SweepFacts> = {}): SweepFacts {
  const next = { scheduleMs: NOW + 3_600_000, startMs: NOW + 3_660_000 };
  return {
    ...{ asked: false, now: NOW, runningMs: 0, resyncMs: 600_000, deletion: 'None', accepted: true },
    ...{ suspended: false, calendar: { stale: false, next }, enrolled: 1, activeRuns: [], activeSweeps: [] },
    ...overrides,
  };
}

/** A Sweep as a pass sees it. */
export function sweepView(facts: Partial<SweepFacts> = {}, more: Partial<SweepView> = {}): SweepView {
  const object = more.object ?? storedSweep();
  const spec = object.spec as DefaultedSweepSpec;
  return { object, spec, journal: sweepJournal(), ...more, facts: sweepFacts(facts) };
}
