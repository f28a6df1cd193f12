import type { Alert } from '../alerts/alert.ts';
import type { RunStatus } from '../api/index.ts';
import { KINDS } from '../api/kinds.ts';
import type { EndedPass, PassResult } from '../runtime/controller.ts';
import type { MetricRegistry } from './registry.ts';

/** Says that something is not there, in a label: an empty one is none at all. */
const NONE = 'None';
const MODES = ['Cold', 'Quick'] as const;
const PASS_RESULTS: readonly PassResult[] = ['Done', 'Requeued', 'Failed', 'Stalled', 'Interrupted', 'Dropped'];
const PROMOTION_RESULTS = ['Promoted', 'Skipped', 'Failed'] as const;

type Counting = Pick<MetricRegistry, 'add' | 'observe'>;

/** Lets series that rules ask for begin at 0: the first of a kind would otherwise be no increase. */
export function startCounts(registry: Counting): void {
  for (const kind of KINDS)
    for (const result of PASS_RESULTS) registry.add('cc_ci_reconciles_total', { kind, result }, 0);
  for (const mode of MODES) registry.add('cc_ci_run_infra_faults_total', { mode }, 0);
  for (const result of PROMOTION_RESULTS) registry.add('cc_ci_promotions_total', { result }, 0);
}

/** Counts a pass. */
export function countPass(registry: Counting, { kind, result, durationMs }: EndedPass): void {
  registry.add('cc_ci_reconciles_total', { kind, result });
  registry.observe('cc_ci_reconcile_duration_seconds', { kind }, durationMs / 1000);
}

/** Counts an alert that was made. */
export function countAlert(registry: Counting, { reason, severity }: Pick<Alert, 'reason' | 'severity'>): void {
  registry.add('cc_ci_alerts_raised_total', { reason, severity });
}

/** Counts a run that ended, with its stages and its promotion; to be called once for each. */
export function countRun(registry: Counting, status: RunStatus): void {
  const { verdict = NONE, blame = NONE, level, promotion, startTime, completionTime } = status;
  const mode = status.mode ?? NONE;
  const result = status.conditions.find(({ type }) => type === 'Succeeded')?.reason ?? NONE;
  registry.add('cc_ci_runs_total', { mode, result, verdict, blame, level: level === undefined ? NONE : String(level) });
  if (blame === 'Infra') registry.add('cc_ci_run_infra_faults_total', { mode });
  if (promotion) registry.add('cc_ci_promotions_total', { result: promotion.result });
  const seconds = secondsBetween(startTime, completionTime);
  if (seconds !== undefined) registry.observe('cc_ci_run_duration_seconds', { mode }, seconds);
  for (const stage of status.stages ?? []) {
    registry.add('cc_ci_stages_total', { mode, stage: stage.name, result: stage.result });
    const took = secondsBetween(stage.startTime, stage.endTime);
    if (took !== undefined) registry.observe('cc_ci_stage_duration_seconds', { mode, stage: stage.name }, took);
  }
}

/** Undefined where one is missing, or the clock was set back in between. */
function secondsBetween(start: string | undefined, end: string | undefined): number | undefined {
  if (start === undefined || end === undefined) return undefined;
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  return seconds >= 0 ? seconds : undefined;
}
