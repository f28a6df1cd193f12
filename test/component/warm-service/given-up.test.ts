import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { BROKEN, FaultyShop } from './faulty-shop.ts';
import { KEY, migrating, NEW, OLD, type Shop } from './warm-bench.ts';

const NEWER = '1.2.0+1.2.0';

/** A version that migrates, takes an order, and never comes up. */
const FAILING = migrating(NEWER, {
  ...BROKEN,
  onStart: async ([volume]) => {
    if (volume === undefined) return;
    await writeFile(join(volume.path, 'schema'), NEWER);
    await writeFile(join(volume.path, 'order'), 'came in between');
  },
});

describe('another set after a rollback that was given up', function () {
  this.timeout(60_000);
  let faulty: FaultyShop;
  let shop: Shop;
  let first = '';

  beforeEach(async () => {
    faulty = await FaultyShop.open();
    shop = faulty.shop;
    await faulty.released();
    await shop.settlesAt(NEW);
    [first = ''] = await readdir(faulty.under('sets'));
    await shop.release(NEWER, FAILING);
  });
  afterEach(() => shop.close());

  /** Goes back to the set of the first release; gives what was kept on the way, the newest first. */
  async function goesBack(): Promise<{ version: string; data: string[] }[]> {
    await shop.is('Stalled', 'True/RollbackFailed');
    await shop.bench.request(KEY, 'rollback', { to: first });
    const { failedSets = [] } = await shop.settlesAt(OLD);
    expect(await faulty.data()).to.deep.equal([OLD, 'one']);
    const read = (id: string, name: string) => readFile(faulty.under('asides', id, 'volumes/data', name), 'utf8');
    return await Promise.all(
      failedSets.map(async ({ id, version }) => ({
        version,
        data: [await read(id, 'schema'), await read(id, 'order')],
      })),
    );
  }

  it('what was live is kept as of the version that wrote it, where nothing was put back yet', async () => {
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(faulty.isAt('Upgrade Snapshot'), 'the set');
    const [damaged = ''] = (await readdir(faulty.under('sets'))).filter((id) => id !== first);
    await writeFile(faulty.under('sets', damaged, 'volumes/data/order'), 'damaged');
    expect(await goesBack()).to.deep.equal([{ version: NEWER, data: [NEWER, 'came in between'] }]);
  });

  it('what went aside for it is kept as a set of its own, beside what it had put back', async () => {
    const { commit = '' } = (await shop.lastGood()) ?? {};
    shop.bench.platform.behave(commit, BROKEN);
    await shop.bench.request(KEY, 'reconcile');
    expect(await goesBack()).to.deep.equal([
      { version: NEW, data: [NEW, 'one'] },
      { version: NEWER, data: [NEWER, 'came in between'] },
    ]);
  });
});
