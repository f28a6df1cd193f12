import type { StageName, StageResult, StageUsage } from '../../../lib/api/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import { cutAtDeadline } from '../../../lib/deadline.ts';
import { CcError, explainError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { Platform, ServiceUsage, UsageKind } from '../../../lib/platform/platform.ts';
import {
  forNextStage,
  NOTHING_SEEN,
  stageUsageOf,
  type UsageSeen,
  withFailure,
  withSample,
} from '../../../lib/run-record/stage-usage.ts';
import { appDomain, currentAttempt } from '../journal.ts';
import type { RunPass, StageEnd, StepContext } from '../stage.ts';

export interface UsageSamplerOptions {
  platform: Pick<Platform, 'usage'>;
  clock: Clock;
  log: Log;
}

/** The stage of an attempt, by the domain of its app. */
export interface MeasuredStage {
  domain: string;
  stage: StageName;
}

/** Between two samples, milliseconds, at least. */
const EVERY_MS = { Memory: 2_000, Disk: 10_000 } as const satisfies Record<UsageKind, number>;
/**
 * So many times what a sample took passes until the next one: a walk through files costs a run two per cent at the most,
 * while for memory an engine is waited for.
 */
const PAUSE = { Memory: 5, Disk: 50 } as const satisfies Record<UsageKind, number>;
/** A sample that is not answered after so long is given up, milliseconds. Docker 20.10 takes a second for several containers. */
const SAMPLE_MS = { Memory: 3_000, Disk: 1_000 } as const satisfies Record<UsageKind, number>;
const WITH_APP: readonly StageName[] = ['Install', 'Reattach', 'Upgrade', 'Backup', 'Restore', 'Custom'];

/** What is kept of an attempt between its steps; lost with the controller, as the attempt is. */
interface Measuring {
  stage: StageName;
  seen: UsageSeen;
  /** Readings of the monotonic clock. */
  dueMs: Record<UsageKind, number>;
}

/**
 * Measures what the app of an attempt uses while its stages last; never throws, never fails a stage. Samples are taken
 * beside a step and are over when it is: nothing goes on in between. See docs/adr/0081-peaks-of-samples.md.
 */
export class UsageSampler {
  readonly #options: UsageSamplerOptions;
  readonly #attempts = new Map<string, Measuring>();

  constructor(options: UsageSamplerOptions) {
    this.#options = options;
  }

  /** Does a step of a stage, and measures now and then meanwhile. Ends with it: a sample of memory under way is waited for. */
  async during<T>(place: MeasuredStage, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    if (!WITH_APP.includes(place.stage)) return await step();
    const measuring = this.#open(place);
    const stop = new AbortController();
    const sampling = this.#sampleOn(place.domain, measuring, { signal, stop: stop.signal });
    try {
      return await step();
    } finally {
      stop.abort();
      await sampling;
    }
  }

  /** Measures once more, four seconds at the most, and gives what the stage came to. Before anything of the app is ended. */
  async last(place: MeasuredStage, signal: AbortSignal): Promise<StageUsage | undefined> {
    if (!WITH_APP.includes(place.stage)) return undefined;
    const measuring = this.#open(place);
    for (const kind of ['Memory', 'Disk'] as const) await this.#sample(place.domain, measuring, { kind, signal });
    return stageUsageOf(measuring.seen);
  }

  /** What the stage came to so far, without another look. */
  gathered({ domain, stage }: MeasuredStage): StageUsage | undefined {
    const measuring = this.#attempts.get(domain);
    return measuring?.stage === stage ? stageUsageOf(measuring.seen) : undefined;
  }

  /** Lets go of an attempt whose app goes. */
  forget(domain: string): void {
    this.#attempts.delete(domain);
  }

  #open({ domain, stage }: MeasuredStage): Measuring {
    const known = this.#attempts.get(domain);
    if (known?.stage === stage) return known;
    const now = this.#options.clock.monotonicMs();
    const dueMs = { Memory: now + EVERY_MS.Memory, Disk: now + EVERY_MS.Disk };
    const measuring = { stage, seen: forNextStage(known?.seen ?? NOTHING_SEEN), dueMs };
    this.#attempts.set(domain, measuring);
    return measuring;
  }

  /** A sample of memory under way is waited for: it mostly takes milliseconds. A walk through files is broken off. */
  async #sampleOn(
    domain: string,
    measuring: Measuring,
    { signal, stop }: { signal: AbortSignal; stop: AbortSignal },
  ): Promise<void> {
    const { clock } = this.#options;
    const over = AbortSignal.any([signal, stop]);
    while (!over.aborted) {
      const { Memory, Disk } = measuring.dueMs;
      const kind = Memory <= Disk ? 'Memory' : 'Disk';
      try {
        await clock.sleep(Math.max(0, Math.min(Memory, Disk) - clock.monotonicMs()), over);
      } catch {
        return;
      }
      await this.#sample(domain, measuring, { kind, signal: kind === 'Memory' ? signal : over });
    }
  }

  async #sample(
    domain: string,
    measuring: Measuring,
    { kind, signal }: { kind: UsageKind; signal: AbortSignal },
  ): Promise<void> {
    if (signal.aborted) return;
    const { clock, log } = this.#options;
    const startedMs = clock.monotonicMs();
    try {
      const sample = await this.#answerInTime(domain, kind, signal);
      measuring.seen = withSample(measuring.seen, sample);
    } catch (error) {
      if (!signal.aborted) {
        measuring.seen = withFailure(measuring.seen, kind);
        log.debug('usage could not be measured', { domain, kind, error: explainError(error) });
      }
    }
    const now = clock.monotonicMs();
    measuring.dueMs[kind] = now + Math.max(EVERY_MS[kind], PAUSE[kind] * (now - startedMs));
  }

  /** Given up when the time is over, also where the platform does not listen to its signal. */
  async #answerInTime(domain: string, kind: UsageKind, signal: AbortSignal): Promise<ServiceUsage[]> {
    const { clock, platform } = this.#options;
    const late = (): CcError => new CcError('DeadlineExceeded', 'no answer in time');
    const deadline = { clock, signal, deadlineMs: SAMPLE_MS[kind], late };
    return await cutAtDeadline(deadline, (bounded) => platform.usage({ domain }, [kind], bounded));
  }
}

/** What the stage used, measured once more at its end; one that was skipped used nothing of its own. Never throws. */
export async function lastUsage(
  { services, domain, stage, signal }: StepContext,
  { result }: Pick<StageEnd, 'result'>,
): Promise<Pick<StageResult, 'usage'>> {
  if (result === 'Skipped') return {};
  const usage = await services.usage.last({ domain, stage }, signal);
  return usage === undefined ? {} : { usage };
}

/** Measures for the running stage once more, before its app goes; `gatheredUsage` gives it. Never throws. */
export async function measureRunning({ progress, journal, services, pass }: RunPass): Promise<void> {
  const running = progress?.stages.find(({ result }) => result === 'Running');
  const attempt = currentAttempt(journal);
  if (running && attempt) await services.usage.last({ domain: appDomain(attempt), stage: running.name }, pass.signal);
}

/** What is known of the usage of a stage that is broken off, without another look. */
export function gatheredUsage({ services, journal }: RunPass, { name }: StageResult): Pick<StageResult, 'usage'> {
  const attempt = currentAttempt(journal);
  const usage = attempt && services.usage.gathered({ domain: appDomain(attempt), stage: name });
  return usage === undefined ? {} : { usage };
}
