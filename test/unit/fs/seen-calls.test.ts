import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeSeen, replaceSeen } from '../../../lib/fs/seen-file.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const ASIDE = '.n.yaml.cc-ci-aside';

describe('what is done to a file of a person, on the disk', () => {
  let root: string;
  let path: string;
  let calls: FileCalls;
  const seen = Buffer.from('as it was\n');

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-seen-')));
    path = join(root, 'n.yaml');
    await writeFile(path, seen);
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    expect(calls.hasDoneAll()).to.equal(true);
    calls.stop();
    await rm(root, { recursive: true });
  });

  it('it is removed aside, durably', async () => {
    expect(await removeSeen(path, seen)).to.equal('Done');
    expect(calls.take()).to.deep.equal([`rename n.yaml → ${ASIDE}`, `unlink ${ASIDE}`, 'sync .']);
  });

  it('it is replaced by a whole file, durably, and the second name of the old one goes', async () => {
    expect(await replaceSeen(path, seen, 'new')).to.equal('Done');
    const lines = calls.take();
    expect(lines.filter((line) => /^sync|→/.test(line))).to.deep.equal([
      ...['sync .tmp-.n.yaml.cc-ci-aside', `link .tmp-${ASIDE} → ${ASIDE}`, 'sync .'],
      ...[`link n.yaml → ${ASIDE}`, `rename ${ASIDE} → n.yaml`, 'sync .'],
    ]);
    expect(await readdir(root)).to.deep.equal(['n.yaml']);
  });

  it('it keeps its permission bits, and no others', async () => {
    chmodSync(path, 0o4640);
    expect(await replaceSeen(path, seen, 'new')).to.equal('Done');
    expect((await stat(path)).mode & 0o7777).to.equal(0o640);
  });

  it('T101 an edit in place right before the new one has its name is brought back', async () => {
    calls.beforeNext(/^rename /, () => writeFileSync(path, 'an edit\n'));
    expect(await replaceSeen(path, seen, 'new')).to.equal('Changed');
    expect(await readFile(path, 'utf8')).to.equal('an edit\n');
    expect(await readdir(root)).to.deep.equal(['n.yaml']);
  });

  it('T101 an edit right before it is taken aside is put back', async () => {
    calls.beforeNext(/^rename /, () => writeFileSync(path, 'an edit\n'));
    expect(await removeSeen(path, seen)).to.equal('Changed');
    expect(calls.take().slice(1)).to.deep.equal([`link ${ASIDE} → n.yaml`, `unlink ${ASIDE}`]);
    expect(await readFile(path, 'utf8')).to.equal('an edit\n');
  });

  for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS']) {
    it(`where there are no hard links (${code}) it is put back and replaced all the same`, async () => {
      calls.failNext(/^link .* → n.yaml/, code);
      expect(await removeSeen(path, Buffer.from('other'))).to.equal('Changed');
      expect(await readFile(path)).to.deep.equal(seen);
      calls.failNext(/^link n.yaml/, code);
      expect(await replaceSeen(path, seen, 'new')).to.equal('Done');
      expect(await readFile(path, 'utf8')).to.equal('new');
      expect(await readdir(root)).to.deep.equal(['n.yaml']);
    });
  }

  it('T101 a place that was filled anew is a conflict, and both files stay', async () => {
    calls.beforeNext(/^link /, () => writeFileSync(path, 'written anew'));
    expect(await codeOf(removeSeen(path, Buffer.from('other')))).to.equal('Conflict');
    expect(readFileSync(path, 'utf8')).to.equal('written anew');
    const [aside = '', ...rest] = (await readdir(root)).filter((name) => name !== 'n.yaml');
    expect([aside.startsWith(ASIDE), rest]).to.deep.equal([true, []]);
    expect(readFileSync(join(root, aside))).to.deep.equal(seen);
  });

  for (const [line, code, expected] of [
    [/^rename n.yaml/, 'EACCES', 'EACCES'],
    [/^link .* → n.yaml/, 'EIO', 'EIO'],
    [/^unlink /, 'EIO', 'EIO'],
  ] as const) {
    it(`what the system says (${code} of ${line.source}) is told, and no byte is lost`, async () => {
      calls.failNext(line, code);
      const outcome = removeSeen(path, line.source.startsWith('^link') ? Buffer.from('other') : seen);
      expect(await codeOf(outcome)).to.equal(expected);
      const [left = ''] = await readdir(root);
      expect(readFileSync(join(root, left))).to.deep.equal(seen);
    });
  }

  for (const [line, code, expected] of [
    [/^writeFile /, 'ENOSPC', 'NoSpace'],
    [/^link n.yaml/, 'EIO', 'EIO'],
    [/^rename /, 'EACCES', 'EACCES'],
    [/^stat n.yaml/, 'EIO', 'EIO'],
  ] as const) {
    it(`T64 a replacement that meets ${code} in ${line.source} leaves it as it was, and nothing beside it`, async () => {
      calls.failNext(line, code);
      expect(await codeOf(replaceSeen(path, seen, 'new'))).to.equal(expected);
      expect(await readdir(root)).to.deep.equal(['n.yaml']);
      expect(readFileSync(path)).to.deep.equal(seen);
      expect(await replaceSeen(path, seen, 'new')).to.equal('Done');
    });
  }

  it('one that vanishes in the middle is absent', async () => {
    calls.beforeNext(/^rename /, () => rmSync(path));
    expect(await removeSeen(path, seen)).to.equal('Absent');
    writeFileSync(path, seen);
    calls.beforeNext(/^link n.yaml/, () => rmSync(path));
    expect(await replaceSeen(path, seen, 'new')).to.equal('Absent');
    expect(await readdir(root)).to.deep.equal([]);
  });

  it('a directory in its place is an error, and stays', async () => {
    rmSync(path);
    mkdirSync(path);
    expect(await codeOf(replaceSeen(path, seen, 'new'))).to.equal('EISDIR');
    expect(existsSync(path)).to.equal(true);
  });
});
