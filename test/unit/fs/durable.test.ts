import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createFileDurable,
  readJson,
  readJsonOrNothing,
  renameDurable,
  syncDirectory,
  writeFileDurable,
  writeJsonDurable,
} from '../../../lib/fs/durable.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

describe('durable files', () => {
  let root: string;
  let path: string;
  let calls: FileCalls;
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-durable-')));
    path = join(root, 'd/x');
    await mkdir(join(root, 'd'));
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  const TEMP = ['open d/.tmp-x 644', 'writeFile d/.tmp-x', 'sync d/.tmp-x'];

  it('are whole before they have their name, and the name is durable before the call ends', async () => {
    await writeFileDurable(path, 'new');
    expect(calls.take()).to.deep.equal([...TEMP, 'rename d/.tmp-x → d/x', 'sync d']);
    await createFileDurable(join(root, 'd/y'), 'new');
    const [, , ...rest] = calls.take();
    expect(rest).to.deep.equal(['sync d/.tmp-y', 'link d/.tmp-y → d/y', 'rm d/.tmp-y', 'sync d']);
    expect(await readdir(join(root, 'd'))).to.deep.equal(['x', 'y']);
  });

  it('have the mode that was asked for from the first byte on, 0644 else', async () => {
    for (const write of [writeFileDurable, createFileDurable]) {
      await write(join(root, `d/${write.name}`), '');
      expect(await modeOf(join(root, `d/${write.name}`)), write.name).to.equal('644');
      await write(join(root, `d/${write.name}-secret`), 'secret', { mode: 0o600 });
      expect(calls.take()).to.include(`open d/.tmp-${write.name}-secret 600`);
      expect(await modeOf(join(root, `d/${write.name}-secret`)), write.name).to.equal('600');
    }
  });

  it('belong to whom was named before they have their name', async () => {
    const [uid = 0, gid = 0] = process.getuid?.() === 0 ? [12345, 12346] : [process.getuid?.(), process.getgid?.()];
    await createFileDurable(path, 'text', { owner: { uid, gid } });
    const { uid: user, gid: group } = await stat(path);
    expect([user, group]).to.deep.equal([uid, gid]);
    const lines = calls.take();
    expect(lines.findIndex((line) => line.startsWith('chown'))).to.be.within(
      0,
      lines.findIndex((line) => line.startsWith('link')),
    );
  });

  it('make their directory, unless it must be there', async () => {
    await writeFileDurable(join(root, 'new/er/x'), 'text');
    expect(await readFile(join(root, 'new/er/x'), 'utf8')).to.equal('text');
    for (const write of [writeFileDurable, createFileDurable, writeJsonDurable]) {
      expect(await codeOf(write(join(root, 'none/x'), 'text', { directory: 'MustExist' }))).to.equal('ENOENT');
    }
    expect(await readdir(root)).to.not.include('none');
  });

  it('never take the place of another one when they are created', async () => {
    await writeFile(path, 'old');
    expect(await codeOf(createFileDurable(path, 'new'))).to.equal('Conflict');
    expect(await readFile(path, 'utf8')).to.equal('old');
    expect(await readdir(join(root, 'd'))).to.deep.equal(['x']);
    calls.failNext(/^link /, 'EPERM');
    expect(await codeOf(createFileDurable(join(root, 'd/y'), 'new'))).to.equal('EPERM');
    expect(await readdir(join(root, 'd'))).to.deep.equal(['x']);
  });

  for (const [step, code, expected] of [
    ['open', 'ENOSPC', 'NoSpace'],
    ['writeFile', 'ENOSPC', 'NoSpace'],
    ['writeFile', 'EDQUOT', 'NoSpace'],
    ['sync', 'ENOSPC', 'NoSpace'],
    ['writeFile', 'EIO', 'EIO'],
    ['sync', 'EIO', 'EIO'],
    ['open', 'EMFILE', 'EMFILE'],
    ['rename', 'EXDEV', 'EXDEV'],
  ] as const) {
    it(`T64 that meet ${code} in ${step} end with ${expected}; the old content stays, and nothing else`, async () => {
      await writeFile(path, 'old');
      calls.failNext(new RegExp(`^${step} d/.tmp-x`), code);
      expect(await codeOf(writeFileDurable(path, 'new'))).to.equal(expected);
      expect(await readFile(path, 'utf8')).to.equal('old');
      expect(await readdir(join(root, 'd'))).to.deep.equal(['x']);
      await writeFileDurable(path, 'second try');
      expect(await readFile(path, 'utf8')).to.equal('second try');
    });
  }

  it('are renamed durably in both directories, one fsync where they are the same', async () => {
    await writeFileDurable(path, 'text');
    await mkdir(join(root, 'e'));
    calls.take();
    await renameDurable(path, join(root, 'e/y'));
    expect(calls.take()).to.deep.equal(['rename d/x → e/y', 'sync e', 'sync d']);
    await renameDurable(join(root, 'e/y'), join(root, 'e/z'));
    expect(calls.take()).to.deep.equal(['rename e/y → e/z', 'sync e']);
  });

  it('are removed durably; absent is success', async () => {
    await writeFile(path, 'text');
    calls.take();
    await removeTree(path);
    expect(calls.take()).to.deep.equal(['unlink d/x', 'sync d']);
    await removeTree(path);
    expect(await readdir(join(root, 'd'))).to.deep.equal([]);
  });

  it('a directory that is gone needs no fsync; one that cannot be opened is an error', async () => {
    await syncDirectory(join(root, 'none'));
    await writeFile(path, 'text');
    expect(await codeOf(syncDirectory(join(path, 'below')))).to.equal('ENOTDIR');
    calls.failNext(/^sync d$/, 'EIO');
    expect(await codeOf(syncDirectory(join(root, 'd')))).to.equal('EIO');
  });

  it('JSON is indented by one, with a final newline', async () => {
    await writeJsonDurable(path, { a: [1] }, { mode: 0o600 });
    expect(await readFile(path, 'utf8')).to.equal('{\n "a": [\n  1\n ]\n}\n');
    expect(await modeOf(path)).to.equal('600');
    expect(await readJson(path)).to.deep.equal({ a: [1] });
  });

  it('T84 absent JSON is nothing, other things are damage, and what the system cannot do now is neither', async () => {
    expect(await readJson(path)).to.equal(undefined);
    await writeFile(path, '{"a":');
    await symlink('loop', join(root, 'loop'));
    for (const damaged of [path, join(root, 'd'), join(path, 'below'), join(root, 'loop')]) {
      expect(await codeOf(readJson(damaged)), damaged).to.equal('Damaged');
      expect(await readJsonOrNothing(damaged), damaged).to.equal(undefined);
    }
    for (const read of [readJson, readJsonOrNothing]) {
      calls.failNext(/^readFile d\/x/, 'EMFILE');
      expect(await codeOf(read(path)), read.name).to.equal('EMFILE');
    }
  });

  it('only an object is a record', async () => {
    for (const [text, expected] of [
      ['null', undefined],
      ['"text"', undefined],
      ['1', undefined],
      ['{}', {}],
    ] as const) {
      await writeFile(path, text);
      expect(await readJsonOrNothing(path), text).to.deep.equal(expected);
    }
  });
});
