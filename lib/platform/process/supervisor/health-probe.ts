import type { Clock } from '../../../clock.ts';
import { withinDeadline } from '../../../deadline.ts';
import { CcError, orNothingNow } from '../../../errors.ts';
import type { Cgroups } from '../../../exec/cgroups.ts';
import { Enclosure } from '../../../exec/processes.ts';
import { TOKEN_VARIABLE } from '../../../exec/token.ts';
import type { HealthCheck, ServiceLaunch } from '../record.ts';
import { CommandGroup } from './command-group.ts';
import type { ServiceHealth } from './supervisor-record.ts';

/** Between the checks before the first success, milliseconds, where the interval is longer. */
const START_INTERVAL_MS = 500;

export interface HealthProbeOptions {
  check: HealthCheck;
  launch: ServiceLaunch;
  environment: Readonly<Record<string, string>>;
  clock: Clock;
  /** Token of the service; each check gets one of its own below it. */
  token: string;
  cgroups: Cgroups | undefined;
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
  for (let number = 1; !signal.aborted; number += 1) {
    const intervalMs = state.health === 'Healthy' ? check.intervalMs : Math.min(check.intervalMs, START_INTERVAL_MS);
    await clock.sleep(intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    const passed = await runCheck(options, `${options.token}/check/${number}`);
    if (signal.aborted) return;
    if (passed === undefined) continue;
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

/** Undefined where this machine had nothing to start it with: no answer about the service. */
async function runCheck(options: HealthProbeOptions, token: string): Promise<boolean | undefined> {
  const { check, launch, clock, signal, cgroups } = options;
  const { command, timeoutMs } = check;
  const environment = { ...options.environment, [TOKEN_VARIABLE]: token };
  const enclosure = new Enclosure({ token, cgroups, clock });
  const started = { command, directory: launch.directory, environment, enclosure };
  const group = orNothingNow(() => new CommandGroup(started, clock), 'Unreachable');
  if (group === undefined) return undefined;
  const late = (): CcError => new CcError('DeadlineExceeded', `no answer within ${timeoutMs} ms`);
  const end = await withinDeadline({ clock, signal, deadlineMs: timeoutMs, late }, async (bounded) => {
    bounded.addEventListener('abort', () => group.signal('SIGKILL'), { once: true });
    return await group.ended;
  });
  return end.exhausted ? undefined : end.exitCode === 0;
}
