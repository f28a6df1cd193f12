import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TerminalError } from '../../../lib/errors.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { LastGoodRecord } from '../../../lib/known-good/last-good.ts';
import { condition } from '../run/bench.ts';
import { DOMAIN, KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

/** Begins data of its own, and never comes up. */
const BEGINS = migrating(NEW, {
  services: [{ name: 'app', conduct: 'CrashLoops' }],
  onStart: async ([volume]) => {
    await writeFile(join(volume!.path, 'schema'), NEW);
    await writeFile(join(volume!.path, 'order'), `of ${NEW}`);
  },
});

describe('the first deploy of a warm service', function () {
  this.timeout(180_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
  });
  afterEach(() => shop.close());

  const env = (): Promise<string> =>
    readFile(join(shop.bench.settings.stateDirectory, 'apps', DOMAIN, 'env'), 'utf8').catch(() => 'none');

  it('I16 that fails is set aside with its data and env: the next older release begins with nothing', async () => {
    await shop.release(NEW, BEGINS);
    await shop.apply();
    const status = await shop.settlesAt(OLD);
    expect(await shop.data('schema')).to.equal(OLD);
    expect(await shop.data('order').catch(() => 'none')).to.equal('none');
    const [kept] = status.failedSets ?? [];
    expect(kept).to.include({ version: NEW });
    const aside = join(shop.bench.settings.stateDirectory, 'warm/shop/asides', kept?.id ?? '');
    expect(await readFile(join(aside, 'volumes/data/order'), 'utf8')).to.equal(`of ${NEW}`);
    expect(await readFile(join(aside, 'env'), 'utf8')).to.include('DOMAIN=');
    expect(await env()).to.include('DOMAIN=');
    expect((await shop.alerts()).map(({ reason }) => reason)).to.deep.equal(['DeployFailed', 'Recovered']);
    expect((await shop.alerts())[0]?.facts).to.deep.include({ failedSet: kept?.id, lossWindow: kept?.lossWindow });
  });

  it('of the only release, that fails, keeps what it began, and the next release begins with nothing', async () => {
    await shop.release(NEW, BEGINS);
    await shop.apply({ update: { policy: 'Auto', maxBump: 'Minor', version: NEW, interval: '1h' } });
    await shop.is('Stalled', 'True/NothingAllowed');
    expect(await shop.data('order').catch(() => 'none')).to.equal('none');
    await shop.apply();
    await shop.settlesAt(OLD);
    expect(await shop.data('schema')).to.equal(OLD);
  });

  it('I16 on data that was there before: an older release never gets what a newer one began', async () => {
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
    await shop.bench.remove('shop');
    await shop.bench.until(() => shop.bench.store.get(KEY) === undefined, 'to be left alone');
    // What was good is not known any more.
    const { stateDirectory } = shop.bench.settings;
    await new LastGoodRecord(new RecordFiles(stateDirectory), join(stateDirectory, 'warm/shop')).remove();
    await shop.release(NEW, migrating(NEW, { services: [{ name: 'app', conduct: 'CrashLoops' }] }));
    await shop.apply();
    const status = await shop.is('Stalled', 'True/NothingAllowed');
    expect(condition(status, 'Ready')).to.equal('False/NothingAllowed');
    expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([NEW, 'one']);
    const deploys = shop.calls('deploy');
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.pass(KEY);
    expect(shop.calls('deploy')).to.equal(deploys);
    await shop.release('1.2.0+1.2.0');
    await shop.bench.request(KEY, 'reconcile');
    await shop.settlesAt('1.2.0+1.2.0');
    expect(await shop.data('order')).to.equal('one');
  });

  it('T100 a pin that names no release is said, whether something runs or not', async () => {
    const pinned = { app: { recipe: 'shop', source: shop.recipe.directory }, update: { version: '7.7.7+7.7.7' } };
    const said = async () => (await shop.status()).conditions.find(({ type }) => type === 'Ready')?.message ?? '';
    await shop.apply(pinned);
    await shop.is('Stalled', 'True/NothingAllowed');
    expect(await said()).to.include('7.7.7+7.7.7');
    await shop.apply();
    await shop.settlesAt(OLD);
    await shop.apply(pinned);
    await shop.bench.until(async () => (await said()).includes('7.7.7+7.7.7'), 'the pin to be missed');
    await shop.settlesAt(OLD);
  });

  it('T13 is not tried from a place that is none: it stalls, says so, and a request is answered', async () => {
    await shop.apply({ app: { recipe: 'shop', source: 'recipes/shop' } });
    await shop.bench.until(async () => shop.bench.thrown.length > 0, 'a pass that cannot go on');
    expect(shop.bench.thrown.map((error) => (error as TerminalError).reason)).to.deep.equal(['InvalidSource']);
    await shop.bench.request(KEY, 'approve', { version: OLD });
    await shop.bench.pass(KEY);
    expect(shop.bench.store.get(KEY)?.requests, 'unanswered').to.deep.equal([]);
    await shop.apply();
    await shop.settlesAt(OLD);
  });
});
