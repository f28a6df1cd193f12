import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError, TerminalError } from '../../../lib/errors.ts';
import { condition } from '../run/bench.ts';
import { DOMAIN, KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

describe('a warm service that somebody changes', function () {
  this.timeout(180_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
  });
  afterEach(() => shop.close());

  async function events(reason: string): Promise<string[]> {
    const file = join(shop.bench.settings.stateDirectory, 'objects/WarmService/shop/events.jsonl');
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    const all = lines.map((line) => JSON.parse(line) as { reason: string; message: string });
    return all.filter((one) => one.reason === reason).map(({ message }) => message);
  }

  const isRepaired = (times: number) => async (): Promise<boolean> => {
    const { operation, repairs } = await shop.journal();
    return operation === undefined && repairs.length === times;
  };

  for (const [what, left] of [
    ['removed', 'Gone'],
    ['scaled to nothing', 'Something'],
  ] as const)
    it(`${what}: is deployed again, once, and the event says what it was`, async () => {
      shop.bench.platform.meddle(DOMAIN, what, left);
      await shop.bench.pass(KEY);
      await shop.bench.until(isRepaired(1), 'the repair');
      await shop.settlesAt(OLD);
      expect(await events('Drifted')).to.have.length(1);
      expect((await events('Drifted'))[0]).to.include(left === 'Gone' ? 'gone' : what);
      expect(await shop.data('order')).to.equal('one');
      expect((await shop.journal()).history).to.have.length(1);
    });

  it('is left alone after five repairs in five minutes, a restart included, until somebody says so', async () => {
    for (let times = 1; times <= 5; times += 1) {
      shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
      await shop.bench.pass(KEY);
      await shop.bench.until(isRepaired(times), `repair ${times}`);
    }
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    await shop.bench.pass(KEY);
    await shop.is('Stalled', 'True/Flapping');
    const deploys = shop.calls('deploy');
    await shop.bench.restart();
    shop.bench.clock.skippedMs += 3_600_000;
    for (let pass = 0; pass < 3; pass += 1) await shop.bench.pass(KEY);
    expect(condition(await shop.status(), 'Stalled')).to.equal('True/Flapping');
    expect(shop.calls('deploy')).to.equal(deploys);
    await shop.bench.request(KEY, 'retry');
    await shop.bench.pass(KEY);
    await shop.settlesAt(OLD);
  });

  it('T56 a repair that fails counts, and another spec begins to count anew', async () => {
    const { platform } = shop.bench;
    platform.meddle(DOMAIN, 'removed', 'Gone');
    for (let times = 0; times < 5; times += 1) platform.failNext('deploy', new CcError('CommandFailed', 'no'));
    await shop.bench.pass(KEY);
    await shop.is('Stalled', 'True/Flapping');
    expect(await events('RecoverFailed')).to.have.length(5);
    const app = { recipe: 'shop', source: shop.recipe.directory, env: { GREETING: 'hello' } };
    await shop.apply({ app });
    await shop.bench.pass(KEY);
    await shop.settlesAt(OLD);
    expect((await shop.journal()).leftAlone).to.equal(undefined);
  });

  it('T70 another env in the spec is deployed, without another version', async () => {
    const app = { recipe: 'shop', source: shop.recipe.directory };
    await shop.apply({ app: { ...app, env: { GREETING: 'hello' } } });
    await shop.bench.pass(KEY);
    const isDeployed = async (): Promise<boolean> => (await shop.journal()).history.length === 2;
    await shop.bench.until(isDeployed, 'the deploy');
    const env = join(shop.bench.settings.stateDirectory, 'apps', DOMAIN, 'env');
    expect(await readFile(env, 'utf8')).to.include('GREETING=hello');
    await shop.settlesAt(OLD);
    const deploys = shop.calls('deploy');
    for (let pass = 0; pass < 3; pass += 1) await shop.bench.pass(KEY);
    expect(shop.calls('deploy')).to.equal(deploys);
  });

  it('I16 a volume that is lost is said, and never made empty, whatever else is wanted', async () => {
    const { platform } = shop.bench;
    const [live, away] = [join(platform.directory, DOMAIN), join(platform.directory, 'away')];
    await rename(live, away);
    await shop.release(NEW, migrating(NEW));
    await shop.bench.request(KEY, 'reconcile');
    platform.meddle(DOMAIN, 'removed', 'Gone');
    const status = await shop.is('Stalled', 'True/DataMissing');
    expect(condition(status, 'Ready')).to.equal('False/DataMissing');
    expect(status.nextAction?.reason).to.equal('DataMissing');
    for (let pass = 0; pass < 3; pass += 1) await shop.bench.pass(KEY);
    expect(await shop.data('order').catch(() => 'nothing')).to.equal('nothing');
    await rename(away, live);
    await shop.bench.pass(KEY);
    await shop.settlesAt(NEW);
    expect(await shop.data('order')).to.equal('one');
  });

  it('I13 an env that is lost is not made up anew beside the data', async () => {
    const env = join(shop.bench.settings.stateDirectory, 'apps', DOMAIN, 'env');
    await rename(env, `${env}.away`);
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    const deploys = shop.calls('deploy');
    await shop.bench.pass(KEY);
    await shop.is('Stalled', 'True/DataMissing');
    expect(shop.calls('deploy')).to.equal(deploys);
    await rename(`${env}.away`, env);
    await shop.bench.pass(KEY);
    await shop.settlesAt(OLD);
  });

  it('T23 an app that is only unhealthy is not deployed again and again', async () => {
    const { platform } = shop.bench;
    const deploys = shop.calls('deploy');
    platform.crash(DOMAIN);
    await shop.is('Ready', 'False/Unhealthy');
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.step();
    expect(shop.calls('deploy')).to.equal(deploys);
  });

  it('T54 a recipe that is not where it was keeps nobody from looking at the app: it is repaired, and tried again', async () => {
    const { directory } = shop.recipe;
    await rename(directory, `${directory}.away`);
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(() => shop.bench.thrown.length > 2, 'looks for versions');
    expect(shop.bench.thrown.filter((error) => error instanceof TerminalError)).to.deep.equal([]);
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    await shop.bench.until(isRepaired(1), 'the repair');
    await rename(`${directory}.away`, directory);
    await shop.release(NEW);
    await shop.settlesAt(NEW);
  });

  it('an engine that is away for a while is no drift: nothing is deployed again', async () => {
    const { platform } = shop.bench;
    const deploys = shop.calls('deploy');
    const looks = shop.calls('observe') + 4;
    for (let times = 0; times < 3; times += 1)
      platform.failNext('observe', new CcError('Unreachable', 'the engine is away'));
    await shop.bench.until(() => shop.calls('observe') >= looks, 'the engine to answer again');
    await shop.settlesAt(OLD);
    expect(shop.calls('deploy')).to.equal(deploys);
    expect((await shop.journal()).repairs).to.deep.equal([]);
  });

  it('one of which no task is left to be asked is not Ready', async () => {
    const exec = async (): Promise<never> => {
      throw new CcError('NotFound', 'no task of service app runs');
    };
    shop.bench.platform.behave(shop.old, { ...migrating(OLD), exec });
    const app = { recipe: 'shop', source: shop.recipe.directory };
    await shop.apply({ app: { ...app, health: [{ exec: { service: 'app', command: ['true'] } }] } });
    await shop.bench.pass(KEY);
    await shop.is('Ready', 'False/Unhealthy');
    expect((await shop.journal()).repairs).to.deep.equal([]);
  });
});
