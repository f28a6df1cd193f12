import { appendFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { type Clock, toTime } from '../clock.ts';
import { orNothing } from '../errors.ts';

/** What is written within this time, milliseconds, has one time. */
const MARK_EVERY_MS = 1_000;

const timesOf = (log: string): string => `${log}.times`;

/**
 * Notes beside a log, as lines `TIME OFFSET`, when it had which size: its own lines are the service's, whose times are
 * its own affair. A note that cannot be written is left out.
 */
export class LogTimes {
  readonly #log: string;
  readonly #clock: Clock;
  #markedMs: number | undefined;

  constructor(log: string, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Called before something is appended to the log, with its size then, bytes. */
  before(size: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#markedMs !== undefined && nowMs - this.#markedMs < MARK_EVERY_MS) return;
    this.#markedMs = nowMs;
    attempt(() => appendFileSync(timesOf(this.#log), `${toTime(this.#clock.now())} ${size}\n`, { mode: 0o600 }));
  }

  /** The log is `<log>.1` by now, and another one begins. */
  rotated(): void {
    this.#markedMs = undefined;
    const [now, before] = [timesOf(this.#log), timesOf(`${this.#log}.1`)];
    attempt(() => (existsSync(now) ? renameSync(now, before) : rmSync(before, { force: true })));
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // No space: the log itself is worth more.
  }
}

/**
 * Where in a log begins what was written since then, to the second; its start where nobody noted times, as beside what a
 * run has kept. Undefined where nothing was.
 */
export async function offsetSince(log: string, sinceMs: number): Promise<number | undefined> {
  const written = await orNothing(stat(log), 'ENOENT');
  if (written === undefined || written.mtimeMs < sinceMs) return undefined;
  const text = (await orNothing(readFile(timesOf(log), 'utf8'), 'ENOENT')) ?? '';
  for (const line of text.split('\n')) {
    const [time = '', offset] = line.split(' ');
    if (Date.parse(time) + MARK_EVERY_MS > sinceMs && Number(offset) <= written.size) return Number(offset);
  }
  return text === '' ? 0 : undefined;
}
