import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** So long, milliseconds, does nobody wait who is not looking again and again at processes or files. */
const POLL_MS = 25;
const TURNS = 4_000;
const TURN_MS = 2;

/** A clock that is moved by hand, but for who polls: real processes and files take real time. */
export class PollingClock extends FakeClock {
  #sleeping = 0;
  #polls = 0;

  override async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (delayMs <= POLL_MS) {
      this.#polls += 1;
      return await systemClock.sleep(delayMs, signal);
    }
    this.#sleeping += 1;
    try {
      return await super.sleep(delayMs, signal);
    } finally {
      this.#sleeping -= 1;
    }
  }

  /** How often somebody has looked and sleeps until the next look. */
  polls(): number {
    return this.#polls;
  }

  /** How many sleep until the clock is moved. */
  sleeping(): number {
    return this.#sleeping;
  }
}

/** Lets real processes and files go on, bounded, until the condition holds; the clock goes on by `stepMs` each turn. */
export async function driven(clock: FakeClock, condition: () => boolean | Promise<boolean>, stepMs = 0): Promise<void> {
  for (let turn = 0; turn < TURNS && !(await condition()); turn += 1) {
    await clock.advance(stepMs);
    await systemClock.sleep(TURN_MS);
  }
  expect(await condition(), 'what is waited for').to.equal(true);
}

/** What the work gives, while the clock goes on as by {@link driven}. */
export async function drivenTo<T>(clock: FakeClock, work: Promise<T>, stepMs = 0): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  work.then(over, over);
  await driven(clock, () => isOver, stepMs);
  return await work;
}

/** Until who looks again and again, and sleeps in between, has done so twice more: what it could see it has seen. */
export async function lookedTwice(clock: PollingClock): Promise<void> {
  const before = clock.polls();
  await driven(clock, () => clock.polls() > before + 2);
}
