import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ListingMemory, type Look, MOST_REMEMBERED } from '../../../lib/store/listing-memory.ts';
import { listSpecFiles } from '../../../lib/store/spec-listing.ts';
import { SpecSources } from '../../../lib/store/spec-sources.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { CallCounts } from '../../rig/call-counts.ts';
import { FileCalls } from '../../rig/file-calls.ts';

describe('listSpecFiles', () => {
  let root: string;
  let calls: FileCalls;
  const at = (name: string): string => join(root, 'specs', name);
  const put = (...names: string[]): void => {
    for (const name of names) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), '');
    }
  };
  const list = async () => {
    const { files, dangling, failure } = await listSpecFiles(join(root, 'specs'));
    const short = (path: string): string => path.slice(join(root, 'specs').length + 1);
    return { files: files.map(({ path }) => short(path)), dangling: dangling.map(short), reason: failure?.reason };
  };
  const fine = (files: string[]) => ({ files, dangling: [], reason: undefined });

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-listing-')));
    put('b.yaml', 'a/c.yml', 'a/d.json');
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  it('F4 gives spec files below it by path, and nothing else', async () => {
    put('a/x.txt', 'a.ci/profile.yaml', '.git/y.yaml', 'b.yaml.status.yaml');
    mkdirSync(at('dir.yaml'));
    put('dir.yaml/e.yaml');
    expect(await list()).to.deep.equal(fine(['a/c.yml', 'a/d.json', 'b.yaml', 'dir.yaml/e.yaml']));
  });

  it('F4 leaves a directory out that says so, with all below it', async () => {
    put('a/.cc-ci-ignore', 'a/e/f.yaml');
    const { places, targets } = await listSpecFiles(join(root, 'specs'));
    expect([[...places.keys()], [...targets.keys()]]).to.deep.equal([[join(root, 'specs')], [at('a')]]);
    expect(await list()).to.deep.equal(fine(['b.yaml']));
  });

  it('F4 goes through links by their own names, and into a circle once', async () => {
    symlinkSync('../a', at('a/loop'));
    mkdirSync(join(root, 'else'));
    writeFileSync(join(root, 'else/g.yaml'), '');
    symlinkSync('../else', at('link'));
    symlinkSync('a/c.yml', at('z.yaml'));
    const { files, ...rest } = await list();
    expect(files).to.deep.equal(['a/c.yml', 'a/d.json', 'b.yaml', 'link/g.yaml', 'z.yaml']);
    expect(rest).to.deep.equal({ dangling: [], reason: undefined });
  });

  it('F3 tells links whose target is not there, of specs and of directories, and of nothing else', async () => {
    for (const name of ['x.yaml', 'dir', 'x.txt~', '.hidden']) symlinkSync('nowhere', at(name));
    const { dangling, reason } = await list();
    expect([dangling.sort(), reason]).to.deep.equal([['dir', 'x.txt~', 'x.yaml'], undefined]);
  });

  it('T51 a directory that is not there is missing; one that cannot be read now is unreadable, however deep', async () => {
    for (const [pattern, code] of [
      [/^readdir specs$/, 'EMFILE'],
      [/^stat specs\/a$/, 'EIO'],
      [/^readdir specs\/a$/, 'EACCES'],
      [/^stat specs\/b.yaml$/, 'EIO'],
    ] as const) {
      calls.failNext(pattern, code);
      expect((await list()).reason, pattern.source).to.equal('DirectoryUnreadable');
    }
    expect((await list()).reason).to.equal(undefined);
    renameSync(join(root, 'specs'), join(root, 'away'));
    expect(await list()).to.deep.equal({ files: [], dangling: [], reason: 'DirectoryMissing' });
    writeFileSync(join(root, 'specs'), '');
    expect((await list()).reason).to.equal('DirectoryUnreadable');
    rmSync(join(root, 'specs'));
  });

  it('what goes while it is listed is absent, and no failure', async () => {
    calls.beforeNext(/^readdir specs\/a$/, () => rmSync(at('a'), { recursive: true }));
    expect(await list()).to.deep.equal(fine(['b.yaml']));
    calls.beforeNext(/^stat specs\/b.yaml$/, () => rmSync(at('b.yaml')));
    expect(await list()).to.deep.equal(fine([]));
  });

  describe('beside what was seen before', () => {
    const OLD = new Date('2020-01-01T00:00:00Z');
    /** Sixteen of 303 at once. */
    const TURNS = 19;
    let memory: ListingMemory;
    let counts: CallCounts | undefined;
    beforeEach(() => {
      memory = new ListingMemory();
    });
    afterEach(() => counts?.stop());
    /** The wall clock far from the last change, unless said otherwise. */
    const listed = async (look: Look, nowMs = Date.now() + 3_600_000) => {
      memory.begin(look);
      const { files, failure } = await listSpecFiles(join(root, 'specs'), { memory, now: () => nowMs });
      expect(failure).to.equal(undefined);
      return files;
    };
    const calls = () => counts!.take();

    it('F1 an unchanged directory is not read again, and a part of many files is looked at each time, all in turn', async () => {
      put(...Array.from({ length: 300 }, (_, index) => `f${index}.yaml`));
      const before = await listed('Full');
      counts = CallCounts.on(root);
      const looked: number[] = [];
      for (let time = 0; time < TURNS; time += 1) {
        expect(await listed('Spread')).to.deep.equal(before);
        const { stat = 0, statSync = 0, readdir = 0 } = calls();
        expect(readdir).to.equal(0);
        looked.push(stat + statSync - 2);
      }
      expect(Math.max(...looked), 'at once').to.be.at.most(16);
      expect(looked.reduce((sum, one) => sum + one, 0)).to.equal(before.length);
    });

    it('a changed file is found once it is its turn, whatever the directory looks like', async () => {
      put(...Array.from({ length: 300 }, (_, index) => `f${index}.yaml`));
      await listed('Full');
      utimesSync(at('f7.yaml'), OLD, OLD);
      const seen: boolean[] = [];
      for (let time = 0; time < TURNS; time += 1)
        seen.push((await listed('Spread')).some(({ stats }) => stats.mtimeMs === OLD.getTime()));
      expect(seen.filter((one, index) => one !== (seen[index - 1] ?? false))).to.deep.equal([true]);
      utimesSync(at('f8.yaml'), OLD, OLD);
      const found = (await listed('Full')).filter(({ stats }) => stats.mtimeMs === OLD.getTime());
      expect(found.length, 'a full look').to.equal(2);
    });

    it('F3 what came and went is seen at once', async () => {
      const names = async (look: Look) => (await listed(look)).map(({ path }) => path.slice(root.length + 7));
      await names('Full');
      rmSync(at('a/c.yml'));
      expect(await names('Spread')).to.deep.equal(['a/d.json', 'b.yaml']);
      put('new/e.yaml');
      expect(await names('Spread')).to.deep.equal(['a/d.json', 'b.yaml', 'new/e.yaml']);
    });

    it('a directory that changed a moment before it was read is read again', async () => {
      await listed('Full', Date.now());
      counts = CallCounts.on(root);
      await listed('Spread', Date.now());
      expect(calls().readdir).to.equal(2);
    });

    it('T51 of another directory in the same place every file is looked at', async () => {
      const names = Array.from({ length: 200 }, (_, index) => `f${index}.yaml`);
      put(...names);
      await listed('Full');
      renameSync(join(root, 'specs'), join(root, 'away'));
      put(...names);
      counts = CallCounts.on(root);
      await listed('Spread');
      const { stat = 0, statSync = 0 } = calls();
      expect([stat, statSync], 'of the directory, and of the files').to.deep.equal([1, 200]);
    });

    it('names are read anew from time to time, whatever the directory says of itself', async () => {
      await listed('Full');
      counts = CallCounts.on(root);
      for (let time = 0; time < MOST_REMEMBERED; time += 1) await listed('Spread');
      expect(calls().readdir).to.equal(2);
    });
  });

  it('both sources are seen, each file with its own; a failure of one is not the other’s', async () => {
    mkdirSync(join(root, 'state'));
    writeFileSync(join(root, 'state/r.yaml'), '');
    symlinkSync('nowhere', join(root, 'state/gone.yaml'));
    const sources = new SpecSources(
      { Specs: join(root, 'specs'), State: join(root, 'state') },
      { clock: new FakeClock() },
    );
    calls.failNext(/^open specs\/b.yaml$/, 'EIO');
    const seen = await sources.observe();
    expect(seen.files.map(({ path, source }) => `${source} ${path.slice(root.length)}`)).to.deep.equal([
      ...['Specs /specs/a/c.yml', 'Specs /specs/a/d.json', 'State /state/r.yaml'],
    ]);
    expect([...seen.unsettled].map(([path, { source }]) => [path, source])).to.deep.equal([[at('b.yaml'), 'Specs']]);
    expect([seen.dangling, seen.failures]).to.deep.equal([[join(root, 'state/gone.yaml')], {}]);
    await rm(join(root, 'state'), { recursive: true });
    const { files, failures } = await sources.observe();
    expect([files.length, Object.keys(failures), failures.State?.reason]).to.deep.equal([
      ...[3, ['State'], 'DirectoryMissing'],
    ]);
  });
});
