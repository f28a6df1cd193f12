import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { Bench } from '../e2e/harness.ts';
import { RecipeRepository } from '../e2e/recipes.ts';
import { resultsOf, stageOf } from '../e2e/swarm/stages.ts';
import { RECIPES, storeFiles } from './store-recipe.ts';

const FIRST = '1.0.0+1.0.0';
const SECOND = '1.1.0+1.1.0';
const RUN_MS = 180_000;

/** Recipes with a real database and no profile; `stale`: one whose backup loses the last transaction. */
export function storeRuns({
  top,
  stale,
}: {
  top: readonly ('postgres' | 'mariadb' | 'redis')[];
  stale: boolean;
}): void {
  describe('a recipe with a real database and no profile', function () {
    this.timeout(300_000);
    let bench: Bench;

    before(async () => {
      bench = new Bench({ maxRuns: 1, recipeSource: 'recipes/{recipe}' });
      // The servers give up root and still have to reach their data.
      chmodSync(bench.root, 0o711);
      for (const [name, recipe] of Object.entries(RECIPES)) {
        const repository = new RecipeRepository(join(bench.root, 'recipes', name));
        for (const version of [FIRST, SECOND]) repository.release(version, storeFiles(version, recipe));
      }
      await bench.start();
    });
    after(() => bench?.dispose());

    function run(name: string): Promise<RunStatus> {
      bench.apply('Run', name, { recipe: name, timeouts: { health: '90s' } });
      return bench.waitOver(name, RUN_MS);
    }

    for (const name of top) {
      it(`${name} reaches the top by a canary in it`, async () => {
        const status = await run(name);
        const evidence = `Canary(${name}:db)`;
        for (const stage of ['Upgrade', 'Backup', 'Restore'] as const) {
          expect(stageOf(status, stage), JSON.stringify(status)).to.include({ result: 'Passed', evidence });
        }
        expect(status, JSON.stringify(resultsOf(status))).to.include({ verdict: 'Passed', level: 5 });
      });
    }

    if (stale) {
      it('T38 is red where its backup loses the last transaction', async () => {
        const status = await run('stale');
        expect(stageOf(status, 'Upgrade'), JSON.stringify(status)).to.include({ evidence: 'Canary(postgres:db)' });
        expect(stageOf(status, 'Backup').result).to.equal('Passed');
        expect(stageOf(status, 'Restore')).to.include({ result: 'Failed', reason: 'DataLost', service: 'db' });
        expect(status).to.include({ verdict: 'Failed', blame: 'Recipe', level: 2 });
      });
    }

    it('leaves nothing behind', async () => {
      await bench.waitClean();
    });
  });
}
