import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { Bench } from '../e2e/harness.ts';
import { type Files, RecipeRepository } from '../e2e/recipes.ts';
import { resultsOf, stageOf } from '../e2e/swarm/stages.ts';
import { DUMPED } from '../stores/dumped-recipes.ts';
import { whyNoServers } from '../stores/servers.ts';
import { SQLITE_LABELS, sqliteFiles } from '../stores/sqlite-recipe.ts';
import { storeFiles } from '../stores/store-recipe.ts';

const VERSIONS = ['1.0.0+1.0.0', '1.1.0+1.1.0'];
const RUN_MS = 240_000;

/** Each real server with a backup that holds the last transaction, and one that does not; no profile. */
describe('a backup of a real store', function () {
  this.timeout(2 * RUN_MS);
  let bench: Bench;

  before(async () => {
    const why = whyNoServers();
    if (why !== undefined) throw new Error(why);
    bench = new Bench({ maxRuns: 2, recipeSource: 'recipes/{recipe}' });
    // The servers give up root and still have to reach their data.
    chmodSync(bench.root, 0o711);
    for (const [name, recipe] of Object.entries(DUMPED)) release(name, (version) => storeFiles(version, recipe));
    for (const [name, labels] of Object.entries(SQLITE_LABELS))
      release(name, (version) => sqliteFiles(version, labels));
    await bench.start();
  });
  after(() => bench?.dispose());

  function release(name: string, files: (version: string) => Files): void {
    const repository = new RecipeRepository(join(bench.root, 'recipes', name));
    for (const version of VERSIONS) repository.release(version, files(version));
  }

  function run(name: string): Promise<RunStatus> {
    bench.apply('Run', name, { recipe: name, timeouts: { health: '90s' } });
    return bench.waitOver(name, RUN_MS);
  }

  for (const [name, store, service] of [
    ['mariadb', 'mariadb:db', 'db'],
    ['redis', 'redis:db', 'db'],
    ['sqlite', 'sqlite:app', 'app'],
  ] as const) {
    it(`T38 ${name}: passes up to the top, and is red where it loses the last transaction`, async () => {
      const [whole, stale] = await Promise.all([run(name), run(`stale-${name}`)]);
      expect(stageOf(whole, 'Restore'), JSON.stringify(whole)).to.include({ result: 'Passed' });
      expect(stageOf(whole, 'Restore').evidence).to.include(store);
      expect(whole, JSON.stringify(resultsOf(whole))).to.include({ verdict: 'Passed', level: 5 });
      expect(stageOf(stale, 'Upgrade').evidence, JSON.stringify(stale)).to.include(store);
      expect(stageOf(stale, 'Backup').result).to.equal('Passed');
      expect(stageOf(stale, 'Restore')).to.include({ result: 'Failed', reason: 'DataLost', service });
      expect(stageOf(stale, 'Restore').message).to.include(store);
      expect(stale).to.include({ verdict: 'Failed', blame: 'Recipe', level: 2 });
    });
  }

  it('leaves nothing behind', async () => {
    await bench.waitClean();
  });
});
