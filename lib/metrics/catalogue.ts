/** What a metric is, wherever it is kept. Names and units follow the rules of Prometheus: base units, `_total`. */
export interface MetricDefinition {
  /** `Counter`: of this process, only grows. `Gauge`: as it is at the scrape. `Histogram`: of this process, seconds. */
  type: 'Counter' | 'Gauge' | 'Histogram';
  help: string;
  /** Names of its labels; every value is one of a closed list, or names an object that people enrolled. */
  labels: readonly string[];
  /** Upper bounds of a histogram, seconds, ascending. */
  buckets?: readonly number[];
}

const PASS_BUCKETS: readonly number[] = [0.005, 0.02, 0.1, 0.5, 1, 5, 30, 120, 600];
const STAGE_BUCKETS: readonly number[] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600];

function counter<const Labels extends readonly string[]>(help: string, ...labels: Labels) {
  return { type: 'Counter', help, labels } as const;
}

function gauge<const Labels extends readonly string[]>(help: string, ...labels: Labels) {
  return { type: 'Gauge', help, labels } as const;
}

function histogram<const Labels extends readonly string[]>(
  buckets: readonly number[],
  help: string,
  ...labels: Labels
) {
  return { type: 'Histogram', help, labels, buckets } as const;
}

/** Every metric that there is. `docs/observability/README.md` explains each; a test compares the two. */
export const METRICS = {
  cc_ci_build_info: gauge('Always 1; the labels say what runs.', 'version', 'build', 'platform', 'node'),
  cc_ci_ready: gauge('1 once the specs were listed and while the platform answers.'),
  cc_ci_last_listing_timestamp_seconds: gauge('When the directory of specs was last listed.'),
  cc_ci_specs_complete: gauge('1 where that listing was complete; else nothing is deleted.'),
  cc_ci_scrape_errors_total: counter('Sources of metrics that failed and were left out of a page.', 'source'),
  cc_ci_event_loop_active_seconds_total: counter('Time in which the event loop did not wait.'),
  process_cpu_seconds_total: counter('Processor time of the controller itself.'),
  process_resident_memory_bytes: gauge('Resident memory of the controller itself.'),
  process_start_time_seconds: gauge('When the controller was started.'),

  cc_ci_reconciles_total: counter('Passes that ended, by what they ended with.', 'kind', 'result'),
  cc_ci_reconcile_duration_seconds: histogram(PASS_BUCKETS, 'How long passes took.', 'kind'),
  cc_ci_queue_depth: gauge('Objects that wait to be looked at.', 'kind'),
  cc_ci_queue_oldest_seconds: gauge('How long the first of them has waited.', 'kind'),

  cc_ci_objects: gauge('Objects of the kind.', 'kind'),
  cc_ci_objects_invalid: gauge('Objects whose file does not validate.', 'kind'),
  cc_ci_object_conditions: gauge('Objects that have the condition with that status.', 'kind', 'type', 'status'),

  cc_ci_runs_total: counter('Runs that ended.', 'mode', 'result', 'verdict', 'blame', 'level'),
  cc_ci_run_infra_faults_total: counter('Runs that ended by a fault of the infrastructure.', 'mode'),
  cc_ci_run_duration_seconds: histogram(STAGE_BUCKETS, 'From the first attempt of a run to its end.', 'mode'),
  cc_ci_stages_total: counter('Stages of ended runs, in their last attempt.', 'mode', 'stage', 'result'),
  cc_ci_stage_duration_seconds: histogram(STAGE_BUCKETS, 'How long stages of ended runs took.', 'mode', 'stage'),
  cc_ci_promotions_total: counter('Promotions of ended runs.', 'result'),
  cc_ci_runs_unfinished: gauge('Runs that are not over.', 'reason'),
  cc_ci_run_oldest_pending_timestamp_seconds: gauge('When the run that has waited longest was created.'),
  cc_ci_run_slots: gauge('How many runs may be active at once (maxRuns).'),
  cc_ci_run_slots_used: gauge('Runs that are active.'),

  cc_ci_canonical_ready: gauge('1 where the recipe has an intact known-good.', 'recipe'),
  cc_ci_known_good_promoted_timestamp_seconds: gauge('When the known-good was promoted.', 'recipe'),
  cc_ci_known_good_bytes: gauge('Size of the set of the known-good.', 'recipe'),
  cc_ci_leases: gauge('Known-goods, or realms of warm services, in use by runs.', 'kind'),
  cc_ci_lease_start_timestamp_seconds: gauge('Since when the known-good is in use.', 'recipe'),
  cc_ci_warm_service_ready: gauge('1 where the warm service is up and healthy.', 'service'),
  cc_ci_warm_service_held: gauge('1 where a version waits for a person.', 'service'),
  cc_ci_warm_service_quarantined_versions: gauge('Versions that failed and are not tried for a while.', 'service'),
  cc_ci_warm_service_set_bytes: gauge('Size of the last snapshot set.', 'service'),
  cc_ci_warm_service_set_timestamp_seconds: gauge('When the last snapshot set was made.', 'service'),
  cc_ci_sweep_next_start_timestamp_seconds: gauge('When the sweep is due; in the past: it is late.', 'sweep'),
  cc_ci_sweep_last_end_timestamp_seconds: gauge('When the last sweep ended.', 'sweep'),
  cc_ci_sweep_last_recipes: gauge('Recipes of the last sweep that ended.', 'sweep', 'result'),

  cc_ci_alerts_raised_total: counter('Alerts that were made.', 'reason', 'severity'),
  cc_ci_alerts_undelivered: gauge('Alerts that not all sinks have yet.'),
  cc_ci_alert_sinks: gauge('Sinks that alerts go to.'),

  cc_ci_disk_size_bytes: gauge('Size of the disk of the state directory.'),
  cc_ci_disk_available_bytes: gauge('What is free on it.'),
  cc_ci_disk_floor_bytes: gauge('Below this no run starts (disk.floor).'),
  cc_ci_memory_size_bytes: gauge('Memory of the host, or of the cgroup.'),
  cc_ci_memory_available_bytes: gauge('What of it is available.'),
  cc_ci_memory_floor_bytes: gauge('Below this no run starts (memory.floor).'),

  cc_ci_forge_last_poll_timestamp_seconds: gauge(
    'When the repository was last polled with success; 0: not yet.',
    'repository',
  ),
  cc_ci_forge_outbox_deliveries: gauge('Answers that the forge does not have yet.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** The labels that a metric must be given. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in (typeof METRICS)[Name]['labels'][number]]: string;
};
