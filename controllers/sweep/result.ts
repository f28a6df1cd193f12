import type { SweepHistoryEntry, SweepRecord, SweepResult, SweptRecipe } from '../../lib/api/index.ts';

type Rows = Pick<SweepRecord, 'warmServices' | 'recipes'>;

/** How a sweep ended that was not cancelled. Pure. */
export function resultOf({ warmServices, recipes }: Rows): SweepResult {
  // What is refused, or gone, is not enrolled: a sweep of nothing else is as hollow as one of nothing.
  if (recipes.every(({ reason }) => reason === 'NotAccepted' || reason === 'Removed')) return 'NothingEnrolled';
  if (recipes.some((row) => isRed(row) && row.blame !== 'Infra')) return 'Failed';
  if (warmServices.some(({ result }) => result === 'Failed' || result === 'RolledBack')) return 'ServiceFailed';
  if (recipes.some(({ reason }) => reason === 'FetchFailed')) return 'FetchFailed';
  return recipes.some(isRed) ? 'InfraError' : 'Passed';
}

/** Its run ended, and not well. Pure. */
function isRed({ decision, result }: SweptRecipe): boolean {
  return decision === 'Run' && result !== undefined && result !== 'Passed';
}

/** How many were green, red, and not tested. Pure. */
export function countsOf({ recipes }: Pick<Rows, 'recipes'>) {
  return {
    passed: recipes.filter(({ result }) => result === 'Passed').length,
    failed: recipes.filter(isRed).length,
    skipped: recipes.filter(({ decision }) => decision === 'Skip').length,
  } satisfies Partial<SweepHistoryEntry>;
}

/** A sweep in one line, without its full stop: `2 passed, 1 failed (notes), 3 skipped`. Pure. */
export function sweepSummary({ warmServices, recipes }: Rows): string {
  const { passed, skipped } = countsOf({ recipes });
  const named = (rows: readonly string[]): string => (rows.length === 0 ? '' : ` (${rows.join(', ')})`);
  const names = (is: (row: SweptRecipe) => boolean): string[] => recipes.filter(is).map(({ recipe }) => recipe);
  const [red, unfetched] = [names(isRed), names(({ reason }) => reason === 'FetchFailed')];
  const unpromoted = names(({ promotion }) => promotion === 'Failed');
  const unreached = names(({ decision }) => decision === undefined);
  const services = warmServices.filter(({ result }) => result === 'Failed' || result === 'RolledBack');
  return [
    `${passed} passed`,
    `${red.length} failed${named(red)}`,
    `${skipped - unfetched.length} skipped`,
    ...(unfetched.length > 0 ? [`${unfetched.length} not fetched${named(unfetched)}`] : []),
    ...(unpromoted.length > 0 ? [`${unpromoted.length} green but not promoted${named(unpromoted)}`] : []),
    ...(unreached.length > 0 ? [`${unreached.length} not reached${named(unreached)}`] : []),
    ...(services.length > 0 ? [`warm services in trouble: ${services.map(({ name }) => name).join(', ')}`] : []),
  ].join(', ');
}
