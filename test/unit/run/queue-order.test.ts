import { expect } from 'chai';
import fc from 'fast-check';
import { placeOf } from '../../../controllers/run/queue/admission.ts';
import { inOrder, isOverdue, waitingSinceMs } from '../../../controllers/run/queue/order.ts';
import { type QueuedRun, RUN_SOURCES, type RunSource, sourceOf } from '../../../controllers/run/queue/queued-run.ts';
import { atMinute, GIB, ground, memoryOf, queuedRun, queueOf } from '../../builders/queued-run.ts';
import { storedRun } from '../../builders/stored-object.ts';

/** `name source minute`. */
const run = (text: string): QueuedRun => {
  const [name = '', source = '', minute = ''] = text.split(' ');
  return queuedRun(name, { source: source as RunSource, createdMs: atMinute(Number(minute)) });
};

describe('where a run comes from', () => {
  const owner = (kind: 'Sweep' | 'Canonical') => ({ ownerReferences: [{ kind, name: 'x', uid: 'u' }] });
  const pullRequest = { number: 12 };
  const rows: [string, Parameters<typeof sourceOf>, RunSource][] = [
    ["a person's file", [storedRun(), {}], 'Person'],
    ['a pull request', [storedRun(), { pullRequest }], 'PullRequest'],
    ['a row of a sweep', [storedRun(owner('Sweep')), {}], 'Sweep'],
    ['a seed', [storedRun(owner('Canonical')), {}], 'Sweep'],
  ];
  for (const [title, facts, wanted] of rows)
    it(`${title}: ${wanted}`, () => {
      expect(sourceOf(...facts)).to.equal(wanted);
    });
});

describe('the order of the queue', () => {
  const rows: [string, number, string[], string][] = [
    ['people go first, then pull requests, then sweeps', 3, ['s Sweep 0', 'p PullRequest 1', 'h Person 2'], 'h p s'],
    ['of one rank the oldest', 3, ['b Person 2', 'a Person 1'], 'a b'],
    ['of the same time by name', 3, ['b Person 1', 'a Person 1'], 'a b'],
    ['a pull request that waited half an hour counts as a person', 31, ['p PullRequest 1', 'h Person 2'], 'p h'],
    ['not a minute before', 30, ['p PullRequest 1', 'h Person 0'], 'h p'],
    ['a sweep that waited half an hour counts as a pull request', 31, ['s Sweep 1', 'p PullRequest 2'], 's p'],
    ['that is behind people still', 31, ['s Sweep 1', 'h Person 30'], 'h s'],
    ['after an hour it is one of them', 61, ['s Sweep 1', 'h Person 30', 'o Person 0'], 'o s h'],
    ['T63 a clock that was put back makes nobody rank lower', -600, ['p PullRequest 0', 's Sweep 0'], 'p s'],
  ];
  for (const [title, minutes, runs, wanted] of rows) {
    it(title, () => {
      const names = inOrder(runs.map(run), atMinute(minutes)).map(({ name }) => name);
      expect(names.join(' ')).to.equal(wanted);
    });
  }

  it('a run is overdue after an hour, whatever its rank', () => {
    for (const source of RUN_SOURCES) {
      expect(isOverdue(queuedRun('a', { source }), atMinute(60) - 1)).to.equal(false);
      expect(isOverdue(queuedRun('a', { source }), atMinute(60))).to.equal(true);
    }
  });

  it('nobody who came later is ahead of one that waited an hour', () => {
    const runs = fc.array(fc.record({ source: fc.constantFrom(...RUN_SOURCES), minute: fc.nat(300) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(runs, fc.nat(400), (made, minute) => {
        const waiting = made.map(({ source, minute: since }, name) => run(`r${name} ${source} ${since}`));
        const order = inOrder(waiting, atMinute(minute));
        for (const [place, one] of order.entries()) {
          if (!isOverdue(one, atMinute(minute))) continue;
          const passed = order.slice(0, place).filter((other) => other.createdMs > one.createdMs);
          expect(passed.map(({ name }) => name)).to.deep.equal([]);
        }
      }),
    );
  });
});

describe('a queue that never empties', () => {
  interface Rival {
    source: RunSource;
    needGib: number;
    lasts: number;
  }

  /** A host of 8 GiB, minute by minute: six rivals wait whenever somebody may start. */
  class Crowd {
    readonly #rivals: readonly Rival[];
    readonly #maxRuns: number;
    #waiting: QueuedRun[] = [];
    #active: { run: QueuedRun; ends: number }[] = [];
    #count = 0;

    constructor(rivals: readonly Rival[], maxRuns: number) {
      [this.#rivals, this.#maxRuns] = [rivals, maxRuns];
    }

    add(one: QueuedRun): void {
      this.#waiting.push(one);
    }

    /** Lets start who may. @returns their names. */
    pass(minute: number): string[] {
      this.#active = this.#active.filter(({ ends }) => ends > minute);
      while (this.#waiting.length < 6) this.add(this.#rival(minute));
      const used = this.#active.reduce((sum, { run: one }) => sum + one.grownBytes, 0);
      const queue = queueOf({
        ...{ maxRuns: this.#maxRuns, active: this.#active.map((one) => one.run), nowMs: atMinute(minute) },
        waiting: inOrder(this.#waiting, atMinute(minute)),
        ground: ground(memoryOf(Math.max(GIB, 8 * GIB - used), 8 * GIB)),
      });
      const started = queue.waiting.filter(({ uid }) => placeOf(uid, queue).position === 0);
      for (const one of started) this.#start(one, minute);
      return started.map(({ name }) => name);
    }

    #rival(minute: number): QueuedRun {
      this.#count += 1;
      const { source, needGib } = this.#kindOf(this.#count);
      const createdMs = atMinute(minute);
      return queuedRun(`${this.#count}`, { source, needBytes: needGib * GIB, createdMs });
    }

    #start(one: QueuedRun, minute: number): void {
      this.#waiting = this.#waiting.filter(({ uid }) => uid !== one.uid);
      const { lasts } = this.#kindOf(Number(one.name) || 0);
      this.#active.push({ run: { ...one, step: 'Testing', grownBytes: one.needBytes }, ends: minute + lasts });
    }

    #kindOf(number: number): Rival {
      return this.#rivals[number % this.#rivals.length] ?? { source: 'Person', needGib: 0, lasts: 1 };
    }
  }

  it('every run starts after a bounded number of starts, whatever it ranks and needs', () => {
    const source = fc.constantFrom(...RUN_SOURCES);
    const rival = fc.record({ source, needGib: fc.nat(3), lasts: fc.integer({ min: 1, max: 10 }) });
    const rivals = fc.array(rival, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), source, fc.nat(12), rivals, (maxRuns, mine, needGib, others) => {
        const crowd = new Crowd(others, maxRuns);
        const started: string[] = [];
        for (let minute = 0; minute < 200 && !started.includes('me'); minute += 1) {
          if (minute === 20)
            crowd.add(queuedRun('me', { source: mine, needBytes: needGib * GIB, createdMs: atMinute(20) }));
          const names = crowd.pass(minute);
          if (minute >= 20) started.push(...names);
        }
        // Who waited when it came, and who starts in the hour in which it may be passed.
        expect(started.indexOf('me')).to.be.within(0, 6 + 61 * maxRuns);
      }),
      { numRuns: 50 },
    );
  });
});

describe('those of all ranks in one line', () => {
  it('are as old as they are, less half an hour for each rank below that of a person', () => {
    const since = (source: 'Person' | 'PullRequest' | 'Sweep') => waitingSinceMs({ source, createdMs: atMinute(0) });
    expect([since('Person'), since('PullRequest'), since('Sweep')]).to.deep.equal([0, 30, 60].map(atMinute));
  });
});
