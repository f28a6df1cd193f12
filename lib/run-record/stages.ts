import type { StageName } from '../api/generated/types.ts';

/** Stages of a cold run in their order. */
export const COLD_STAGES = [
  'Prepare',
  'Lint',
  'Install',
  'Upgrade',
  'Backup',
  'Restore',
  'Custom',
  'Teardown',
  'Promote',
] as const satisfies readonly StageName[];

/** Stages of a quick run in their order. */
export const QUICK_STAGES = [
  'Prepare',
  'Reattach',
  'Upgrade',
  'Custom',
  'Teardown',
] as const satisfies readonly StageName[];

/** Reason of a stage that found nothing to test: no volumes, no older version, no tests declared. */
export const NOTHING_TO_TEST = 'NothingToTest';
