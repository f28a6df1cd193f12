import { join } from 'node:path';
import { expect } from 'chai';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import { boxCanonical, boxRepository, LOSES_DATA } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import type { Moment } from './moments.ts';
import { orDispose } from './or-dispose.ts';

/** Crashes hit one run of each recipe at once. */
const RECIPES = ['box', 'crate'] as const;

/** A bench with these recipes enrolled and known to be good, each with branches `loses-data` and `change`. */
export async function enrolledBench(
  recipes: readonly string[],
  fields: Record<string, unknown> = {},
  directory?: string,
): Promise<Bench> {
  const bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 2, ...fields }, directory);
  for (const recipe of recipes) {
    const repository = boxRepository(join(bench.root, 'recipes', recipe), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
    repository.branch('loses-data', LOSES_DATA);
    repository.branch('change', { 'notes.txt': 'a change that is not released\n' });
    bench.apply('Canonical', recipe, boxCanonical(recipe));
  }
  return await orDispose(bench, async () => {
    await bench.start();
    await Promise.all(recipes.map((name) => bench.waitCondition({ kind: 'Canonical', name }, 'Ready', 'True')));
    return bench;
  });
}

/** Id of the known-good, which has to be complete and intact. */
export async function assertWhole(bench: Bench, recipe: string): Promise<string> {
  const store = new KnownGoodStore({ directory: join(bench.state, 'canonicals', recipe) });
  const id = await store.pointerId();
  if (id === undefined) throw new Error(`the pointer of ${recipe} is gone`);
  expect(await store.sets.verify(id, new AbortController().signal)).to.include({ state: 'Intact' });
  return id;
}

export interface EndedRun {
  recipe: string;
  run: string;
  /** When the controller was killed, for people. */
  at: string;
  timeoutMs: number;
}

/** The run ends as an undisturbed one: green, promoted, torn down. */
export async function assertEnded(bench: Bench, { recipe, run, at, timeoutMs }: EndedRun): Promise<void> {
  const over = await bench.waitOver(run, timeoutMs);
  const seen = `killed ${at}: ${JSON.stringify(over)}`;
  expect(conditionOf(over, 'Succeeded'), seen).to.include({ status: 'True', reason: 'Passed' });
  expect(conditionOf(over, 'TornDown')?.status, seen).to.equal('True');
  for (const stage of over.stages ?? []) expect(stage.result, seen).not.to.be.oneOf(['Running', 'Pending']);
  expect(over.promotion?.result, seen).to.equal('Promoted');
  expect(await assertWhole(bench, recipe), seen).to.equal(over.promotion?.generation);
}

/** Kills the controller at each moment of a run, while a run of another recipe is beside it. */
export function crashes(moments: readonly Moment[]): void {
  describe('a controller that is killed in mid-run', function () {
    this.timeout(240_000);
    let bench: Bench;
    before(async () => {
      bench = await enrolledBench(RECIPES);
    });
    after(() => bench.dispose());

    for (const [round, { name, reached }] of moments.entries()) {
      it(`I8 I18 ${name}: ends cold runs with promotion well`, async () => {
        const runs = RECIPES.map((recipe) => ({ recipe, run: `${recipe}-${round}` }));
        for (const { recipe, run } of runs) bench.apply('Run', run, { recipe, ref: '1.1.0+1.1.0' });
        await reached(bench, `box-${round}`);
        await bench.kill9();
        for (const recipe of RECIPES) await assertWhole(bench, recipe);
        await bench.start();
        await Promise.all(runs.map((one) => assertEnded(bench, { ...one, at: name, timeoutMs: 60_000 })));
        await bench.waitClean();
        for (const recipe of RECIPES)
          expect((await bench.canonicalStatus(recipe)).volumes?.state, name).to.equal('Clean');
      });
    }
  });
}
