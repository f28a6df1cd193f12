import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Crashes, type CrashMoment } from './crashes.ts';
import { DOMAIN, KEY, migrating, OLD, Shop } from './warm-bench.ts';

const BROKEN = '1.9.0+1.9.0';
/** So many at once as an operation gets over. */
const UPGRADES = [
  ['Upgrade Preflight', 'Upgrade TakeDown'],
  ['Upgrade Snapshot', 'Upgrade Deploy'],
  ['Upgrade AwaitHealth', 'Upgrade Commit', 'Upgrade Collect'],
];
const BACK = [
  'Preflight',
  'TakeDown',
  'SetAside',
  'Restore',
  'Deploy',
  'AwaitHealth',
  'Commit',
  'KeepFailed',
  'Collect',
];
const MOMENTS: readonly CrashMoment[] = ['After', 'Before'];
/** The other moment stands beside it. */
const atNight = (moment: CrashMoment, long: CrashMoment): string => (moment === long ? ' @nightly' : '');

describe('a warm service whose controller is killed', function () {
  this.timeout(300_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
  });
  afterEach(() => shop.close());

  const sets = (): Promise<string[]> => readdir(join(shop.bench.settings.stateDirectory, 'warm/shop/sets'));
  const settled = (version: string) => async (): Promise<boolean> => {
    const status = await shop.status().catch(() => undefined);
    const journal = await shop.journal().catch(() => undefined);
    return status?.version?.current === version && journal !== undefined && journal.operation === undefined;
  };

  async function started(): Promise<void> {
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
  }

  for (const moment of MOMENTS) {
    it(`I8 ${moment.toLowerCase()} each step of its first deploy is deployed all the same`, async () => {
      const crashes = new Crashes(shop, moment, [
        'Deploy Preflight',
        'Deploy Deploy',
        'Deploy Commit',
        'Deploy Collect',
      ]);
      await shop.apply();
      await crashes.until(settled(OLD), 'the deploy');
      expect(crashes.seen).to.have.length(4);
      expect((await shop.journal()).history.map(({ result }) => result)).to.deep.equal(['Committed']);
      expect(await shop.data('schema')).to.equal(OLD);
    });

    it(`I8 I14 ${moment.toLowerCase()} each step of an upgrade ends there, with one set of the data from before${atNight(moment, 'Before')}`, async () => {
      await started();
      let minor = 0;
      for (const steps of UPGRADES) {
        minor += 1;
        const version = `1.${minor}.0+1.${minor}.0`;
        const commit = await shop.release(version);
        await shop.bench.request(KEY, 'reconcile');
        const crashes = new Crashes(shop, moment, steps);
        await crashes.until(settled(version), `the upgrade to ${version}`);
        expect(crashes.seen).to.deep.equal(steps);
        const good = await shop.lastGood();
        expect(good).to.deep.include({ version, commit });
        expect(good?.set).to.equal(good?.operation);
        expect(await sets())
          .to.include(good?.set)
          .and.to.have.length(Math.min(minor, 2));
        expect((await shop.journal()).history).to.have.length(1 + minor);
        expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([version, 'one']);
      }
    });

    it(`I5 I8 ${moment.toLowerCase()} each step of a rollback ends on what was good, with its data${atNight(moment, 'After')}`, async () => {
      await started();
      await shop.release(BROKEN, migrating(BROKEN, { services: [{ name: 'app', conduct: 'CrashLoops' }] }));
      await shop.bench.request(KEY, 'reconcile');
      const steps = BACK.map((step) => `RollBack ${step}`);
      const crashes = new Crashes(shop, moment, steps);
      const isBack = async (): Promise<boolean> => (await shop.journal()).history[0]?.result === 'RolledBack';
      await crashes.until(async () => (await isBack()) && (await settled(OLD)()), 'the rollback');
      expect(crashes.seen).to.deep.equal(steps);
      expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([OLD, 'one']);
      expect((await shop.lastGood())?.version).to.equal(OLD);
      expect(await sets()).to.have.length(1);
      expect((await shop.journal()).history.map(({ result }) => result)).to.deep.equal(['RolledBack', 'Committed']);
    });
  }

  it('I8 after and in each step of a repair, is repaired', async () => {
    await started();
    for (const moment of MOMENTS) {
      shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
      const steps = ['Recover Preflight', 'Recover Deploy', 'Recover Commit'];
      const crashes = new Crashes(shop, moment, steps);
      await shop.bench.pass(KEY);
      await crashes.until(settled(OLD), 'the repair');
      expect(crashes.seen).to.deep.equal(steps);
      expect(await shop.data('order')).to.equal('one');
      shop.bench.clock.skippedMs += 600_000;
    }
  });

  it('T103 is no crash where the controller was stopped on purpose, however often', async () => {
    await started();
    await shop.release(BROKEN);
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(
      async () => (await shop.journal()).operation?.steps.done.at(-1) === 'TakeDown',
      'the upgrade',
    );
    for (let stops = 0; stops < 5; stops += 1) {
      await shop.bench.warmServices.stopped();
      await shop.bench.restart();
      await shop.bench.pass(KEY);
    }
    await shop.bench.until(settled(BROKEN), 'the upgrade');
    expect((await shop.journal()).history[0]).to.include({ version: BROKEN, result: 'Committed' });
  });

  it('three times in the work of an upgrade, goes back to what was good, with its data', async () => {
    await started();
    await shop.release(BROKEN);
    await shop.bench.request(KEY, 'reconcile');
    const crashes = new Crashes(shop, 'After', ['Upgrade TakeDown', 'Upgrade Snapshot', 'Upgrade Deploy']);
    const isBack = async (): Promise<boolean> => (await shop.journal()).history[0]?.result === 'RolledBack';
    await crashes.until(async () => (await isBack()) && (await settled(OLD)()), 'the rollback');
    expect((await shop.status()).quarantine?.[0]).to.deep.include({ version: BROKEN, reason: 'CrashBudget' });
    expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([OLD, 'one']);
  });
});
