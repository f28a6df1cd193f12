// What each metric means, and what to do about it: `docs/reference/metrics.md` is made of it.
import type { METRICS } from './catalogue.ts';

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;

/** What people want to know of a metric besides its type and labels. */
export interface MetricMeaning {
  meaning: string;
  /** Absent: it is for information. */
  remedy?: string;
}

const of = (meaning: string, remedy?: string): MetricMeaning =>
  remedy === undefined ? { meaning } : { meaning, remedy };

/** Every metric. */
export const METRIC_MEANINGS: Readonly<Record<MetricName, MetricMeaning>> = {
  cc_ci_build_info: of('always 1; the labels say what runs'),
  cc_ci_ready: of('1 where `/readyz` says 200', '`curl` it: it says what is missing; then `ccctl doctor`'),
  cc_ci_last_listing_timestamp_seconds: of(
    'when the directory of specs was last listed; every two seconds, every ten at most where a listing takes long',
    'does its file system answer?',
  ),
  cc_ci_specs_complete: of(
    '1 where that listing was complete; while it is 0 nothing is deleted for want of a file',
    'is the directory mounted? `ccctl doctor`; `ccctl validate`',
  ),
  cc_ci_scrape_errors_total: of(
    'a source of metrics failed, and is missing in a page',
    'the log says why, once for each time that it begins',
  ),
  cc_ci_event_loop_active_seconds_total: of(
    'time in which the event loop did not wait; a rate near 1: the process is busy',
    'fewer objects, or a faster processor',
  ),
  process_cpu_seconds_total: of('processor time of the controller, without its children and apps'),
  process_resident_memory_bytes: of('its resident memory, likewise'),
  process_start_time_seconds: of('when it was started; a change is a restart', 'what ended it is in its log'),
  cc_ci_reconciles_total: of(
    'passes that ended: `Done`, `Requeued` (comes back by itself), `Failed` (tried again, later each time), `Stalled` (waits for a person), `Interrupted` (the object changed), `Dropped` (the controller stops)',
    '`Failed`: `ccctl describe` of the objects of that kind',
  ),
  cc_ci_reconcile_duration_seconds: of('how long passes took; those that await a deploy or a copy take minutes'),
  cc_ci_queue_depth: of('objects that wait to be looked at, not counting those under work'),
  cc_ci_queue_oldest_seconds: of(
    'how long the first of them has waited; seconds are much',
    'is the host starved? Else restart, and keep the log',
  ),
  cc_ci_objects: of('objects that there are'),
  cc_ci_objects_invalid: of(
    'objects whose file does not validate; the last valid spec stays in force',
    '`ccctl validate`',
  ),
  cc_ci_object_conditions: of(
    'objects by condition, as `type="Stalled",status="True"`',
    '`ccctl get KIND`, then `describe`',
  ),
  cc_ci_runs_total: of(
    'runs that ended; `result` is the reason of `Succeeded`, `None` what a run does not have',
    '`ccctl get runs`',
  ),
  cc_ci_run_infra_faults_total: of('runs that ended with blame `Infra`', '`ccctl describe run/NAME`; `ccctl doctor`'),
  cc_ci_run_duration_seconds: of('from the first attempt to the end'),
  cc_ci_stages_total: of('stages of ended runs, as they were in the last attempt'),
  cc_ci_stage_duration_seconds: of('how long those took that began and ended'),
  cc_ci_promotions_total: of(
    'promotions of ended runs: `Promoted`, `Skipped`, `Failed`',
    '`Failed`: `ccctl describe canonical/NAME`; the old known-good stands',
  ),
  cc_ci_runs_unfinished: of('runs that are not over: `Pending`, `Running`, `Retrying`, `Suspended`'),
  cc_ci_run_oldest_pending_timestamp_seconds: of(
    'when the `Pending` run that has waited longest was created; absent: none waits',
    '`ccctl describe` of it says what it waits for',
  ),
  cc_ci_run_slots: of('`maxRuns`'),
  cc_ci_run_slots_used: of('runs that hold a slot'),
  cc_ci_canonical_ready: of(
    '1 where an intact known-good can be reattached; absent while suspended',
    '`ccctl describe canonical/NAME`',
  ),
  cc_ci_known_good_promoted_timestamp_seconds: of(
    'when it was promoted',
    '`spec.maxAge` of a Sweep proves an old one again; `ccctl run RECIPE` does at once',
  ),
  cc_ci_known_good_bytes: of('size of its set'),
  cc_ci_leases: of('`Canonical`: known-goods in use; `WarmService`: realms of runs in sign-on services'),
  cc_ci_lease_start_timestamp_seconds: of(
    'since when the known-good is in use; absent: it is free',
    '`ccctl describe canonical/NAME` names the run',
  ),
  cc_ci_warm_service_ready: of(
    '1 where it runs its last good version, healthy; absent while suspended',
    '`ccctl describe ws/NAME`',
  ),
  cc_ci_warm_service_held: of(
    '1 where a version, or an edit, waits for a person',
    '`ccctl diff ws/NAME`, then `ccctl approve`',
  ),
  cc_ci_warm_service_quarantined_versions: of(
    'versions that failed and are not tried until their time is over',
    '`ccctl describe ws/NAME` says why; `ccctl retry` tries at once',
  ),
  cc_ci_warm_service_set_bytes: of('size of its last snapshot set'),
  cc_ci_warm_service_set_timestamp_seconds: of('when that was made: before each upgrade, so an old one is no fault'),
  cc_ci_sweep_next_start_timestamp_seconds: of(
    'when it is due; in the past: it waits; absent: suspended',
    '`ccctl describe sweep/NAME` says what it waits for',
  ),
  cc_ci_sweep_last_end_timestamp_seconds: of('when the last one ended; absent: none has'),
  cc_ci_sweep_last_recipes: of('its recipes: `Passed`, `Failed`, `Skipped`', '`ccctl describe sweep/NAME`'),
  cc_ci_alerts_raised_total: of('alerts that were made; those that are muted are not'),
  cc_ci_alerts_undelivered: of(
    'alerts that not all sinks have; without sinks all of them stay here',
    '`ccctl get alerts`; the log says what the sink answered',
  ),
  cc_ci_alert_sinks: of('sinks of `alerts.sinks`'),
  cc_ci_disk_size_bytes: of('size of the disk of the state directory'),
  cc_ci_disk_available_bytes: of('what is free on it', '`ccctl doctor --clean`'),
  cc_ci_disk_floor_bytes: of('`disk.floor`: below it no run starts'),
  cc_ci_memory_size_bytes: of('memory of the host, or of the narrowest cgroup of the controller'),
  cc_ci_memory_available_bytes: of('what of it is available', 'fewer runs at once (`maxRuns`), or more memory'),
  cc_ci_memory_floor_bytes: of('`memory.floor`: below it no run starts'),
  cc_ci_forge_last_poll_timestamp_seconds: of(
    'when it was last polled with success by this process; 0: not yet',
    'the log says what the forge answered; is the token still good?',
  ),
  cc_ci_forge_outbox_deliveries: of(
    'comments and statuses that the forge does not have yet',
    'the log says what the forge answered; is the token still good?',
  ),
};

/** A heading of the list, and the first metric below it. */
export const METRIC_SECTIONS: readonly { title: string; preface?: string; first: MetricName }[] = [
  { title: 'The controller', first: 'cc_ci_build_info' },
  { title: 'Passes', first: 'cc_ci_reconciles_total' },
  { title: 'Objects', first: 'cc_ci_objects' },
  { title: 'Runs', first: 'cc_ci_runs_total' },
  { title: 'Known-goods', first: 'cc_ci_canonical_ready' },
  { title: 'Warm services', first: 'cc_ci_warm_service_ready' },
  { title: 'Sweeps', first: 'cc_ci_sweep_next_start_timestamp_seconds' },
  {
    title: 'Alerts of the controller',
    preface: 'What the controller itself tells people: [alerts](../alerts.md).',
    first: 'cc_ci_alerts_raised_total',
  },
  { title: 'The host', first: 'cc_ci_disk_size_bytes' },
  {
    title: 'The forge',
    preface: 'Absent where no `forge` is configured.',
    first: 'cc_ci_forge_last_poll_timestamp_seconds',
  },
];
