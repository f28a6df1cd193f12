import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { migrating, NEW, OLD, Shop } from './warm-bench.ts';

describe('a warm service', function () {
  this.timeout(60_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
  });
  afterEach(() => shop.close());

  it('is deployed at the newest release, and that is what is good', async () => {
    await shop.apply();
    const status = await shop.settlesAt(OLD);
    expect(status.version).to.deep.equal({ current: OLD, lastGood: OLD, latest: OLD });
    expect(status.history?.[0]).to.deep.include({ version: OLD, result: 'Committed' });
    expect(await shop.lastGood()).to.deep.include({ version: OLD, commit: shop.old });
  });

  it('is upgraded, with a set of the data from before', async () => {
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
    const head = await shop.release(NEW);
    await shop.bench.request({ kind: 'WarmService', name: 'shop' }, 'reconcile');
    await shop.settlesAt(NEW);
    expect(await shop.data('schema')).to.equal(NEW);
    expect(await shop.data('order')).to.equal('one');
    const good = await shop.lastGood();
    expect(good).to.deep.include({ version: NEW, commit: head });
    const sets = join(shop.bench.settings.stateDirectory, 'warm/shop/sets');
    expect(await readdir(sets)).to.deep.equal([good?.set]);
  });

  for (const [why, services, said] of [
    ['crashes', [{ name: 'app', conduct: 'CrashLoops' }], /app/],
    ['is up but never healthy', [{ name: 'app', conduct: 'NeverUp' }], /AwaitHealth.*waited for.*app/],
  ] as const) {
    it(`T04 I5 that ${why} after an upgrade goes back to what was good, with its data`, async () => {
      await shop.apply({ app: { recipe: 'shop', source: shop.recipe.directory, timeouts: { health: '5s' } } });
      await shop.settlesAt(OLD);
      await writeFile(shop.file('order'), 'one');
      await shop.release(NEW, migrating(NEW, { services }));
      await shop.bench.request({ kind: 'WarmService', name: 'shop' }, 'reconcile');
      await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
      const status = await shop.settlesAt(OLD);
      expect(await shop.data('schema')).to.equal(OLD);
      expect(await shop.data('order')).to.equal('one');
      expect(status.quarantine?.[0]).to.deep.include({ version: NEW });
      expect(status.history?.[0]).to.deep.include({ version: NEW, result: 'RolledBack' });
      expect((await shop.lastGood())?.version).to.equal(OLD);
      const [alert] = await shop.alerts();
      expect(alert).to.deep.include({ reason: 'UpgradeRolledBack', severity: 'Warning' });
      expect(alert?.message, 'what it waited for last').to.match(said);
      expect(alert?.facts).to.deep.include({ recovered: true, lastGood: { version: OLD, commit: shop.old } });
    });
  }
});
