import type { HealthCheck } from '../api/generated/types.ts';
import { present } from '../api/objects.ts';
import { type Clock, systemClock } from '../clock.ts';
import { CcError } from '../errors.ts';
import { type AppConnection, appUrl, connectionTo, fillUrl, type UrlFacts } from './app-connection.ts';
import { type CheckResult, checkExec, checkTcp, type ExecInService } from './check.ts';
import { checkHttp } from './http-check.ts';

/** A check with everything filled in. */
export type PlannedCheck =
  | { type: 'Http'; url: string; status?: readonly number[]; contains?: string }
  | { type: 'Tcp'; host: string; port: number }
  | { type: 'Exec'; service: string; command: readonly string[] };

export interface HealthPlan {
  checks: readonly PlannedCheck[];
  /** Nothing can be asked of the app: running tasks have to be evidence enough. */
  weak: boolean;
}

export interface HealthPlanOptions extends UrlFacts {
  /** `app.health`; absent or empty: `GET /` on the app's URL has to give 200–399. */
  health?: readonly HealthCheck[];
  /** `app.url`; absent: see {@link appUrl}. */
  url?: string;
}

/**
 * The checks that make an app healthy. Pure. Without a list and without any URL the plan is weak and empty.
 * @throws CcError `Misconfigured` for a placeholder that cannot be filled, an entry without exactly one kind of check,
 * or an HTTP check of an app that has no URL.
 */
export function planHealth(options: HealthPlanOptions): HealthPlan {
  const base = appUrl(options.url, options);
  const listed = options.health ?? [];
  if (listed.length > 0) return { checks: listed.map((one) => planCheck(one, base, options)), weak: false };
  if (base === undefined) return { checks: [], weak: true };
  return { checks: [{ type: 'Http', url: `${base}/` }], weak: false };
}

function planCheck(spec: HealthCheck, base: string | undefined, facts: UrlFacts): PlannedCheck {
  const { http, tcp, exec } = spec;
  if ([http, tcp, exec].filter((one) => one != null).length !== 1)
    throw new CcError('Misconfigured', 'an entry of app.health needs exactly one of http, tcp and exec');
  if (tcp) return { type: 'Tcp', host: fillUrl(tcp.host ?? '127.0.0.1', facts), port: tcp.port };
  if (exec) return { type: 'Exec', service: exec.service, command: exec.command };
  const path = http?.path ?? '/';
  return {
    type: 'Http',
    url: urlOf(path, base),
    ...present({ status: http?.status ?? undefined, contains: http?.contains ?? undefined }),
  };
}

/** The URL of `path` on an app. @throws CcError `Misconfigured` without a base. */
export function urlOf(path: string, base: string | undefined): string {
  if (base !== undefined) return `${base}${path.startsWith('/') ? '' : '/'}${path}`;
  throw new CcError('Misconfigured', `no URL to ask for ${path}: the app has no app.url, no route and no port`, {
    remedy: 'Give app.url, or a route or a port to the service.',
  });
}

export interface HealthProbeOptions {
  /** Deadline of each check, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
  exec: ExecInService;
  /** The app's domain: only URLs of it are reached as `connection` says. */
  domain: string;
  connection: AppConnection;
  clock?: Clock;
}

export interface HealthResult {
  ok: boolean;
  reason: 'Healthy' | 'WeakEvidence' | 'Unhealthy';
  /** Of the first check that failed, else of the last. */
  message: string;
  /** In the order of the plan, up to the first that failed. */
  results: readonly CheckResult[];
}

/**
 * Makes the checks one after the other and stops at the first that fails; one pass, no repeats.
 * @throws CcError `Aborted` when the signal trips; what `exec` throws.
 */
export async function probeHealth(plan: HealthPlan, options: HealthProbeOptions): Promise<HealthResult> {
  if (plan.weak) return { ok: true, reason: 'WeakEvidence', message: 'no URL to ask: tasks are running', results: [] };
  const results: CheckResult[] = [];
  for (const check of plan.checks) {
    const result = await runCheck(check, options);
    results.push(result);
    if (!result.ok) return { ok: false, reason: 'Unhealthy', message: result.message, results };
  }
  return { ok: true, reason: 'Healthy', message: results.at(-1)?.message ?? 'nothing to check', results };
}

async function runCheck(check: PlannedCheck, options: HealthProbeOptions): Promise<CheckResult> {
  const { timeoutMs, signal } = options;
  const clock = options.clock ?? systemClock;
  if (check.type === 'Exec')
    return await checkExec({ service: check.service, command: check.command, exec: options.exec });
  if (check.type === 'Tcp') return await checkTcp({ host: check.host, port: check.port, timeoutMs, signal, clock });
  const { url, status, contains } = check;
  return await checkHttp({
    url,
    timeoutMs,
    signal,
    clock,
    ...connectionTo(url, options.domain, options.connection),
    ...present({ status, contains }),
  });
}
