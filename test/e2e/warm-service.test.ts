import { join } from 'node:path';
import { expect } from 'chai';
import type { WarmServiceStatus } from '../../lib/api/index.ts';
import { boxFiles } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import { type Files, RecipeRepository } from './recipes.ts';

/** A release without a note, which would be held for it. */
function release(repository: RecipeRepository, version: string, extra: Files = {}): void {
  const { [`release/${version}`]: _note, ...files } = boxFiles(version, extra);
  repository.release(version, files);
}

/** A server that migrates the data of the box, and then shows nothing. */
const migratesAndFails = (version: string): Files => {
  const { 'server.mjs': server = '' } = boxFiles(version);
  const migrate = "writeFileSync(file, 'migrated');\n";
  return { 'server.mjs': server.replace('response.end(', 'response.statusCode = 503; response.end(').concat(migrate) };
};

describe('a warm service', function () {
  this.timeout(240_000);
  let bench: Bench;
  let repository: RecipeRepository;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}' });
    repository = new RecipeRepository(join(bench.root, 'recipes', 'box'));
    release(repository, '1.0.0+1.0.0');
    await bench.start();
    bench.apply('WarmService', 'box', {
      app: { recipe: 'box', healthPasses: 1, timeouts: { deploy: '30s', health: '3s' } },
    });
  });
  after(() => bench.dispose());

  const status = async (): Promise<WarmServiceStatus> =>
    ((await bench.object('WarmService', 'box'))?.status ?? {}) as unknown as WarmServiceStatus;
  const at = (version: string) =>
    bench.waitFor(`healthy at ${version}`, async () => {
      const now = await status();
      const ready = conditionOf(now, 'Ready')?.status === 'True' && now.operation === undefined;
      return ready && now.version?.current === version ? now : undefined;
    });
  const box = async (path: string, method = 'GET'): Promise<string> =>
    await (await fetch(`${(await status()).url}${path}`, { method })).text();

  it('WC1a is deployed, and answers', async () => {
    await at('1.0.0+1.0.0');
    expect(await box('/version')).to.equal('1.0.0+1.0.0');
    await box('/item', 'PUT');
    expect(await box('/')).to.equal('box:kept');
  });

  it('WC1.1 is upgraded to a safe release, with its data', async () => {
    release(repository, '1.1.0+1.1.0');
    await bench.ok('reconcile', 'ws/box');
    await at('1.1.0+1.1.0');
    expect(await box('/version')).to.equal('1.1.0+1.1.0');
    expect(await box('/')).to.equal('box:kept');
  });

  it('WC1.1 I5 goes back by itself, with its data, from one that migrates and is never healthy', async () => {
    release(repository, '1.2.0+1.2.0', migratesAndFails('1.2.0+1.2.0'));
    await bench.ok('reconcile', 'ws/box');
    await bench.waitFor('the rollback', async () => (await status()).history?.[0]?.result === 'RolledBack');
    const now = await at('1.1.0+1.1.0');
    expect(await box('/')).to.equal('box:kept');
    expect(now.quarantine?.[0]).to.include({ version: '1.2.0+1.2.0' });
  });

  it('WC1.2 holds a major until somebody approves it', async () => {
    release(repository, '2.0.0+2.0.0');
    await bench.ok('reconcile', 'ws/box');
    await bench.waitFor('the hold', async () => conditionOf(await status(), 'Held')?.status === 'True');
    expect(await box('/version')).to.equal('1.1.0+1.1.0');
  });

  it('comes back by itself where somebody kills it', async () => {
    const before = await box('/version');
    await bench.kill9();
    await bench.start();
    const now = await at('1.1.0+1.1.0');
    expect(now.history).to.have.lengthOf(4);
    expect(await box('/version')).to.equal(before);
  });
});
