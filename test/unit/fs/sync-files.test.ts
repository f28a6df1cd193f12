import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { syncFiles } from '../../../lib/fs/sync-files.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const NEVER = new AbortController().signal;

describe('a small tree', () => {
  let root: string;
  let calls: FileCalls;
  const tree = (): string => join(root, 'tree');

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-sync-')));
    await mkdir(join(tree(), 'sub'), { recursive: true });
    await writeFile(join(tree(), 'sub/file'), 'text');
    await writeFile(join(root, 'outside'), 'text');
    await symlink('../outside', join(tree(), 'link'));
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  it('is durable once each file and directory of it is; what a link leads to is left alone', async () => {
    expect(await syncFiles(tree(), NEVER)).to.equal('Durable');
    expect(calls.take().toSorted()).to.deep.equal(['sync tree', 'sync tree/sub', 'sync tree/sub/file']);
  });

  it('that is not small is not made durable file by file', async () => {
    for (let number = 0; number < 65; number += 1) await writeFile(join(tree(), `${number}`), '');
    expect(await syncFiles(tree(), NEVER)).to.equal('TooMany');
  });

  for (const [code, expected] of [
    ['ENOSPC', 'NoSpace'],
    ['EIO', 'EIO'],
  ] as const)
    it(`T64 is not called durable where the system says ${code}`, async () => {
      calls.failNext(/^sync tree\/sub\/file$/, code);
      expect(await codeOf(syncFiles(tree(), NEVER))).to.equal(expected);
    });

  it('is not gone on with once the signal is tripped', async () => {
    expect(await codeOf(syncFiles(tree(), AbortSignal.abort()))).to.equal('Aborted');
  });
});
