import { link, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { SiteDirectory } from '../../../lib/site/directory.ts';
import { MANIFEST } from '../../../lib/site/manifest.ts';
import { codeOf } from '../../rig/code-of.ts';
import { SiteBench } from './site-bench.ts';

const FIXED = ['.cc-ci-site.json', 'feed.xml', 'index.html'];

describe('the site on disk', () => {
  let bench: SiteBench;
  beforeEach(async () => {
    bench = await SiteBench.open();
    bench.objects.canonical('notes');
    bench.objects.canonical('shop');
    bench.objects.run('notes-1', 'notes');
    bench.objects.run('shop-1', 'shop', 'Failed');
  });
  afterEach(() => bench.close());

  describe('the first round', () => {
    /** An object changes every half a second, for so long; what had been written by then. */
    async function changing(seconds: number): Promise<string[]> {
      const key = bench.objects.canonical('notes');
      bench.publisher.start();
      for (let half = 0; half < 2 * seconds; half += 1) {
        bench.publisher.changed(key);
        await bench.clock.advance(500);
        await bench.publisher.idle();
      }
      return await bench.files().catch(() => []);
    }

    it('waits for the objects to come to rest, which go first', async () => {
      expect(await changing(50)).to.deep.equal([]);
      await bench.clock.advance(1_500);
      await bench.publisher.idle();
      expect(await bench.files()).to.include('index.html');
    });

    it('waits for the first listing, in which nothing changes for a while', async () => {
      bench.objects.isListed = false;
      bench.publisher.start();
      await bench.clock.advance(20_000);
      await bench.publisher.idle();
      expect(await bench.files().catch(() => [])).to.deep.equal([]);
      bench.objects.isListed = true;
      await bench.clock.advance(1_500);
      await bench.publisher.idle();
      expect(await bench.files()).to.include('index.html');
    });

    it('waits for a minute at most', async () => {
      expect(await changing(62)).to.include('index.html');
    });
  });

  const inodes = async (): Promise<Map<string, number>> => {
    const files = await bench.files();
    return new Map(
      await Promise.all(files.map(async (path) => [path, (await stat(join(bench.site, path))).ino] as const)),
    );
  };
  /** Paths of files that are other ones than before. */
  const replaced = async (before: ReadonlyMap<string, number>): Promise<string[]> =>
    [...(await inodes())].filter(([path, ino]) => before.get(path) !== ino).map(([path]) => path);

  it('has a page for each recipe and run, a badge for each recipe, an overview and a feed', async () => {
    await bench.start();
    expect(await bench.files()).to.deep.equal([
      ...FIXED.slice(0, 1),
      'badge/notes.svg',
      'badge/shop.svg',
      ...FIXED.slice(1),
      'recipes/notes.html',
      'recipes/shop.html',
      'runs/notes-1.html',
      'runs/shop-1.html',
    ]);
    expect(await bench.read('badge/shop.svg')).to.include('failed');
  });

  it('a change writes what shows it, and nothing else', async () => {
    await bench.start();
    const before = await inodes();
    bench.publisher.changed(bench.objects.run('notes-2', 'notes', 'Running'));
    await bench.roundOver();
    expect(await replaced(before)).to.deep.equal([
      '.cc-ci-site.json',
      'index.html',
      'recipes/notes.html',
      'runs/notes-2.html',
    ]);
  });

  it('nothing is written where nothing changed, nor by another process that finds it as it is', async () => {
    await bench.start();
    const before = await inodes();
    bench.publisher.changed({ kind: 'Run', name: 'notes-1' });
    await bench.roundOver();
    await bench.publisher.stop();
    bench.restarted();
    await bench.start();
    expect(await replaced(before)).to.deep.equal([]);
  });

  it('the files of what is gone are removed, the trend stays', async () => {
    await bench.start();
    bench.objects.remove({ kind: 'Run', name: 'shop-1' });
    bench.publisher.changed({ kind: 'Run', name: 'shop-1' });
    await bench.roundOver();
    expect(await bench.files()).to.not.include('runs/shop-1.html');
    expect(await bench.read('badge/shop.svg')).to.include('failed');
    expect(await bench.read('index.html'))
      .to.include('One run: 1 failed')
      .and.not.include('runs/shop-1.html');
    bench.objects.remove({ kind: 'Canonical', name: 'shop' });
    bench.publisher.changed({ kind: 'Canonical', name: 'shop' });
    await bench.roundOver();
    expect((await bench.files()).filter((path) => path.includes('shop'))).to.deep.equal([]);
  });

  it('files of other people stay, wherever they lie, and are said once', async () => {
    await bench.write('site/index.html', '<h1>my own</h1>');
    await bench.write('site/recipes/mine.html', 'mine');
    await bench.write('site/runs/notes-1.html', 'mine too');
    await bench.start();
    bench.publisher.changed(bench.objects.run('notes-2', 'notes'));
    await bench.roundOver();
    expect(await bench.read('index.html')).to.equal('<h1>my own</h1>');
    bench.objects.remove({ kind: 'Run', name: 'notes-1' });
    bench.publisher.changed({ kind: 'Run', name: 'notes-1' });
    await bench.roundOver();
    expect(await bench.read('runs/notes-1.html')).to.equal('mine too');
    expect(await bench.read('recipes/mine.html')).to.equal('mine');
    const reasons = bench.events.map(({ reason }) => reason);
    expect(new Set(reasons)).to.deep.equal(new Set(['SiteFilesForeign']));
    expect(reasons.length).to.be.at.most(2);
  });

  it('no link leads it out of its directory', async () => {
    await mkdir(join(bench.root, 'elsewhere'));
    await mkdir(bench.site);
    await symlink(join(bench.root, 'elsewhere'), join(bench.site, 'runs'));
    await bench.start();
    expect(bench.events.map(({ reason }) => reason)).to.deep.equal(['SiteFilesForeign']);
    expect(await readdir(join(bench.root, 'elsewhere'))).to.deep.equal([]);
  });

  it('a link in the place of a file of ours is replaced, not written through', async () => {
    await bench.start();
    await bench.write('outside', 'precious');
    await rm(join(bench.site, 'index.html'));
    await symlink(join(bench.root, 'outside'), join(bench.site, 'index.html'));
    await bench.publisher.stop();
    bench.restarted();
    await bench.start();
    expect((await stat(join(bench.root, 'outside'))).size).to.equal('precious'.length);
    expect(await bench.read('index.html')).to.include('<!DOCTYPE html>');
  });

  for (const [what, spoil] of [
    ['lost', (path: string) => rm(path)],
    ['emptied', (path: string) => bench.write(path.slice(bench.root.length + 1), '')],
    ['garbled', (path: string) => bench.write(path.slice(bench.root.length + 1), '\u0000garbage')],
  ] as const) {
    it(`every file that is ${what} is there again after a start`, async () => {
      await bench.start();
      const paths = await bench.files();
      const before = await Promise.all(paths.map((path) => bench.read(path)));
      await bench.publisher.stop();
      for (const path of paths.filter((one) => one !== MANIFEST)) await spoil(join(bench.site, path));
      bench.restarted();
      await bench.start();
      expect(await Promise.all(paths.map((path) => bench.read(path)))).to.deep.equal(before);
    });
    it(`a manifest that is ${what} is made again, with the pages beside it`, async () => {
      await bench.start();
      const before = await bench.read(MANIFEST);
      await bench.publisher.stop();
      await spoil(join(bench.site, MANIFEST));
      bench.restarted();
      await bench.start();
      expect(await bench.read(MANIFEST)).to.equal(before);
      expect(bench.events).to.deep.equal([]);
    });
  }

  it('a directory that goes away comes back whole', async () => {
    await bench.start();
    const before = await bench.files();
    await rm(bench.site, { recursive: true });
    bench.publisher.changed({ kind: 'Canonical', name: 'notes' });
    await bench.roundOver();
    expect(await bench.files()).to.deep.equal(before);
  });

  it('a file in the place of the directory is said once, and that it is over', async () => {
    await bench.write('site', 'a file');
    await bench.start();
    await bench.roundOver();
    expect(bench.events.map(({ reason }) => reason)).to.deep.equal(['SiteNotWritten']);
    await rm(bench.site);
    await bench.roundOver();
    expect(bench.events.map(({ reason }) => reason)).to.deep.equal(['SiteNotWritten', 'SiteWritten']);
    expect(await bench.files()).to.include('index.html');
  });

  it('T51 nothing is made where the directory above is gone: a state directory that was moved stays moved', async () => {
    const directory = new SiteDirectory(join(bench.root, 'gone', 'site'), 'instance-1');
    expect(await codeOf(directory.open())).to.equal('NotFound');
    expect(await readdir(bench.root)).to.not.include('gone');
  });

  it('T67 the site of another state directory is left alone', async () => {
    await bench.start();
    await bench.publisher.stop();
    const before = await inodes();
    bench.restarted('instance-2');
    await bench.start();
    expect(await replaced(before)).to.deep.equal([]);
    expect(bench.events[0]).to.include({ reason: 'SiteNotWritten' });
    expect(bench.events[0]?.message).to.include('another state directory');
  });

  it('T52 what a kill in mid-write left is replaced, and never in the place of a page', async () => {
    await bench.start();
    await bench.publisher.stop();
    for (const directory of ['', 'runs/', 'recipes/']) await bench.write(`site/${directory}.cc-ci-site.tmp`, '<!DOC');
    bench.restarted();
    bench.objects.run('notes-1', 'notes', 'Failed');
    bench.objects.canonical('notes', { url: 'http://x' });
    await bench.start();
    expect((await bench.files()).filter((path) => path.endsWith('.tmp'))).to.deep.equal([]);
    expect(await bench.read('runs/notes-1.html')).to.match(/<\/html>\n$/);
  });

  it('a manifest that was tampered with removes nothing outside', async () => {
    await bench.write('precious.html', 'precious');
    await bench.start();
    await bench.publisher.stop();
    const manifest = JSON.parse(await bench.read(MANIFEST)) as { files: Record<string, unknown> };
    for (const path of ['../precious.html', 'runs/../../precious.html', '/etc/passwd', 'runs/mine.sh'])
      manifest.files[path] = { digest: 'x' };
    await bench.write(`site/${MANIFEST}`, JSON.stringify(manifest));
    await bench.write('site/runs/mine.sh', 'mine');
    bench.restarted();
    await bench.start();
    expect(await bench.read('../precious.html')).to.equal('precious');
    expect(await bench.read('runs/mine.sh')).to.equal('mine');
  });

  it('T65 a status of another shape, and a recipe that is called like a member of every object, keep nothing from being shown', async () => {
    bench.objects.canonical('constructor');
    bench.objects.run('constructor-1', 'constructor');
    const odd = { conditions: 5, stages: 'x', history: 7 };
    const other = { conditions: [], history: 7 };
    bench.objects.put(bench.objects.get({ kind: 'Canonical', name: 'notes' }) as never, 'Canonical', other as never);
    for (const [name, kind] of [
      ['notes-1', 'Run'],
      ['shop', 'Canonical'],
    ] as const)
      bench.objects.put(bench.objects.get({ kind, name }) as never, kind, odd as never);
    await bench.start();
    expect(bench.events).to.deep.equal([]);
    const files = await bench.files();
    expect(files).to.include.members(['runs/notes-1.html', 'recipes/shop.html', 'badge/constructor.svg']);
    expect(await bench.read('badge/constructor.svg')).to.include('level 4');
  });

  it('a hard link of a page is not changed with it', async () => {
    await bench.start();
    await link(join(bench.site, 'index.html'), join(bench.root, 'kept.html'));
    bench.publisher.changed(bench.objects.run('notes-2', 'notes'));
    const before = await bench.read('../kept.html');
    await bench.roundOver();
    expect(await bench.read('../kept.html')).to.equal(before);
    expect(await bench.read('index.html')).to.not.equal(before);
  });
});
