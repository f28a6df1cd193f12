import { expect } from 'chai';
import fc from 'fast-check';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import type { SweepJournal } from '../../../controllers/sweep/journal.ts';
import type { RunStatus, SweepStatus } from '../../../lib/api/index.ts';
import type { ObjectKey } from '../../../lib/api/kinds.ts';
import { readLease } from '../../../lib/known-good/lease.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { commitRecipe } from '../../builders/recipe.ts';
import { CANONICAL_DOMAIN, HEAD_VERSION, type Notes } from './enrolled.ts';
import { expectIdle, marking, outcome, quickBench } from './quick-bench.ts';
import { numbersFrom, Turnstile } from './turnstile.ts';

const signal = new AbortController().signal;
const SWEEP = { kind: 'Sweep', name: 'weekly' } as const;
/** What of the platform is a place where another may go on. */
const STOPS = ['deploy', 'undeploy', 'observe', 'volumes', 'recordVolumes'] as const satisfies (keyof Platform)[];

/** Two quick runs, one of which fails, a cold run that promotes, and a sweep, on one canonical at once. */
class Interleaving {
  readonly #notes: Notes;
  #round = 0;
  #turnstile: Turnstile | undefined;
  /** Who held the lease at each change of the canonical's app, without repetition. */
  readonly #holders: string[] = [];

  constructor(notes: Notes) {
    this.#notes = notes;
    const { platform } = notes.bench;
    for (const method of STOPS) {
      const original = platform[method].bind(platform) as (...args: unknown[]) => Promise<unknown>;
      const stopped = async (...args: unknown[]): Promise<unknown> => {
        await this.#turnstile?.pass();
        await this.#noteHolder(method, args[0]);
        return await original(...args);
      };
      Object.assign(platform, { [method]: stopped });
    }
  }

  async #noteHolder(method: string, app: unknown): Promise<void> {
    const { domain, app: prepared } = app as { domain?: string; app?: { domain: string } };
    if ((domain ?? prepared?.domain) !== CANONICAL_DOMAIN || method === 'observe' || method === 'volumes') return;
    const { holder = 'nobody' } = (await readLease(this.#notes.bench.knownGood('notes').directory)) ?? {};
    if (this.#holders.at(-1) !== holder) this.#holders.push(holder);
  }

  /** The sweep is some passes ahead of the runs, or waits for them, as the seed has it. */
  async play(seed: number): Promise<void> {
    const { bench } = this.#notes;
    const numbers = numbersFrom(seed);
    this.#round += 1;
    this.#holders.length = 0;
    // The known-good of the round before is too old for the sweep.
    bench.clock.skippedMs += 10_000;
    const request = await bench.request(SWEEP, 'run');
    for (let ahead = numbers(8); ahead > 0; ahead -= 1) await bench.pass(SWEEP);
    const runs = await this.#writeRuns();
    const turnstile = new Turnstile(runs.length + 3, numbers);
    this.#turnstile = turnstile;
    const loop = async (look: () => Promise<unknown>, over: () => Promise<boolean>): Promise<void> => {
      for (let pass = 0; pass < 4_000 && !(await over()); pass += 1) {
        await turnstile.pass();
        await look();
        bench.clock.skippedMs += 50;
      }
      turnstile.end();
    };
    const isSwept = (): Promise<boolean> => this.#isSwept(request);
    const allOver = async (): Promise<boolean> =>
      (await isSwept()) && (await Promise.all(runs.map((key) => this.#isOver(key)))).every(Boolean);
    await Promise.all([
      ...runs.map((key) =>
        loop(
          () => bench.pass(key),
          () => this.#isOver(key),
        ),
      ),
      loop(() => bench.pass(SWEEP), isSwept),
      loop(() => this.#passSwept(), isSwept),
      loop(() => bench.pass({ kind: 'Canonical', name: 'notes' }), allOver),
    ]);
    this.#turnstile = undefined;
    await this.#check(runs);
  }

  async #writeRuns(): Promise<ObjectKey[]> {
    const specs = {
      good: { mode: 'Quick', ref: 'refs/heads/good' },
      bad: { mode: 'Quick', ref: 'refs/heads/bad' },
      cold: { ref: HEAD_VERSION },
    };
    const keys: ObjectKey[] = [];
    for (const [what, spec] of Object.entries(specs))
      keys.push(await this.#notes.bench.write('Run', `${what}-${this.#round}`, { recipe: 'notes', ...spec }));
    return keys;
  }

  async #isOver({ name }: ObjectKey): Promise<boolean> {
    const journal = await this.#notes.bench.store.readJournal<RunJournal>({ kind: 'Run', name });
    return journal?.collected === true;
  }

  async #isSwept(request: string): Promise<boolean> {
    const { sweep } = (await this.#notes.bench.store.readJournal<SweepJournal>(SWEEP)) ?? {};
    return sweep?.request === request && sweep.step === 'Over';
  }

  /** A look at the run of the sweep, once there is one. */
  async #passSwept(): Promise<void> {
    const { bench } = this.#notes;
    for (const { kind, name, ownerReferences } of bench.store.list('Run')) {
      if (ownerReferences.length > 0 && !(await this.#isOver({ kind, name }))) await bench.pass({ kind, name });
    }
  }

  async #check(runs: readonly ObjectKey[]): Promise<void> {
    const { bench } = this.#notes;
    const { lastSweep } = (await bench.status(SWEEP)) as SweepStatus;
    const [row, ...others] = lastSweep?.recipes ?? [];
    const swept = { kind: 'Run', name: row?.run ?? '' } as const;
    const shown = [...runs, swept].map(async (key) => (await bench.status(key)) as RunStatus);
    const [good, bad, cold, own] = await Promise.all(shown);
    const told = JSON.stringify({ holders: this.#holders, good, bad, cold, own, lastSweep });
    expect(
      [good, bad, cold, own].map((one) => one && outcome(one)),
      told,
    ).to.deep.equal(['True/Passed', 'False/Failed', 'True/Passed', 'True/Passed']);
    expect([good?.mode, bad?.mode, cold?.mode, own?.mode], told).to.deep.equal(['Quick', 'Quick', 'Cold', 'Cold']);
    expect(
      bad?.stages?.find(({ name }) => name === 'Upgrade'),
      told,
    ).to.include({ reason: 'CrashLoop' });
    expect(
      [cold, own].map((one) => one?.promotion?.result),
      told,
    ).to.deep.equal(['Promoted', 'Promoted']);
    expect(row, told).to.include({ decision: 'Run', reason: 'TooOld', result: 'Passed' });
    expect([lastSweep?.result, others], told).to.deep.equal(['Passed', []]);
    // Who found the lease taken in between has begun nothing, and comes again.
    const tested = [good, bad, cold, own].map(
      (one) => one?.attempts?.filter(({ reason }) => reason !== 'LeaseHeld').length,
    );
    expect(tested, told).to.deep.equal([1, 1, 1, 1]);
    // One after the other: nobody comes twice, and nobody touches the app without the lease.
    expect(this.#holders, told).to.have.lengthOf(new Set(this.#holders).size).and.not.include('nobody');
    const store = bench.knownGood('notes');
    const pointer = await store.pointer();
    const promoters = [runs[2]?.name, swept.name];
    expect(pointer?.manifest.run?.name, told).to.equal(this.#holders.findLast((one) => promoters.includes(one)));
    expect((await store.sets.verify(pointer?.id ?? '', signal)).state).to.equal('Intact');
    await expectIdle(this.#notes);
  }
}

describe('two quick runs, a promotion and a sweep on one canonical at once', function () {
  this.timeout(3_600_000);
  let notes: Notes;
  let interleaving: Interleaving;

  before(async () => {
    notes = await quickBench({ maxRuns: 2 });
    const { recipe, bench } = notes;
    for (const branch of ['good', 'bad']) {
      recipe.git('checkout', '--quiet', '-b', branch, 'main');
      const commit = await commitRecipe(recipe, { version: '1.1.0+1.1.0', files: { 'change.txt': branch } });
      const conduct = branch === 'bad' ? 'CrashLoops' : 'Runs';
      bench.platform.behave(commit, { ...marking(branch), services: [{ name: 'app', conduct }] });
    }
    recipe.git('checkout', '--quiet', 'main');
    await bench.write('Run', 'newest', { recipe: 'notes', ref: HEAD_VERSION });
    expect((await bench.finish('newest')).promotion?.result).to.equal('Promoted');
    await bench.write('Sweep', SWEEP.name, { rollWarmServices: false, maxAge: '1ms' });
    interleaving = new Interleaving(notes);
  });
  after(() => notes.bench.close());

  const play = (numRuns: number) =>
    fc.assert(
      fc.asyncProperty(fc.nat(), (seed) => interleaving.play(seed)),
      { numRuns, endOnFailure: true },
    );

  it('are serialised, each with its right verdict, in three orders', async () => {
    for (const seed of [1, 2, 1403366021]) await interleaving.play(seed);
  });
  it('are so in a hundred orders @nightly', () => play(100));
});
