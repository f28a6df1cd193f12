import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeSeen, replaceSeen } from '../../../lib/fs/seen-file.ts';

describe('T101 a file of a person as it was looked at', () => {
  let root: string;
  let path: string;
  const seen = Buffer.from('as it was\n');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-seen-'));
    path = join(root, 'notes.yaml');
    await writeFile(path, seen);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is removed', async () => {
    expect(await removeSeen(path, seen)).to.equal('Done');
    expect(await readdir(root)).to.deep.equal([]);
  });

  it('is not removed once it was edited: the edit is at its place', async () => {
    await writeFile(path, 'a later edit\n');
    expect(await removeSeen(path, seen)).to.equal('Changed');
    expect(await readdir(root)).to.deep.equal(['notes.yaml']);
    expect(await readFile(path, 'utf8')).to.equal('a later edit\n');
  });

  it('is absent without an error', async () => {
    await rm(path);
    expect(await removeSeen(path, seen)).to.equal('Absent');
    expect(await replaceSeen(path, seen, 'new')).to.equal('Absent');
    expect(await readdir(root)).to.deep.equal([]);
  });

  it('goes as a link, and what the link names stays', async () => {
    const link = join(root, 'link.yaml');
    await symlink('notes.yaml', link);
    expect(await removeSeen(link, seen)).to.equal('Done');
    expect(await readdir(root)).to.deep.equal(['notes.yaml']);
    await symlink('notes.yaml', link);
    expect(await removeSeen(link, Buffer.from('other'))).to.equal('Changed');
    expect((await lstat(link)).isSymbolicLink()).to.equal(true);
  });

  it('is replaced, its permission bits kept', async () => {
    await writeFile(path, seen);
    await rm(path);
    await writeFile(path, seen, { mode: 0o640 });
    const { mode } = await stat(path);
    expect(await replaceSeen(path, seen, 'new\n')).to.equal('Done');
    expect([await readFile(path, 'utf8'), (await stat(path)).mode]).to.deep.equal(['new\n', mode]);
    expect(await readdir(root)).to.deep.equal(['notes.yaml']);
  });

  it('is not replaced once it was edited', async () => {
    await writeFile(path, 'a later edit\n');
    expect(await replaceSeen(path, seen, 'new\n')).to.equal('Changed');
    expect(await readFile(path, 'utf8')).to.equal('a later edit\n');
    expect(await readdir(root)).to.deep.equal(['notes.yaml']);
  });

  it('keeps the edit of an editor that writes at the same time, whatever the order', async () => {
    for (let round = 0; round < 40; round += 1) {
      await writeFile(path, seen);
      const edit = writeFile(path, 'a later edit\n');
      const outcome = await replaceSeen(path, seen, 'ours\n');
      await edit;
      const text = await readFile(path, 'utf8');
      if (outcome === 'Changed') expect(text).to.equal('a later edit\n');
      else expect(['ours\n', 'a later edit\n']).to.include(text);
      expect(await readdir(root)).to.deep.equal(['notes.yaml']);
    }
  });
});
