import { repeat, type Timer } from '../clock.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import { orWarn } from '../log.ts';
import type { ProblemReportOptions } from './problem-report.ts';

/**
 * How much running time that somebody was told a crash may forget. Forgetting makes waiting periods longer, never shorter.
 */
const JOURNAL_EVERY_MS = 5000;
/** And how much that nobody asked for: two syncs every few seconds are most of what a controller at rest would do. */
const AT_REST_MS = 60_000;

/** Who reads a time this much later than now, milliseconds, reads one of a count that was lost, not of a crash. */
const LOST_MS = 60_000;

/**
 * How long ago a time of the running count was, milliseconds: 0 if it is later than now because a crash forgot a few
 * seconds, endless if the count itself was lost. For waits that spare others, not for those that keep data. Pure.
 */
export function agoMs(atRunningMs: number, runningMs: number): number {
  const since = runningMs - atRunningMs;
  return since < -LOST_MS ? Number.POSITIVE_INFINITY : Math.max(0, since);
}

/** `path`: of the file that carries the count from one start to the next. */
export interface RunningTimeOptions extends ProblemReportOptions {
  /** Throws where the state directory is not there any more. */
  assertPlace?: () => Promise<void>;
}

/**
 * Counts the milliseconds during which this controller ran, over all its starts. Based on the monotonic clock: a jump
 * of the wall clock changes nothing.
 */
export class RunningTime {
  readonly #options: RunningTimeOptions;
  readonly #baseMs: number;
  readonly #startedMs: number;
  #timer: Timer | undefined;
  /** Somebody was told a time since the last journal. */
  #isTold = false;
  #journaledMs = Number.NEGATIVE_INFINITY;

  private constructor(options: RunningTimeOptions, baseMs: number) {
    this.#options = options;
    this.#baseMs = baseMs;
    this.#startedMs = options.clock.monotonicMs();
  }

  /** Goes on from the journaled count; a missing or damaged file starts at 0, which only delays. */
  static async open(options: RunningTimeOptions): Promise<RunningTime> {
    const stored = await readJson<{ runningMs?: unknown }>(options.path).catch(() => undefined);
    const base = stored?.runningMs;
    return new RunningTime(options, typeof base === 'number' && base >= 0 ? base : 0);
  }

  /** Milliseconds so far. Never decreases within a process. */
  nowMs(): number {
    this.#isTold = true;
    return this.#countMs();
  }

  #countMs(): number {
    return Math.round(this.#baseMs + this.#options.clock.monotonicMs() - this.#startedMs);
  }

  /** Journals the count until {@link stop}: every 5 s where somebody was told a time meanwhile, else once a minute. */
  start(): void {
    this.#timer = repeat(this.#options.clock, JOURNAL_EVERY_MS, async () => {
      if (this.#isTold || this.#countMs() - this.#journaledMs >= AT_REST_MS) await this.flush();
    });
  }

  /** Ends the timer without a last journal. Idempotent. */
  cancel(): void {
    this.#timer?.cancel();
  }

  /** Ends the timer and journals a last time. Idempotent. */
  async stop(): Promise<void> {
    this.cancel();
    await this.flush();
  }

  /** Journals the count now. A failure is logged: the next start then counts from an older reading. */
  async flush(): Promise<void> {
    const { path, log, assertPlace = async () => {} } = this.#options;
    const runningMs = this.#countMs();
    this.#isTold = false;
    const write = async (): Promise<boolean> => {
      await assertPlace();
      await writeJsonDurable(path, { runningMs }, { directory: 'MustExist' });
      return true;
    };
    // One that failed is tried again with the next beat.
    if (await write().catch(orWarn(log, 'running time not journaled', { path }))) this.#journaledMs = runningMs;
    else this.#isTold = true;
  }
}
