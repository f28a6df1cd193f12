import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { failedSetId } from '../../../lib/known-good/warm-home.ts';
import { readManifest } from '../../../lib/snapshot/manifest.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { BROKEN, FaultyShop } from './faulty-shop.ts';
import { KEY, migrating, NEW, OLD, type Shop } from './warm-bench.ts';

describe('the rollback of a warm service', function () {
  this.timeout(180_000);
  let faulty: FaultyShop;
  let shop: Shop;

  beforeEach(async () => {
    faulty = await FaultyShop.open();
    shop = faulty.shop;
  });
  afterEach(() => shop.close());

  it('what a rollback replaces is a set of its own, with what was written since', async () => {
    await faulty.released({
      ...BROKEN,
      onStart: async ([volume]) => {
        await writeFile(join(volume?.path ?? '', 'schema'), NEW);
        await writeFile(join(volume?.path ?? '', 'order'), 'two');
      },
    });
    await faulty.rolledBack('');
    const [id = ''] = await readdir(faulty.under('sets'));
    const failedId = failedSetId(id);
    const [failed, set] = [
      await readManifest(faulty.under('asides', failedId)),
      await readManifest(faulty.under('sets', id)),
    ];
    expect(failed).to.deep.include({ id: failedId, version: NEW });
    expect(await readFile(faulty.under('asides', failedId, 'volumes/data/order'), 'utf8')).to.equal('two');
    expect(await readFile(faulty.under('asides', failedId, 'volumes/data/schema'), 'utf8')).to.equal(NEW);
    expect(Date.parse(failed?.createdTime ?? '')).to.be.at.least(Date.parse(set?.createdTime ?? 'never'));
  });

  it('T60 keeps the evidence of the last failures, of upgrade and rollback apart, and no more of it than that', async () => {
    for (let old = 0; old < 12; old += 1) await mkdir(faulty.under('evidence', `old-${old}`), { recursive: true });
    await faulty.released({ services: [{ name: 'app', conduct: 'CrashLoops', logs: ['no such table'] }] });
    await faulty.rolledBack('app: no such table');
    const kept = await readdir(faulty.under('evidence'));
    expect(kept).to.have.length(10);
    const [id = ''] = await readdir(faulty.under('sets'));
    expect(await readdir(faulty.under('evidence', `${id}-Upgrade`))).to.have.members(['tasks.json', 'app.log']);
  });

  it('T64 want of room for what a rollback replaces does not stop it', async () => {
    await faulty.released(BROKEN);
    await shop.bench.until(faulty.isAt('RollBack TakeDown'), 'the rollback');
    const calls = await FileCalls.on(shop.bench.settings.stateDirectory);
    calls.failNext(/^rename .*→ .*asides\/[^/]*\/volumes\/data/, 'ENOSPC');
    try {
      await faulty.rolledBack('');
    } finally {
      calls.stop();
    }
    expect(await readdir(faulty.under('sets'))).to.have.length(1);
  });

  it('VersionOnly goes back without a set, and leaves the data as it is', async () => {
    const app = { recipe: 'shop', source: shop.recipe.directory };
    await shop.apply({ app, rollback: { strategy: 'VersionOnly' } });
    await faulty.released(BROKEN);
    await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
    await shop.settlesAt(OLD);
    expect(await readdir(faulty.under('sets')).catch(() => [])).to.deep.equal([]);
    expect(await shop.data('order')).to.equal('one');
  });

  for (const [from, to] of [
    ['Snapshot', 'VersionOnly'],
    ['VersionOnly', 'Snapshot'],
  ] as const)
    it(`a strategy that becomes ${to} in mid-upgrade counts as it was: what was made is what there is`, async () => {
      const app = { recipe: 'shop', source: shop.recipe.directory };
      await shop.apply({ app, rollback: { strategy: from } });
      await faulty.released(BROKEN);
      await shop.bench.until(faulty.isAt('Upgrade Snapshot'), 'the step of the set');
      await shop.apply({ app, rollback: { strategy: to } });
      await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
      await shop.settlesAt(OLD);
      expect(await shop.data('order')).to.equal('one');
      expect((await readdir(faulty.under('sets')).catch(() => [])).length).to.equal(from === 'Snapshot' ? 1 : 0);
    });

  for (const [when, place] of [
    ['before the rollback begins', 'RollBack'],
    ['after its live data went aside', 'RollBack SetAside'],
  ] as const)
    it(`a set that is damaged ${when} stalls, keeps everything, and is gone back to once it is mended`, async () => {
      await faulty.released(BROKEN);
      await shop.bench.until(faulty.isAt(place), place);
      const id = (await shop.journal()).operation?.id ?? '';
      const file = faulty.under('sets', id, 'volumes/data/order');
      await writeFile(file, 'spoiled');
      await faulty.stalls();
      const aside = faulty.under('asides', failedSetId(id), 'volumes/data/schema');
      const kept = place === 'RollBack' ? shop.file('schema') : aside;
      expect(await readFile(kept, 'utf8')).to.equal(NEW);
      await writeFile(file, 'one');
      await shop.bench.request(KEY, 'retry');
      await faulty.rolledBack('');
      await faulty.isOverAtOnce();
      expect(await readFile(aside, 'utf8')).to.equal(NEW);
    });

  it('a rollback that is not healthy itself stalls, and begins from the set again once it can', async () => {
    await faulty.released(BROKEN);
    const spoil = async ([volume]: readonly { path: string }[]): Promise<void> =>
      writeFile(join(volume?.path ?? '', 'order'), 'spoiled');
    shop.bench.platform.behave(shop.old, { ...BROKEN, onStart: spoil });
    await faulty.stalls();
    shop.bench.platform.behave(shop.old, migrating(OLD));
    await shop.bench.request(KEY, 'retry');
    await faulty.rolledBack('');
    await faulty.isOverAtOnce();
  });
});
