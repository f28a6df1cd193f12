import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import type { Bench } from '../e2e/harness.ts';
import { type Files, RecipeRepository } from '../e2e/recipes.ts';
import { stackBench } from '../e2e/swarm/stack-bench.ts';
import { resultsOf, stageOf } from '../e2e/swarm/stages.ts';
import { swarmSqlite, swarmStore } from '../e2e/swarm/store-recipes.ts';
import { type Ingress, startIngress } from '../rig/ingress.ts';
import { ensureStoresImage } from '../rig/stores-image.ts';
import { ensureBusyboxImage, testSocket } from '../rig/test-engine.ts';

const VERSIONS = ['1.0.0+1.0.0', '1.1.0+1.1.0'];
const RUN_MS = 300_000;
const PROVED = ['Upgrade', 'Backup', 'Restore'] as const;

/** PostgreSQL is tested so with each commit. */
describe('a recipe with a real store in a container, and no profile', function () {
  this.timeout(2 * RUN_MS);
  let ingress: Ingress;
  let bench: Bench;

  before(async () => {
    ensureBusyboxImage();
    ingress = await startIngress();
    const { connectTo, caFile } = ingress;
    bench = stackBench('Swarm', 'sto', { maxRuns: 2, swarm: { socket: testSocket(), connectTo, caFile } });
    ensureStoresImage(join(bench.root, 'image'));
    release('mariadb', (version) => swarmStore('mariadb', version));
    release('redis', (version) => swarmStore('redis', version));
    release('sqlite', (version) => swarmSqlite('Client', version));
    release('bare', (version) => swarmSqlite('NoClient', version));
    await bench.start();
  });
  after(async () => {
    await bench?.dispose();
    ingress?.stop();
  });

  function release(name: string, files: (version: string) => Files): void {
    const repository = new RecipeRepository(join(bench.root, 'recipes', name));
    for (const version of VERSIONS) repository.release(version, files(version));
  }

  function run(name: string): Promise<RunStatus> {
    bench.apply('Run', name, { recipe: name, timeouts: { health: '2m' } });
    return bench.waitOver(name, RUN_MS);
  }

  for (const [name, evidence] of [
    ['redis', 'Canary(redis:db)'],
    ['mariadb', 'Canary(mariadb:db)'],
    ['sqlite', 'Canary(files:app, sqlite:app)'],
  ] as const) {
    it(`${name} reaches the top by a canary in it`, async () => {
      const status = await run(name);
      for (const stage of PROVED) {
        expect(stageOf(status, stage), JSON.stringify(status)).to.include({ result: 'Passed', evidence });
      }
      expect(status, JSON.stringify(resultsOf(status))).to.include({ verdict: 'Passed', level: 5 });
    });
  }

  it('sqlite without a client in the image is named, and only its directory is proved', async () => {
    const status = await run('bare');
    for (const name of PROVED) {
      const stage = stageOf(status, name);
      expect(stage, JSON.stringify(status)).to.include({ result: 'Unverified', reason: 'StoreRefused' });
      expect(stage.message).to.include('sqlite:app');
      expect(stage.evidence).to.equal('Canary(files:app)');
    }
    expect(status).to.include({ verdict: 'Passed', level: 1 });
  });

  it('leaves nothing on the engine', async () => {
    await bench.waitClean();
  });
});
