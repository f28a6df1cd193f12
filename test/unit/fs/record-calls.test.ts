import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

describe('what RecordFiles does on the disk', () => {
  let root: string;
  let path: string;
  let copy: string;
  let records: RecordFiles;
  let calls: FileCalls;
  /** What a new start of the controller has. */
  const anew = (): RecordFiles => new RecordFiles(root);
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);
  const revisionIn = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8')).recordRevision;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-calls-')));
    path = join(root, 'a/r.json');
    copy = join(root, 'copies/a/r.json');
    records = new RecordFiles(root);
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  /** In a directory that is not there yet. */
  const opened = (file: string): string[] => [`open ${file} 644`, `mkdir ${dirname(file)}`, `open ${file} 644`];
  const COPIED = [...opened('copies/a/r.json'), 'overwrite copies/a/r.json'];
  const WRITTEN = [...opened('a/.tmp-r.json'), 'writeFile a/.tmp-r.json', 'sync a/.tmp-r.json'];

  it('a record is durable before its copy is touched', async () => {
    await records.write(path, { step: 1 });
    expect(calls.take()).to.deep.equal([...WRITTEN, 'rename a/.tmp-r.json → a/r.json', 'sync a', ...COPIED]);
    await records.write(path, { step: 2 });
    expect(calls.take().slice(-3)).to.deep.equal(['sync a', ...COPIED.slice(2)]);
    expect([await revisionIn(path), await revisionIn(copy)]).to.deep.equal([2, 2]);
  });

  it('one that is created takes the place of none, and has its copy at once', async () => {
    await records.create(path, { holder: 'a' });
    const rest = ['link a/.tmp-r.json → a/r.json', 'rm a/.tmp-r.json', 'sync a', ...COPIED];
    expect(calls.take()).to.deep.equal([...WRITTEN, ...rest]);
    expect([await revisionIn(path), await revisionIn(copy)]).to.deep.equal([1, 1]);
    for (const reader of [records, anew()]) expect(await codeOf(reader.create(path, {}))).to.equal('Conflict');
    expect(await records.read(path)).to.deep.equal({ holder: 'a' });
    await records.write(path, { holder: 'b' });
    expect([await revisionIn(path), await revisionIn(copy)]).to.deep.equal([2, 2]);
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
    await records.forgetCopy(dirname(path));
    await records.read(path);
    await rm(dirname(path), { recursive: true });
    expect(await anew().read(path)).to.equal(undefined);
    await records.write(path, { step: 2 });
    await rm(copy);
    expect(await anew().read(path)).to.deep.equal({ step: 2 });
    await rm(path);
    expect(await records.read(path)).to.deep.equal({ step: 2 });
  });

  it('a copy is removed durably before its record, so that no crash brings it back', async () => {
    await records.write(path, { step: 1 });
    calls.take();
    await records.remove(path);
    const lines = calls.take();
    expect(lines).to.deep.equal([
      ...['unlink copies/a/r.json', 'sync copies/a', 'sync copies/a'],
      ...['unlink a/r.json', 'sync a'],
    ]);
    await records.remove(path);
    expect(await records.read(path)).to.equal(undefined);
  });

  it('both places have the mode that was asked for, also after a repair of either', async () => {
    await records.write(path, { secret: 1 }, { mode: 0o600 });
    for (const lost of [path, copy]) {
      expect([await modeOf(path), await modeOf(copy)], lost).to.deep.equal(['600', '600']);
      await rm(lost);
      expect(await anew().read(path)).to.deep.equal({ secret: 1 });
    }
    expect([await modeOf(path), await modeOf(copy)]).to.deep.equal(['600', '600']);
    await records.create(join(root, 'a/s.json'), { secret: 1 }, { mode: 0o600 });
    expect(await modeOf(join(root, 'copies/a/s.json'))).to.equal('600');
  });

  for (const code of ['ENOSPC', 'EIO', 'EROFS']) {
    it(`T64 a copy that meets ${code} fails no write; the next look makes it`, async () => {
      await records.write(path, { step: 1 });
      calls.failNext(/^overwrite copies/, code);
      await records.write(path, { step: 2 });
      expect([await revisionIn(path), await revisionIn(copy)]).to.deep.equal([2, 1]);
      expect(await anew().read(path)).to.deep.equal({ step: 2 });
      expect(await revisionIn(copy)).to.equal(2);
    });
  }

  it('a copy that became shorter has nothing of the longer one', async () => {
    await records.write(path, { text: 'x'.repeat(20_000) });
    await records.write(path, { text: 'é' });
    expect(await readFile(copy, 'utf8')).to.equal(await readFile(path, 'utf8'));
  });

  it('T64 a record that cannot be written leaves both places as they were, and is written the next time', async () => {
    await records.write(path, { step: 1 });
    calls.failNext(/^sync a\/.tmp/, 'ENOSPC');
    expect(await codeOf(records.write(path, { step: 2 }))).to.equal('NoSpace');
    for (const reader of [records, anew()]) expect(await reader.read(path)).to.deep.equal({ step: 1 });
    expect([await revisionIn(path), await revisionIn(copy)]).to.deep.equal([1, 1]);
    await records.write(path, { step: 3 });
    for (const reader of [records, anew()]) expect(await reader.read(path)).to.deep.equal({ step: 3 });
  });

  it('T51 nothing is written beside a root that was moved, unmounted or replaced; it goes on once that is back', async () => {
    await records.write(path, { step: 1 });
    const away = `${root}-away`;
    for (const put of [() => {}, () => mkdirSync(root), () => writeFileSync(root, '')]) {
      renameSync(root, away);
      put();
      for (const write of [
        records.write(path, { step: 2 }),
        records.create(join(root, 'b'), {}),
        records.assertRoot(),
      ]) {
        expect(await codeOf(write)).to.equal('DataMissing');
      }
      rmSync(root, { recursive: true, force: true });
      renameSync(away, root);
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
    await writeFileSync(copy, 'garbage');
    expect(await codeOf(anew().peek(path))).to.equal('Damaged');
  });

  it('T84 something else in the place of a record is damage, what the system cannot do now is not', async () => {
    await mkdir(path, { recursive: true });
    expect(await codeOf(records.read(path))).to.equal('Damaged');
    for (const code of ['EMFILE', 'EACCES', 'EIO']) {
      calls.failNext(/^readFile a\/r.json/, code);
      expect(await codeOf(records.read(path))).to.equal(code);
      calls.failNext(/^readFile copies/, code);
      expect(await codeOf(records.read(path))).to.equal(code);
    }
  });

  it('a directory whose copies are forgotten is known by its records alone, other ones by both', async () => {
    await records.write(path, { step: 1 });
    await records.write(join(root, 'ab/r.json'), { step: 1 });
    await records.forgetCopy(join(root, 'a'));
    expect(await readdir(join(root, 'copies'))).to.deep.equal(['ab']);
    await rm(join(root, 'a'), { recursive: true });
    expect(await records.read(path)).to.equal(undefined);
    calls.take();
    await records.read(join(root, 'ab/r.json'));
    expect(calls.take()).to.deep.equal([]);
    await records.write(path, { step: 'of the next of its name' });
    expect([await revisionIn(path), await revisionIn(copy)]).to.deep.equal([1, 1]);
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
