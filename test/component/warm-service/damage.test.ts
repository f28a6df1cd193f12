import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { recordLogPath } from '../../../lib/fs/record-scan.ts';
import type { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { ownerOf, readRows, rowOf } from '../../e2e/records/rows.ts';
import { loseRecord, putInsteadOf } from '../../rig/record-places.ts';
import { condition } from '../run/bench.ts';
import { KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

describe('damaged records of a warm service', function () {
  this.timeout(180_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
  });
  afterEach(() => shop.close());

  const state = (): string => shop.bench.settings.stateDirectory;
  const places = (): string[] => [join(state(), RECORD), recordLogPath(state())];
  const RECORD = 'warm/shop/state.json';
  const JOURNAL = 'objects/WarmService/shop/journal.json';

  async function stalls(): Promise<void> {
    for (let pass = 0; pass < 3; pass += 1) {
      const thrown = shop.bench.thrown.length;
      await shop.bench.pass(KEY);
      expect(shop.bench.thrown.slice(thrown).map((error) => (error as DamagedRecord).reason)).to.deep.equal([
        'DamagedRecord',
      ]);
    }
    expect(condition(await shop.status(), 'Ready')).to.equal('Unknown/NotVerified');
  }

  it('each file that it leaves in the state directory has a row in the table of files', async () => {
    await shop.release(NEW);
    await shop.bench.request(KEY, 'reconcile');
    await shop.settlesAt(NEW);
    const broken = { services: [{ name: 'app', conduct: 'CrashLoops', logs: ['it is broken'] }] } as const;
    await shop.release('1.2.0+1.2.0', migrating('1.2.0+1.2.0', broken));
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
    await shop.settlesAt(NEW);
    const { stateDirectory } = shop.bench.settings;
    const entries = await readdir(stateDirectory, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(stateDirectory, join(entry.parentPath, entry.name)));
    for (const path of ['state.json', 'judged.json']) expect(files).to.include(`warm/shop/${path}`);
    for (const room of ['sets', 'asides', 'evidence'])
      expect(
        files.some((file) => file.startsWith(`warm/shop/${room}/`)),
        room,
      ).to.equal(true);
    const rows = readRows();
    expect(files.filter((file) => rowOf(rows, file) === undefined)).to.deep.equal([]);
    expect(files.filter((file) => file.startsWith('warm/')).map((file) => ownerOf(stateDirectory, file))).to.include(
      'WarmService/shop',
    );
  });

  it('T84 state.json lost at both places: what the journal says of it counts, and nothing is deployed', async () => {
    const deploys = shop.calls('deploy');
    loseRecord(state(), RECORD);
    await shop.bench.restart();
    await shop.bench.pass(KEY);
    const status = await shop.settlesAt(OLD);
    expect(status.version?.lastGood).to.equal(OLD);
    expect(shop.calls('deploy')).to.equal(deploys);
  });

  it('T84 state.json put back from an older time: what was good later counts', async () => {
    const old = await Promise.all(places().map((path) => readFile(path)));
    await shop.release(NEW);
    await shop.bench.request(KEY, 'reconcile');
    await shop.settlesAt(NEW);
    const deploys = shop.calls('deploy');
    for (const [at, path] of places().entries()) await writeFile(path, old[at] ?? '');
    await shop.bench.restart();
    await shop.bench.pass(KEY);
    await shop.settlesAt(NEW);
    expect(shop.calls('deploy')).to.equal(deploys);
  });

  for (const [what, text] of [
    ['empty', ''],
    ['garbage', '{"format": 7'],
    ['no such record', '{"format": 1, "version": 7}'],
  ] as const)
    it(`T84 state.json ${what}, and not in the log: stalls, and goes on once it is back`, async () => {
      const good = await readFile(join(state(), RECORD), 'utf8');
      const calls = shop.calls('deploy') + shop.calls('undeploy');
      putInsteadOf(state(), RECORD, text);
      await shop.bench.restart();
      await stalls();
      await writeFile(places()[0] ?? '', good);
      await shop.bench.pass(KEY);
      await shop.settlesAt(OLD);
      expect(shop.calls('deploy') + shop.calls('undeploy')).to.equal(calls);
    });

  it('T84 one of the two places lost is repaired from the other', async () => {
    await rm(places()[0] ?? '');
    await shop.bench.restart();
    await shop.bench.pass(KEY);
    expect(JSON.parse(await readFile(places()[0] ?? '', 'utf8'))).to.include({ version: OLD });
  });

  it('T84 I5 a journal lost at both places in mid-upgrade stalls, and nothing is deployed until a person says so', async () => {
    await shop.release(NEW);
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(async () => (await shop.journal()).operation?.steps.done.at(-1) === 'Snapshot', 'the set');
    const deploys = shop.calls('deploy');
    loseRecord(state(), JOURNAL);
    await shop.bench.restart();
    await stalls();
    expect(shop.calls('deploy')).to.equal(deploys);
    await shop.bench.request(KEY, 'retry');
    await shop.bench.pass(KEY);
    await shop.settlesAt(NEW);
    expect(await shop.data('order')).to.equal('one');
  });
});
