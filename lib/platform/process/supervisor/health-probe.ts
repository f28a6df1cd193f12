import type { Clock } from '../../../clock.ts';
import type { HealthCheck, ServiceLaunch } from '../applied-spec.ts';
import type { ServiceHealth } from '../supervisor-record.ts';
import { CommandGroup } from './command-group.ts';

/** Between the checks before the first success, milliseconds, where the interval is longer. */
const START_INTERVAL_MS = 500;

export interface HealthProbeOptions {
  check: HealthCheck;
  launch: ServiceLaunch;
  environment: Readonly<Record<string, string>>;
  clock: Clock;
  /** Ends the probe; a check under way is killed. */
  signal: AbortSignal;
  onChange: (health: ServiceHealth) => void;
}

/**
 * Runs the check of one start of a service until the signal. Failures within the start period do not count; after
 * `retries` in a row the service is unhealthy, which is told and nothing more: a slow start is never killed.
 */
export async function probeHealth(options: HealthProbeOptions): Promise<void> {
  const { check, clock, signal } = options;
  const started = clock.monotonicMs();
  let state: ProbeState = { health: 'Starting', failures: 0 };
  while (!signal.aborted) {
    const intervalMs = state.health === 'Healthy' ? check.intervalMs : Math.min(check.intervalMs, START_INTERVAL_MS);
    await clock.sleep(intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    const passed = await runCheck(options);
    if (signal.aborted) return;
    const inStartPeriod = clock.monotonicMs() - started < check.startPeriodMs;
    const next = nextHealth(state, { passed, inStartPeriod, retries: check.retries });
    if (next.health !== state.health) options.onChange(next.health);
    state = next;
  }
}

/** Health after a series of checks. */
export interface ProbeState {
  health: ServiceHealth;
  /** Failures in a row that count. */
  failures: number;
}

/** What one more check makes of it. Pure. */
export function nextHealth(
  state: ProbeState,
  seen: { passed: boolean; inStartPeriod: boolean; retries: number },
): ProbeState {
  if (seen.passed) return { health: 'Healthy', failures: 0 };
  if (state.health === 'Starting' && seen.inStartPeriod) return state;
  const failures = state.failures + 1;
  return { health: failures >= seen.retries ? 'Unhealthy' : state.health, failures };
}

async function runCheck({ check, launch, environment, clock, signal }: HealthProbeOptions): Promise<boolean> {
  const group = new CommandGroup({ command: check.command, directory: launch.directory, environment }, clock);
  const kill = (): void => group.signal('SIGKILL');
  const deadline = clock.after(check.timeoutMs, kill);
  signal.addEventListener('abort', kill, { once: true });
  try {
    return (await group.ended).exitCode === 0;
  } finally {
    deadline.cancel();
    signal.removeEventListener('abort', kill);
  }
}
