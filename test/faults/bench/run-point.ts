/** Runs one point in this namespace and judges how it ended. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKill, type Point } from '../matrix/point.ts';
import { type Outcomes, type Reading, readOutcomes, readState } from '../reader/reading.ts';
import { compareEnds, type End, endOf, faultsOf } from '../reader/verdict.ts';
import { Controller, type Ending, type Shim } from './controller.ts';
import { PLACE, SPECS, STATE } from './place.ts';
import { SCENARIO } from './scenarios.ts';

const POLL_MS = 150;
/** What is over for so long is at rest, not between two steps. */
const STEADY_MS = 250;
/** How long something may be left after the end. */
const CLEAN_MS = 12_000;
/** How long nothing may change while the scenario is not over. */
const STILL_MS = 60_000;
/** How long an end may take, from the last start of the controller on. */
const REST_MS = 150_000;
/** A cgroup with a process in it would be another problem besides. */
const MAY_REMAIN = /^(?:.*\.tmp-\S* (?:of \S+ )?|\S+\/\.trash-\S+ |cgroup \S+ )is left$/;
/** More starts than this are a controller that does not come up. */
const MOST_STARTS = 4;

export interface PointResult {
  /** `Same`: as undisturbed. `Honest`: otherwise, after an error, and says so. `NotReached`: the call was not made. */
  result: 'Same' | 'Honest' | 'Wrong' | 'NotReached';
  /** What is wrong; empty unless the result is `Wrong`. */
  problems: string[];
  end: End;
  starts: number;
  seconds: number;
}

export interface RunPointOptions {
  point: Point;
  shim: Shim;
  /** File that gets the output of the controllers. */
  log: string;
  /** The undisturbed end; absent while that is being found out. */
  wanted?: End;
}

/** Rejects only where the bench itself fails. The state directory is laid out already. */
export async function runPoint(options: RunPointOptions): Promise<PointResult> {
  const started = performance.now();
  const session = new Session(options);
  const problems = await session.run();
  const reading = session.read();
  const end = endOf(reading);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const rest = { end, starts: session.starts, seconds };
  if (problems.length > 0) return { result: 'Wrong', problems, ...rest };
  const { wanted, point } = options;
  if (wanted === undefined) return { result: 'Same', problems: [], ...rest };
  const compared = compareEnds(end, wanted, reading);
  if (compared.result === 'Wrong') return { result: 'Wrong', problems: [compared.why], ...rest };
  if (compared.result === 'Honest' && (isKill(point) || point.mode === 'none'))
    return { result: 'Wrong', problems: [`another end, and no call failed: ${JSON.stringify(end)}`], ...rest };
  return { result: wasReached(options) ? compared.result : 'NotReached', problems: [], ...rest };
}

function wasReached({ shim, point }: RunPointOptions): boolean {
  return point.mode === 'none' || /^\d+\t\d+\tfault\t/m.test(readFileSync(shim.trace, 'utf8'));
}

interface Wait {
  since: number;
  /** The outcomes that were seen last, and since when. */
  seen: string;
  changed: number;
  /** Since when the scenario has been over. */
  over: number | undefined;
}

function newWait(): Wait {
  const now = performance.now();
  return { since: now, seen: '', changed: now, over: undefined };
}

class Session {
  starts = 0;
  readonly #options: RunPointOptions;
  #controller: Controller;

  constructor(options: RunPointOptions) {
    this.#options = options;
    const { log, shim, point } = options;
    this.#controller = new Controller(log, { shim, point });
    this.starts = 1;
  }

  read(): Reading {
    return readState({ specs: SPECS, state: STATE, except: [process.pid, process.ppid, this.#controller.pid] });
  }

  /** What is wrong; none where everything came to rest and the controller stopped as told. */
  async run(): Promise<string[]> {
    for (;;) {
      const problems = await this.#awaitRest();
      const ending = await this.#controller.stop();
      if (problems.length > 0 && !this.#mayRemain(problems)) return problems;
      if (problems.length > 0) {
        this.#start();
        continue;
      }
      const fault = this.#fault(ending);
      if (fault === undefined) return faultsOf(this.read(), 'Rest').filter((one) => !one.includes('.lock'));
      if (fault !== 'Again') return [fault];
      this.#start();
    }
  }

  /** What could not be removed because that failed may lie there until the next start: temp files, trash, empty cgroups. */
  #mayRemain(problems: readonly string[]): boolean {
    const isError = !isKill(this.#options.point) && this.#options.point.mode !== 'none';
    return isError && this.starts === 1 && problems.every((problem) => MAY_REMAIN.test(problem));
  }

  /** Waits until the scenario is over and nothing is left; what is still wrong when its time is over. */
  async #awaitRest(): Promise<string[]> {
    for (let wait = newWait(); ; ) {
      const ending = await Promise.race([this.#controller.ended, sleep(POLL_MS)]);
      if (ending === undefined) {
        const problems = this.#look(wait);
        if (problems !== undefined) return problems;
        continue;
      }
      const faults = this.#faultsAfter(ending);
      if (faults.length > 0) return faults;
      this.#start();
      wait = newWait();
    }
  }

  /** Empty where all is at rest, and has been for a while; undefined where waiting may help. */
  #look(wait: Wait): string[] | undefined {
    const now = performance.now();
    const outcomes = readOutcomes({ specs: SPECS, state: STATE });
    const text = JSON.stringify(outcomes);
    if (text !== wait.seen) [wait.seen, wait.changed] = [text, now];
    wait.over = this.#isOver(outcomes) ? (wait.over ?? now) : undefined;
    const overFor = now - (wait.over ?? now);
    if (overFor > 0 && overFor < STEADY_MS) return undefined;
    const problems = wait.over === undefined ? ['the scenario is not over'] : faultsOf(this.read(), 'Rest');
    const late = now - wait.since > REST_MS || now - wait.changed > STILL_MS || overFor > CLEAN_MS;
    return late || (problems.length === 0 && overFor >= STEADY_MS) ? problems : undefined;
  }

  #isOver(outcomes: Outcomes): boolean {
    return this.#controller.hasStarted && SCENARIO[this.#options.point.scenario].isOver(outcomes);
  }

  /** After an end in mid-work: what must not be at any moment, and whether the controller was to end. */
  #faultsAfter(ending: Ending): string[] {
    const fault = this.#fault(ending) ?? 'the controller stopped by itself';
    const always = faultsOf(this.read(), 'Always').filter((one) => !one.startsWith('the status of'));
    return fault === 'Again' ? always : [fault, ...always];
  }

  /** What the end of a controller means: nothing, that it is to be started again, or a fault. */
  #fault({ code, signal }: Ending): string | undefined {
    const { point } = this.#options;
    if (code === 0) return undefined;
    const disturbed = this.starts === 1 && point.mode !== 'none';
    if (disturbed && (signal === 'SIGKILL' ? isKill(point) : !this.#controller.hasStarted)) return 'Again';
    if (disturbed && signal === undefined && !isKill(point)) return `the controller ended with ${code} after an error`;
    return `the controller ended with ${signal ?? code}`;
  }

  #start(): void {
    if (this.starts >= MOST_STARTS) throw new Error(`${MOST_STARTS} starts of the controller`);
    this.starts += 1;
    appendFileSync(this.#options.log, `--- started again below ${PLACE}\n`);
    this.#controller = new Controller(this.#options.log);
  }
}
