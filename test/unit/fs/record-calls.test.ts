import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { keptNames, keptRecord } from '../../../lib/fs/kept-records.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import type { RecordHead } from '../../../lib/fs/record-line.ts';
import { scanLines } from '../../../lib/fs/record-scan.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

describe('what RecordFiles does on the disk', () => {
  let root: string;
  let path: string;
  let log: string;
  let records: RecordFiles;
  let calls: FileCalls;
  /** What a new start of the controller has. */
  const anew = (): RecordFiles => {
    utimesSync(log, new Date(), new Date(Date.now() + 1_000 * Math.random()));
    return new RecordFiles(root);
  };
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);
  /** At its place, and in the log. */
  const revisions = async (file: string): Promise<unknown[]> => {
    const kept = headsIn(log).findLast((head) => join(root, head.path) === file);
    return [JSON.parse(await readFile(file, 'utf8')).recordRevision, kept?.revision];
  };

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-calls-')));
    path = join(root, 'a/r.json');
    log = join(root, 'records.jsonl');
    records = new RecordFiles(root);
    await records.write(join(root, 'first'), { step: 1 });
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  /** In a directory that is not there yet. */
  const opened = (file: string): string[] => [`open ${file} 644`, `mkdir ${dirname(file)}`, `open ${file} 644`];
  const KEPT = ['open records.jsonl 600', 'writeAt records.jsonl', 'datasync records.jsonl'];

  it('a new record is in the log before anything is at its place', async () => {
    await records.write(path, { step: 1 });
    expect(calls.take()).to.deep.equal([...KEPT, ...opened('a/r.json'), 'writeFile a/r.json']);
    expect(await revisions(path)).to.deep.equal([1, 1]);
  });

  it('the log is there for good before the first record counts', async () => {
    await rm(log);
    calls.take();
    await new RecordFiles(root).write(path, { step: 1 });
    expect(calls.take().slice(0, 5)).to.deep.equal([...KEPT, 'sync .', 'open a/r.json 644']);
  });

  it('one that is replaced is in the log before its place changes, which it does at once', async () => {
    await records.write(path, { step: 1 });
    calls.take();
    await records.write(path, { step: 2 });
    const temp = ['open a/.tmp-r.json 644', 'writeFile a/.tmp-r.json'];
    expect(calls.take()).to.deep.equal([...temp, ...KEPT, 'rename a/.tmp-r.json → a/r.json']);
    expect(await revisions(path)).to.deep.equal([2, 2]);
  });

  it('one that is read without the log is on the disk at both places', async () => {
    for (const step of [1, 2]) {
      await records.write(path, { step }, { sync: 'BothPlaces' });
      const lines = calls.take();
      expect(lines.slice(-7)).to.deep.equal([
        ...['writeFile a/.tmp-r.json', 'sync a/.tmp-r.json', ...KEPT],
        ...['rename a/.tmp-r.json → a/r.json', 'sync a'],
      ]);
      expect(await revisions(path)).to.deep.equal([step, step]);
    }
  });

  it('one that is created takes the place of none', async () => {
    await records.create(path, { holder: 'a' });
    expect(calls.take()).to.deep.equal([...KEPT, ...opened('a/r.json'), 'writeFile a/r.json']);
    for (const reader of [records, anew()]) expect(await codeOf(reader.create(path, {}))).to.equal('Conflict');
    expect(await records.read(path)).to.deep.equal({ holder: 'a' });
    await records.write(path, { holder: 'b' });
    expect(await revisions(path)).to.deep.equal([2, 2]);
  });

  it('what many write at once is on the disk after one synchronisation', async () => {
    const paths = Array.from({ length: 40 }, (_, index) => join(root, `a/${index}.json`));
    await Promise.all(paths.map((one) => records.write(one, { one })));
    expect(calls.take().filter((line) => line.includes('sync'))).to.deep.equal(['datasync records.jsonl']);
    for (const one of paths) expect(keptRecord(root, one)).to.deep.equal({ one });
  });

  it('who writes while others wait for the disk has a synchronisation of its own', async () => {
    calls.beforeNext(/^datasync/, () => {
      void records.write(join(root, 'a/later.json'), { step: 1 });
    });
    await records.write(path, { step: 1 });
    await records.write(join(root, 'a/last.json'), { step: 1 });
    expect(calls.take().filter((line) => line.includes('sync'))).to.have.length(2);
    expect(headsIn(log).map((head) => head.path)).to.deep.equal(['first', 'a/r.json', 'a/later.json', 'a/last.json']);
  });

  it('a record that is looked at while it is removed fails nobody, and does not come back', async () => {
    await records.write(path, { step: 1 });
    let look: Promise<unknown> = Promise.resolve();
    calls.beforeNext(/^unlink a\/r\.json$/, async () => {
      look = records.read(path);
      // One that waits for the removal cannot be awaited here; one that waits for nobody is over by then.
      await Promise.race([look, systemClock.sleep(200)]);
    });
    await records.remove(path);
    await look;
    expect(calls.hasDoneAll()).to.equal(true);
    expect(records.names(dirname(path))).to.deep.equal([]);
    expect(await anew().read(path)).to.equal(undefined);
  });

  it('a record whose directory is about to go is not repaired by who looks at it; one that is made anew is', async () => {
    await records.write(path, { step: 1 });
    await records.removeFrom(dirname(path), async () => {
      await rm(dirname(path), { recursive: true });
      expect(await records.read(path)).to.deep.equal({ step: 1 });
      expect(existsSync(path)).to.equal(false);
    });
    expect(await anew().read(path)).to.equal(undefined);
    await records.write(path, { step: 2 });
    await rm(log);
    expect(await new RecordFiles(root).read(path)).to.deep.equal({ step: 2 });
    await rm(path);
    expect(await records.read(path)).to.deep.equal({ step: 2 });
  });

  it('a removal that cannot be noted is told, and what was removed is there again after a start', async () => {
    await records.write(path, { step: 1 });
    calls.failNext(/^writeAt records/, 'ENOSPC');
    expect(await codeOf(records.remove(path))).to.equal('NoSpace');
    expect(await anew().read(path)).to.deep.equal({ step: 1 });
    await records.remove(path);
    expect(await anew().read(path)).to.equal(undefined);
  });

  it('a record is durably gone from its place before it goes from the log, so that a crash brings back all of it or nothing', async () => {
    await records.write(path, { step: 1 });
    calls.take();
    await records.remove(path);
    expect(calls.take()).to.deep.equal(['unlink a/r.json', 'sync a', ...KEPT]);
    await records.remove(path);
    expect(await records.read(path)).to.equal(undefined);
  });

  it('a record has the mode that was asked for, also after a repair, and the log is for its owner alone', async () => {
    await records.write(path, { secret: 1 }, { mode: 0o600 });
    await records.create(join(root, 'a/s.json'), { secret: 1 }, { mode: 0o600 });
    await rm(path);
    expect(await anew().read(path)).to.deep.equal({ secret: 1 });
    for (const file of [path, join(root, 'a/s.json'), log]) expect(await modeOf(file), file).to.equal('600');
  });

  for (const code of ['ENOSPC', 'EIO', 'EROFS']) {
    it(`T64 a repair of the log that meets ${code} fails nobody who looks; the next look makes it`, async () => {
      await records.write(path, { step: 1 });
      await writeFile(log, '');
      calls.failNext(/^writeAt records/, code);
      expect(await records.read(path)).to.deep.equal({ step: 1 });
      expect(await revisions(path)).to.deep.equal([1, undefined]);
      expect(await records.read(path)).to.deep.equal({ step: 1 });
      expect(await revisions(path)).to.deep.equal([1, 1]);
    });
  }

  const FAILURES: readonly [RegExp, string, string][] = [
    [/^open a\/.tmp/, 'ENOSPC', 'NoSpace'],
    [/^writeFile a\/.tmp/, 'ENOSPC', 'NoSpace'],
    [/^writeAt records/, 'EDQUOT', 'NoSpace'],
    [/^writeAt records/, 'EIO', 'EIO'],
    [/^datasync records/, 'ENOSPC', 'NoSpace'],
    [/^datasync records/, 'EIO', 'EIO'],
  ];
  for (const [pattern, code, told] of FAILURES) {
    it(`T64 a record that meets ${code} at ${pattern} stays as it was, and is written the next time`, async () => {
      await records.write(path, { step: 1 });
      calls.failNext(pattern, code);
      expect(await codeOf(records.write(path, { step: 2 }))).to.equal(told);
      expect(await records.read(path)).to.deep.equal({ step: 1 });
      expect(await readdir(dirname(path))).to.deep.equal(['r.json']);
      await records.write(path, { step: 3 });
      for (const reader of [records, anew()]) expect(await reader.read(path)).to.deep.equal({ step: 3 });
      expect(keptRecord(root, path)).to.deep.equal({ step: 3 });
    });
  }

  it('a record that is in the log and cannot take its place is told, and counts for who looks then', async () => {
    await records.write(path, { step: 1 });
    calls.failNext(/^rename/, 'EIO');
    expect(await codeOf(records.write(path, { step: 2 }))).to.equal('EIO');
    for (const reader of [records, anew()]) expect(await reader.read(path)).to.deep.equal({ step: 2 });
    expect(await revisions(path)).to.deep.equal([2, 2]);
  });

  it('T64 a new record that finds no room at its place is not in the log', async () => {
    calls.failNext(/^writeFile a\/r.json/, 'ENOSPC');
    expect(await codeOf(records.write(path, { step: 1 }))).to.equal('NoSpace');
    for (const reader of [records, anew()]) expect(await reader.read(path)).to.equal(undefined);
    expect(records.names(dirname(path))).to.deep.equal([]);
  });

  it('what the system could not say of the disk is written anew before anything else counts', async () => {
    await records.write(path, { step: 1 });
    calls.failNext(/^datasync records/, 'EIO');
    await codeOf(records.write(path, { step: 2 }));
    calls.take();
    await records.write(join(root, 'a/b.json'), { step: 1 });
    const anewInFull = ['open .tmp-records.jsonl 600', 'writeAt .tmp-records.jsonl', 'sync .tmp-records.jsonl'];
    expect(calls.take().slice(0, 5)).to.deep.equal([
      ...anewInFull,
      'rename .tmp-records.jsonl → records.jsonl',
      'sync .',
    ]);
    expect(headsIn(log).map(({ path: one, revision }) => `${one} ${revision}`)).to.deep.equal([
      ...['first 1', 'a/r.json 1', 'a/b.json 1'],
    ]);
  });

  it('T51 nothing is written beside a root that was moved, unmounted or replaced; it goes on once that is back', async () => {
    await records.write(path, { step: 1 });
    const away = `${root}-away`;
    for (const put of [() => {}, () => mkdirSync(root), () => writeFileSync(root, '')]) {
      renameSync(root, away);
      put();
      await setImmediate();
      for (const write of [
        records.write(path, { step: 2 }),
        records.create(join(root, 'b'), {}),
        records.assertRoot(),
      ]) {
        expect(await codeOf(write)).to.equal('DataMissing');
      }
      rmSync(root, { recursive: true, force: true });
      renameSync(away, root);
      await setImmediate();
      await records.write(path, { step: 3 });
    }
    expect(await records.read(path)).to.deep.equal({ step: 3 });
  });

  it('who only looks repairs nothing', async () => {
    await records.write(path, { step: 1 });
    await rm(path);
    calls.take();
    expect(await anew().peek(path)).to.deep.equal({ step: 1 });
    expect(await anew().peek(join(root, 'a/none.json'))).to.equal(undefined);
    expect(calls.take()).to.deep.equal([]);
    expect(await readdir(dirname(path))).to.deep.equal([]);
    await writeFile(path, 'garbage');
    expect(await anew().peek(path)).to.deep.equal({ step: 1 });
    const text = await readFile(log, 'utf8');
    await writeFile(log, text.replaceAll('"step":1', '"step":2'));
    expect(await codeOf(anew().peek(path))).to.equal('Damaged');
  });

  it('T84 something else in the place of a record is damage, what the system cannot do now is not', async () => {
    await mkdir(path, { recursive: true });
    expect(await codeOf(records.read(path))).to.equal('Damaged');
    for (const code of ['EMFILE', 'EACCES', 'EIO']) {
      calls.failNext(/^readFile a\/r.json/, code);
      expect(await codeOf(records.read(path))).to.equal(code);
    }
  });

  it('a directory that is removed takes its records with it, and none of one whose name is longer', async () => {
    await records.write(path, { step: 1 });
    await records.write(join(root, 'ab/r.json'), { step: 1 });
    await records.remove(join(root, 'a'));
    expect([keptNames(root, join(root, 'a')), keptNames(root, join(root, 'ab'))]).to.deep.equal([[], ['r.json']]);
    expect([records.knows(join(root, 'a')), records.knows(join(root, 'ab'))]).to.deep.equal([false, true]);
    expect(await records.read(path)).to.equal(undefined);
    calls.take();
    await records.read(join(root, 'ab/r.json'));
    expect(calls.take()).to.deep.equal([]);
    await records.write(path, { step: 'of the next of its name' });
    expect(await revisions(path)).to.deep.equal([1, 1]);
  });

  it('names are those of both places, sorted, without hidden ones; of what is no directory there are none', async () => {
    await records.write(join(root, 'a/b.json'), { step: 1 });
    await records.write(path, { step: 1 });
    await rm(path);
    writeFileSync(join(root, 'a/.tmp-x'), '');
    expect(records.names(join(root, 'a'))).to.deep.equal(['b.json', 'r.json']);
    expect(records.names(join(root, 'none'))).to.deep.equal([]);
    expect(records.names(join(root, 'a/b.json'))).to.deep.equal([]);
  });
});

/** What the whole lines of a log say, in order. */
function headsIn(log: string): RecordHead[] {
  const heads: RecordHead[] = [];
  scanLines(log, (head) => head && heads.push(head));
  return heads;
}
