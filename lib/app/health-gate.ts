import type { DefaultedAppBlock } from '../api/generated/defaulted.ts';
import { present } from '../api/objects.ts';
import { type AppConnection, appUrl, type UrlFacts } from '../checks/app-connection.ts';
import type { CheckResult } from '../checks/check.ts';
import { type HealthResult, type PlannedCheck, planHealth, probeHealth } from '../checks/health-probe.ts';
import type { Clock } from '../clock.ts';
import { CcError } from '../errors.ts';
import { lookAgainMs } from '../look-again.ts';
import { convergence, type FailureReason } from '../platform/convergence.ts';
import type { AppObservation, Platform } from '../platform/platform.ts';
import { IngressWatch, isRouted, type RouteFault, unroutedAt } from './ingress-watch.ts';

/** Time between two passes in a row, and the longest between a probe that failed and the next, milliseconds. */
export const PROBE_INTERVAL_MS = 500;
/**
 * The longest time between two looks, milliseconds, at an app whose tasks are not there yet, and at one of which only a
 * task that may end by itself is waited for.
 */
const LONGEST_MS = { Tasks: 250, Settling: 1_000, Probe: PROBE_INTERVAL_MS } as const;
/** What is waited for between two passes in a row: nothing, but time. */
export const CONSECUTIVE_PASSES = 'ConsecutivePasses';
const PROBE_TIMEOUT_MS = 5_000;
const SHORTEST_PROBE_MS = 100;
/** Left of the deadline when a task that may end by itself is no longer waited for, milliseconds. */
const SETTLED_BY_MS = 5_000;
/** Left of the deadline when the last probe ends, milliseconds. */
const PROBE_MARGIN_MS = 250;

/** What a look waits for. */
type WaitCause = keyof typeof LONGEST_MS;

interface FailedLook {
  asked: PlannedCheck | undefined;
  observation: AppObservation;
  options: GateOptions;
  /** When the probe began, a reading of the monotonic clock. */
  startedMs: number;
}

export type HealthSettings = Pick<DefaultedAppBlock, 'health' | 'url' | 'healthPasses'>;

/** What one look at an app gave. */
export type GateResult =
  | { state: 'Up'; weak: boolean; url?: string; observation: AppObservation }
  | { state: 'Waiting'; waitingFor: string; afterMs: number }
  | {
      state: 'Failed';
      reason: FailureReason | 'NoIngress' | 'NoRouter';
      message: string;
      service?: string;
      exitCode?: number;
    };

export interface GateOptions {
  domain: string;
  settings: HealthSettings;
  /** When the spec was applied, milliseconds since the epoch. */
  sinceMs: number;
  /** Milliseconds until the wait is over: a probe ends before, so that what it saw can be told. Default: no limit. */
  remainingMs?: number;
  /** The app was reached in this attempt: there is a way to it, whatever becomes of it. */
  reachedBefore?: boolean;
  signal: AbortSignal;
}

/**
 * Decides "up": every service has its wanted tasks of the current spec, no update is in flight, and the probes passed
 * `healthPasses` times in a row, 500 ms apart. Counts passes, and looks in vain, between looks; everything else is read
 * again each time. What is not there yet is looked for again after 50, 100, 200 ms and so on.
 */
export class HealthGate {
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #connection: AppConnection;
  /** Passes in a row by domain; a look that fails, or another deploy, starts over. */
  readonly #passes = new Map<string, { sinceMs: number; passes: number; atMs: number }>();
  /** Looks in a row that waited for the same, by domain; a pass, or another deploy, starts over. */
  readonly #waits = new Map<string, { sinceMs: number; cause: WaitCause; looks: number }>();
  readonly #ingress = new IngressWatch();

  /** @param connection how HTTP checks reach apps; default: as their URLs say. */
  constructor(platform: Platform, clock: Clock, connection: AppConnection = {}) {
    this.#platform = platform;
    this.#clock = clock;
    this.#connection = connection;
  }

  /**
   * One look. Never waits for the app; the caller comes back after `afterMs`.
   * @throws CcError `Unreachable` where there was a way to the app, and name or ingress are gone; as `Platform.observe`.
   */
  async look(options: GateOptions): Promise<GateResult> {
    const { domain, signal } = options;
    const observation = await this.#platform.observe({ domain }, signal);
    const state = convergence(observation, { sinceMs: options.sinceMs, now: this.#clock.now() });
    if (state.state === 'Failed') return this.#over(domain, state);
    const late = (options.remainingMs ?? Number.POSITIVE_INFINITY) < SETTLED_BY_MS;
    if (state.state === 'Converging' && !(state.settling && late)) {
      this.#passes.delete(domain);
      this.#ingress.forget(domain);
      return this.#waiting(options, state.settling ? 'Settling' : 'Tasks', state.waitingFor);
    }
    return this.#probe(observation, options);
  }

  async #probe(observation: AppObservation, options: GateOptions): Promise<GateResult> {
    const { domain, settings, sinceMs, signal, remainingMs = Number.POSITIVE_INFINITY } = options;
    const before = this.#passes.get(domain);
    const early = before === undefined ? 0 : before.atMs + PROBE_INTERVAL_MS - this.#clock.monotonicMs();
    if (early > 0 && early <= PROBE_INTERVAL_MS && before?.sinceMs === sinceMs) return passing(early);
    const timeoutMs = Math.max(SHORTEST_PROBE_MS, Math.min(PROBE_TIMEOUT_MS, remainingMs - PROBE_MARGIN_MS));
    const { endpoints, url: platformUrl } = observation;
    const facts: UrlFacts = { domain, endpoints, ...present({ platformUrl }) };
    const plan = planHealth({ ...facts, ...present({ health: settings.health, url: settings.url }) });
    const startedMs = this.#clock.monotonicMs();
    const result = await probeHealth(plan, {
      timeoutMs,
      signal,
      clock: this.#clock,
      domain,
      connection: this.#connection,
      exec: (service, argv) => this.#platform.exec({ domain }, service, argv, { signal, timeoutMs }),
    });
    if (!result.ok) {
      this.#passes.delete(domain);
      const asked = plan.checks[result.results.length - 1];
      const look = { asked, observation, options, startedMs };
      const message = [result.message, unroutedOf(look)].filter(Boolean).join('; ');
      return this.#notReached(result, look) ?? this.#waiting(options, 'Probe', message);
    }
    this.#ingress.forget(domain);
    this.#waits.delete(domain);
    const passes = before?.sinceMs === sinceMs ? before.passes + 1 : 1;
    if (passes < settings.healthPasses) {
      this.#passes.set(domain, { sinceMs, passes, atMs: this.#clock.monotonicMs() });
      return passing(PROBE_INTERVAL_MS);
    }
    const url = appUrl(settings.url, facts);
    return this.#over(domain, { state: 'Up', weak: plan.weak, observation, ...(url === undefined ? {} : { url }) });
  }

  /** What a probe means that got through to nothing; undefined: the app may yet answer. */
  #notReached({ results }: HealthResult, look: FailedLook): GateResult | undefined {
    const { domain, remainingMs = Number.POSITIVE_INFINITY, reachedBefore = false } = look.options;
    const met = wayFault(results.at(-1), look);
    if (met === undefined) {
      this.#ingress.forget(domain);
      return undefined;
    }
    const now = this.#clock.monotonicMs();
    const lastLook = remainingMs - (now - look.startedMs) <= PROBE_INTERVAL_MS + PROBE_MARGIN_MS;
    const verdict = this.#ingress.met(domain, met, { now, lastLook, reachedBefore });
    if (verdict.state === 'IngressGone') throw new CcError('Unreachable', verdict.message);
    if (verdict.state === 'Waiting') return undefined;
    return this.#over(domain, { state: 'Failed', reason: verdict.state, message: verdict.message });
  }

  #waiting({ domain, sinceMs }: GateOptions, cause: WaitCause, waitingFor: string): GateResult {
    const before = this.#waits.get(domain);
    const looks = before?.sinceMs === sinceMs && before.cause === cause ? before.looks + 1 : 1;
    this.#waits.set(domain, { sinceMs, cause, looks });
    return { state: 'Waiting', waitingFor, afterMs: lookAgainMs(looks, LONGEST_MS[cause]) };
  }

  #over<T extends GateResult>(domain: string, result: T): T {
    this.#passes.delete(domain);
    this.#waits.delete(domain);
    this.#ingress.forget(domain);
    return result;
  }
}

/** What a probe met on its way to a routed URL; undefined: the app itself, or a URL that is not routed. */
function wayFault(
  { fault, status, message = '' }: Partial<CheckResult> = {},
  look: FailedLook,
): RouteFault | undefined {
  if (!isRoutedLook(look)) return undefined;
  const unrouted = unroutedOf(look);
  const isIngress = fault === 'Certificate' || status === 404;
  if (unrouted !== undefined && isIngress) return { fault: 'Router', message: `${unrouted}; ${message}` };
  return fault && { fault, message };
}

function isRoutedLook({ asked, observation, options }: FailedLook): boolean {
  return asked?.type === 'Http' && isRouted(asked.url, options.domain, observation.endpoints);
}

function unroutedOf(look: FailedLook): string | undefined {
  const { asked, observation, options } = look;
  if (asked?.type !== 'Http' || !isRoutedLook(look)) return undefined;
  return unroutedAt(asked.url, { ...observation, domain: options.domain });
}

function passing(afterMs: number): GateResult {
  return { state: 'Waiting', waitingFor: CONSECUTIVE_PASSES, afterMs };
}
