import type { SweepRecord, SweptRecipe, SweptWarmService } from '../../lib/api/index.ts';
import type { RecipeRow, ServiceRow, SweepProgress } from './journal.ts';

/** What of a sweep people see: without what only the controller needs. Pure. */
export function recordOf({ step: _step, cancel: _cancel, ...sweep }: SweepProgress): SweepRecord {
  const { warmServices, recipes, ...fields } = sweep;
  return { ...fields, warmServices: warmServices.map(serviceOf), recipes: recipes.map(recipeOf) };
}

function serviceOf({ uid: _uid, asked: _asked, ...shown }: ServiceRow): SweptWarmService {
  return shown;
}

function recipeOf(row: RecipeRow): SweptRecipe {
  const { uid: _uid, tries: _tries, retryAtRunningMs: _at, runUid: _runUid, cancelled: _cancelled, ...shown } = row;
  return shown;
}
