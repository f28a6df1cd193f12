import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { warmHome } from '../../../lib/known-good/warm-home.ts';
import { condition } from '../run/bench.ts';
import { KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

const CRASHES = [{ name: 'app', conduct: 'CrashLoops' }] as const;

describe('what a rollback replaces', function () {
  this.timeout(60_000);
  let shop: Shop;
  let head = '';

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'before');
    const crashing = migrating(NEW, {
      services: CRASHES,
      onStart: async ([volume]) => {
        if (volume === undefined) return;
        await writeFile(join(volume.path, 'schema'), NEW);
        await writeFile(join(volume.path, 'order'), 'came in between');
      },
    });
    head = await shop.release(NEW, crashing);
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
    await shop.settlesAt(OLD);
  });
  afterEach(() => shop.close());

  const home = () => warmHome(shop.bench.settings.stateDirectory, 'shop');
  const failed = async () => (await shop.status()).failedSets?.[0] ?? expect.fail('no failed set');

  it('is kept as a set of its own, and told with what it alone holds', async () => {
    const { snapshot } = await shop.status();
    const set = await failed();
    expect(set.id).to.equal(`${snapshot?.id}-failed`);
    expect(set.version).to.equal(NEW);
    expect(set.lossWindow.from, 'since the set that was put back').to.equal(snapshot?.time);
    expect(set.lossWindow.from < set.lossWindow.to).to.equal(true);
    expect((await shop.status()).quarantine?.[0]?.until.slice(0, 16)).to.equal(set.expires.slice(0, 16));
    expect((await home().failedSets.verify(set.id, AbortSignal.timeout(30_000))).state).to.equal('Intact');
    expect(await shop.data('order')).to.equal('before');
    const alert = (await shop.alerts()).find(({ reason }) => reason === 'UpgradeRolledBack');
    expect(alert?.facts).to.deep.include({ failedSet: set.id, lossWindow: set.lossWindow });
  });

  it('a person can go back to it: nobody loses what came in between', async () => {
    const { id } = await failed();
    shop.bench.platform.behave(head, { services: [{ name: 'app' }] });
    await shop.bench.request(KEY, 'rollback', { to: id });
    await shop.settlesAt(NEW);
    expect(await shop.data('order')).to.equal('came in between');
    expect((await shop.status()).failedSets?.map((one) => one.version)).to.deep.equal([OLD, NEW]);
  });

  it('is removed once its time is over, by running time, and not before', async () => {
    const { id } = await failed();
    await shop.bench.pass(KEY);
    await access(home().failedSets.pathOf(id));
    const journal = await shop.journal();
    const over = (journal.failedSets ?? []).map((one) => ({ ...one, untilRunningMs: 0 }));
    await shop.bench.store.writeJournal(KEY, { ...journal, failedSets: over });
    await shop.bench.until(async () => (await shop.status()).failedSets === undefined, 'the removal');
    expect(await home().failedSets.ids()).to.deep.equal([]);
    expect(condition(await shop.status(), 'Ready')).to.equal('True/Healthy');
    expect((await home().sets.ids()).length, 'the set that an upgrade made stays').to.equal(1);
  });
});
