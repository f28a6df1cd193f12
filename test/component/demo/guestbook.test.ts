import { join } from 'node:path';
import { expect } from 'chai';
import type { WarmServiceStatus } from '../../../lib/api/index.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { buildDemoRecipes } from '../../../scripts/build-demo-recipes.ts';
import { Bench } from '../run/bench.ts';

const SOURCE = new URL('../../../specs/demo/warm-recipes', import.meta.url).pathname;
const [FIRST, PATCH, MAJOR] = ['1.0.0+1.0.0', '1.0.1+1.0.1', '2.0.0+2.0.0'];

describe('the releases of the demo recipe "guestbook"', function () {
  this.timeout(60_000);
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.open({ resyncMs: 60_000 });
  });
  afterEach(() => bench.close());

  it('the patch is taken unasked, the major is held for its number and its note', async () => {
    const directory = join(bench.root, 'releases');
    const path = process.env.PATH ?? '/usr/bin:/bin';
    await buildDemoRecipes({ directory, runner: commandRunner, path, source: SOURCE });
    const source = join(directory, 'guestbook');
    for (const version of [FIRST, PATCH, MAJOR]) {
      const argv = ['git', 'rev-parse', `${version}^{commit}`] as const;
      const { stdout } = await commandRunner.run({ argv, cwd: source, env: { PATH: path } });
      bench.platform.behave(stdout.trim(), { services: [{ name: 'app' }] });
    }
    const app = { recipe: 'guestbook', source };
    const key = await bench.write('WarmService', 'guestbook', { app, update: { version: FIRST } });
    const status = async () => (await bench.status(key).catch(() => ({ conditions: [] }))) as WarmServiceStatus;
    await bench.until(async () => (await status()).version?.current === FIRST, 'the first');
    await bench.write('WarmService', 'guestbook', { app });
    await bench.until(async () => (await status()).version?.current === PATCH, 'the patch');
    expect((await status()).version?.held).to.equal(MAJOR);
    expect((await status()).conditions.find(({ type }) => type === 'Held')?.message).to.match(/BumpTooBig.*Note/);
  });
});
