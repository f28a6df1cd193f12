import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { systemClock } from '../../lib/clock.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import { boxCanonical, boxRepository, LOSES_DATA } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import { orDispose } from './or-dispose.ts';

/** Crashes hit one run of each recipe at once. */
const RECIPES = ['box', 'crate'] as const;
const SEED = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.CRASH_RUNS ?? 4);
/** A little longer than two undisturbed runs beside each other, so that some crashes fall into their end. */
const SPAN_MS = Number(process.env.CRASH_SPAN_MS ?? 5_000);

/** Reproducible numbers from 0 up to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Id of the known-good, which has to be complete and intact. */
async function assertWhole(bench: Bench, recipe: string): Promise<string> {
  const store = new KnownGoodStore({ directory: join(bench.state, 'canonicals', recipe) });
  const id = await store.pointerId();
  if (id === undefined) throw new Error(`the pointer of ${recipe} is gone`);
  expect(await store.verify(id, new AbortController().signal)).to.include({ state: 'Intact' });
  return id;
}

function placeOf(status: RunStatus): string {
  const running = status.stages?.find((stage) => stage.result === 'Running');
  return running?.name ?? conditionOf(status, 'Succeeded')?.reason ?? 'Unseen';
}

async function assertEnded(bench: Bench, { recipe, run, at }: { recipe: string; run: string; at: string }) {
  const over = await bench.waitOver(run, 60_000);
  const seen = `${at}: ${JSON.stringify(over)}`;
  expect(conditionOf(over, 'Succeeded'), seen).to.include({ status: 'True', reason: 'Passed' });
  expect(conditionOf(over, 'TornDown')?.status, seen).to.equal('True');
  for (const stage of over.stages ?? []) expect(stage.result, seen).not.to.be.oneOf(['Running', 'Pending']);
  expect(over.promotion?.result, seen).to.equal('Promoted');
  expect(await assertWhole(bench, recipe), seen).to.equal(over.promotion?.generation);
}

async function startBench(recipes: readonly string[], fields: Record<string, unknown> = {}): Promise<Bench> {
  const bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 2, ...fields });
  for (const recipe of recipes) {
    const repository = boxRepository(join(bench.root, 'recipes', recipe), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
    repository.branch('loses-data', LOSES_DATA);
    bench.apply('Canonical', recipe, boxCanonical(recipe));
  }
  return await orDispose(bench, async () => {
    await bench.start();
    await Promise.all(recipes.map((name) => bench.waitCondition({ kind: 'Canonical', name }, 'Ready', 'True')));
    return bench;
  });
}

describe('a controller that is killed in mid-run', function () {
  this.timeout(240_000);
  let bench: Bench;
  before(async () => {
    bench = await startBench(RECIPES);
  });
  after(() => bench.dispose());

  it(`I8 I18 ends ${RUNS} cold runs with promotion well (CRASH_SEED=${SEED})`, async () => {
    const random = randomFrom(SEED);
    const places: string[] = [];
    for (let round = 1; round <= Math.ceil(RUNS / RECIPES.length); round += 1) {
      const runs = RECIPES.map((recipe) => ({ recipe, run: `${recipe}-${round}` }));
      for (const { recipe, run } of runs) bench.apply('Run', run, { recipe, ref: '1.1.0+1.1.0' });
      const afterMs = Math.floor(random() * SPAN_MS);
      await systemClock.sleep(afterMs);
      const where = await Promise.all(runs.map(async ({ run }) => placeOf(await bench.runStatus(run))));
      places.push(...where);
      await bench.kill9();
      for (const recipe of RECIPES) await assertWhole(bench, recipe);
      await bench.start();
      const at = `round ${round} of seed ${SEED}, killed after ${afterMs} ms in ${where.join(' and ')}`;
      await Promise.all(runs.map((one) => assertEnded(bench, { ...one, at })));
      await bench.waitClean();
      for (const recipe of RECIPES) expect((await bench.canonicalStatus(recipe)).volumes?.state, at).to.equal('Clean');
    }
    console.log(`      killed in ${places.join(', ')}`);
  });
});

describe('a controller that is stopped in mid-run', function () {
  this.timeout(90_000);
  let bench: Bench;
  before(async () => {
    bench = await startBench(['box']);
  });
  after(() => bench.dispose());

  it('I8 counts no crash: the run starts over as often as it takes', async () => {
    bench.apply('Run', 'again', { recipe: 'box', ref: '1.1.0+1.1.0' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await bench.waitFor(`attempt ${attempt} to install`, async () => {
        const status = await bench.runStatus('again');
        const install = status.stages?.find((stage) => stage.name === 'Install');
        return status.attempts?.length === attempt && install?.result === 'Running';
      });
      await bench.restart();
    }
    const over = await bench.waitOver('again');
    expect(conditionOf(over, 'Succeeded')?.reason).to.equal('Passed');
    expect(over.attempts?.map(({ reason }) => reason)).to.deep.equal([...Array(3).fill('Shutdown'), undefined]);
    await bench.waitClean();
  });
});

describe('an app that is held after a failure', function () {
  this.timeout(90_000);
  let bench: Bench;
  before(async () => {
    bench = await startBench(['box'], { maxRuns: 1 });
  });
  after(() => bench.dispose());

  async function hold(run: string, time: string): Promise<string> {
    bench.apply('Run', run, { recipe: 'box', ref: 'loses-data', holdOnFailure: time });
    return bench.waitFor(`${run} to be held`, async () => {
      const { verdict, url, nextAction } = await bench.runStatus(run);
      return verdict === 'Failed' && nextAction?.reason === 'HeldForALook' ? url : undefined;
    });
  }

  it('I8 answers throughout kill -9 and restart, and goes when its time is over', async () => {
    const url = await hold('held', '5s');
    const answers: boolean[] = [];
    const stop = new AbortController();
    const asking = (async () => {
      while (!stop.signal.aborted) {
        answers.push(
          await fetch(url).then(
            (response) => response.ok,
            () => false,
          ),
        );
        await systemClock.sleep(20);
      }
    })();
    await bench.kill9();
    await bench.start();
    const stillHeld = await bench.runStatus('held');
    expect(conditionOf(stillHeld, 'Succeeded')?.status).to.equal('Unknown');
    await bench.waitFor('enough answers', () => answers.length > 20);
    stop.abort();
    await asking;
    expect(answers).not.to.include(false);
    const over = await bench.waitOver('held');
    expect(conditionOf(over, 'Succeeded')).to.include({ status: 'False', reason: 'Failed' });
    expect(over.stages?.find((stage) => stage.result === 'Failed')).to.include({ name: 'Upgrade', reason: 'DataLost' });
    await bench.waitClean();
  });

  it('takes no run slot, and goes at once when the run is cancelled; the verdict stays', async () => {
    await hold('let-go', '10m');
    bench.apply('Run', 'beside', { recipe: 'box', ref: '1.1.0+1.1.0' });
    expect(conditionOf(await bench.waitOver('beside'), 'Succeeded')?.status).to.equal('True');
    await bench.ok('cancel', 'run/let-go');
    const over = await bench.waitOver('let-go', 10_000);
    expect(over.verdict).to.equal('Failed');
    expect(conditionOf(over, 'Succeeded')?.reason).to.equal('Failed');
    await bench.waitClean();
  });
});
