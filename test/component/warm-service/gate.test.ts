import { expect } from 'chai';
import { releaseRecipe } from '../../builders/recipe.ts';
import { KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

const MAJOR = '2.0.0+2.0.0';

describe('a warm service whose newest release is not safe', function () {
  this.timeout(60_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
  });
  afterEach(() => shop.close());

  const look = () => shop.bench.request(KEY, 'reconcile');

  it('holds a major, says why, and goes on as it is', async () => {
    await shop.release(MAJOR);
    await look();
    const status = await shop.is('Held', 'True/NeedsApproval');
    expect(status.version).to.deep.equal({ current: OLD, lastGood: OLD, latest: MAJOR, held: MAJOR });
    expect(status.conditions.find(({ type }) => type === 'Ready')?.status).to.equal('True');
    expect(status.conditions.find(({ type }) => type === 'Held')?.message).to.include('BumpTooBig');
    expect(status.history?.[0]).to.include({ result: 'Held', message: 'BumpTooBig' });
    expect(shop.calls('undeploy')).to.equal(0);
  });

  it('says once that a version is held, however often it is looked for', async () => {
    await shop.release(MAJOR);
    for (let times = 0; times < 3; times += 1) {
      await look();
      for (let pass = 0; pass < 3; pass += 1) await shop.bench.pass(KEY);
    }
    const { history } = await shop.journal();
    expect(history.map(({ result }) => result)).to.deep.equal(['Held', 'Committed']);
    expect(await shop.alerts()).to.have.length(1);
  });

  it('applies a newer safe one below a held one', async () => {
    await shop.release(NEW);
    await shop.release(MAJOR);
    await look();
    const status = await shop.settlesAt(NEW);
    expect(status.version?.held).to.equal(MAJOR);
  });

  it('lets exactly what is approved through', async () => {
    await shop.release(MAJOR);
    await look();
    await shop.is('Held', 'True/NeedsApproval');
    await shop.bench.request(KEY, 'approve', { version: MAJOR });
    const status = await shop.settlesAt(MAJOR);
    expect(status.conditions.some(({ type }) => type === 'Held')).to.equal(false);
    expect((await shop.journal()).approved).to.equal(undefined);
  });

  it('voids an approval whose tag moved', async () => {
    await shop.release(MAJOR);
    await look();
    await shop.is('Held', 'True/NeedsApproval');
    await shop.apply({ suspend: true });
    await shop.bench.request(KEY, 'approve', { version: MAJOR });
    await shop.bench.until(async () => (await shop.journal()).approved !== undefined, 'the approval');
    const moved = await releaseRecipe(shop.recipe, { version: '2.0.1+2.0.1' });
    shop.bench.platform.behave(moved, migrating('2.0.1+2.0.1'));
    shop.recipe.git('tag', '--force', '--annotate', '--message', 'x', MAJOR, moved);
    shop.recipe.git('tag', '-d', '2.0.1+2.0.1');
    await shop.apply({});
    await look();
    await shop.bench.until(async () => (await shop.journal()).newest?.held?.commit === moved, 'the look');
    expect((await shop.journal()).approved).to.equal(undefined);
    expect((await shop.lastGood())?.version).to.equal(OLD);
  });

  it('holds what has a release note, and tells it', async () => {
    const commit = await releaseRecipe(shop.recipe, {
      version: NEW,
      files: { [`release/${NEW}`]: 'Attention: read this.' },
    });
    shop.bench.platform.behave(commit, migrating(NEW));
    await look();
    const status = await shop.is('Held', 'True/NeedsApproval');
    expect(status.conditions.find(({ type }) => type === 'Held')?.message).to.include('Note');
  });

  it('goes back to a set that a person chose, and keeps what it replaces', async () => {
    await shop.release(NEW);
    await look();
    await shop.settlesAt(NEW);
    const set = (await shop.lastGood())?.set ?? '';
    await shop.bench.request(KEY, 'rollback', { to: set });
    await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
    await shop.settlesAt(OLD);
    expect(await shop.data('schema')).to.equal(OLD);
    expect((await shop.lastGood())?.version).to.equal(OLD);
    for (let pass = 0; pass < 10; pass += 1) await shop.bench.step();
    await shop.settlesAt(OLD);
  });
});
