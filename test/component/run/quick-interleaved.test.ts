import { expect } from 'chai';
import fc from 'fast-check';
import type { RunStatus } from '../../../lib/api/index.ts';
import type { ObjectKey } from '../../../lib/api/kinds.ts';
import { readLease } from '../../../lib/known-good/lease.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { commitRecipe } from '../../builders/recipe.ts';
import { CANONICAL_DOMAIN, HEAD_VERSION, type Notes } from './enrolled.ts';
import { expectIdle, marking, outcome, quickBench } from './quick-bench.ts';
import { numbersFrom, Turnstile } from './turnstile.ts';

const signal = new AbortController().signal;
/** What of the platform is a place where another may go on. */
const STOPS = ['deploy', 'undeploy', 'observe', 'volumes', 'recordVolumes'] as const satisfies (keyof Platform)[];

/** Two quick runs, one of which fails, and a cold run that promotes, on one canonical at once. */
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

  async play(seed: number): Promise<void> {
    const { bench } = this.#notes;
    this.#round += 1;
    this.#holders.length = 0;
    const name = (what: string): string => `${what}-${this.#round}`;
    const specs = [
      [name('good'), { mode: 'Quick', ref: 'refs/heads/good' }],
      [name('bad'), { mode: 'Quick', ref: 'refs/heads/bad' }],
      [name('cold'), { ref: HEAD_VERSION }],
    ] as const;
    for (const [run, spec] of specs) await bench.write('Run', run, { recipe: 'notes', ...spec });
    const runs = specs.map(([run]) => ({ kind: 'Run', name: run }) as const);
    const turnstile = new Turnstile(runs.length + 1, numbersFrom(seed));
    this.#turnstile = turnstile;
    const isOver = async ({ name: run }: ObjectKey): Promise<boolean> =>
      (await bench.journal(run).catch(() => undefined))?.collected === true;
    const loop = async (key: ObjectKey, over: () => Promise<boolean>): Promise<void> => {
      for (let pass = 0; pass < 3_000 && !(await over()); pass += 1) {
        await turnstile.pass();
        await bench.pass(key);
        bench.clock.skippedMs += 50;
      }
      turnstile.end();
    };
    const allOver = async (): Promise<boolean> => (await Promise.all(runs.map(isOver))).every(Boolean);
    await Promise.all([
      ...runs.map((key) => loop(key, () => isOver(key))),
      loop({ kind: 'Canonical', name: 'notes' }, allOver),
    ]);
    this.#turnstile = undefined;
    await this.#check(runs);
  }

  async #check(runs: readonly ObjectKey[]): Promise<void> {
    const { bench } = this.#notes;
    const [good, bad, cold] = await Promise.all(runs.map(async (key) => (await bench.status(key)) as RunStatus));
    const told = JSON.stringify({ holders: this.#holders, good, bad, cold });
    expect(
      [good, bad, cold].map((one) => one && outcome(one)),
      told,
    ).to.deep.equal([...['True/Passed', 'False/Failed', 'True/Passed']]);
    expect([good?.mode, bad?.mode, cold?.mode], told).to.deep.equal(['Quick', 'Quick', 'Cold']);
    expect(
      bad?.stages?.find(({ name }) => name === 'Upgrade'),
      told,
    ).to.include({ reason: 'CrashLoop' });
    expect(cold?.promotion?.result, told).to.equal('Promoted');
    for (const status of [good, bad, cold]) expect(status?.attempts, told).to.have.lengthOf(1);
    // One after the other: nobody comes twice, and nobody touches the app without the lease.
    expect(this.#holders, told).to.have.lengthOf(new Set(this.#holders).size).and.not.include('nobody');
    const store = bench.knownGood('notes');
    const pointer = await store.pointer();
    expect(pointer?.manifest.run?.name, told).to.equal(runs[2]?.name);
    expect((await store.sets.verify(pointer?.id ?? '', signal)).state).to.equal('Intact');
    await expectIdle(this.#notes);
  }
}

describe('two quick runs and a promotion on one canonical at once', function () {
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
    interleaving = new Interleaving(notes);
  });
  after(() => notes.bench.close());

  const play = (numRuns: number) =>
    fc.assert(
      fc.asyncProperty(fc.nat(), (seed) => interleaving.play(seed)),
      { numRuns, endOnFailure: true },
    );

  it('are serialised, each with its right verdict, in any order', () => play(3));
  it('are so in a hundred orders @nightly', () => play(100));
});
