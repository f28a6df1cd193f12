import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemCode } from '../../../lib/errors.ts';
import { smallFiles } from '../../../lib/fs/small-files.ts';

const LOOKS = ['readFile', 'readlink', 'readdir', 'lstat'] as const;

describe('smallFiles', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-small-'));
    writeFileSync(join(root, 'file'), 'text');
    mkdirSync(join(root, 'directory'));
    symlinkSync('nowhere', join(root, 'link'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const outcome = async (name: (typeof LOOKS)[number], path: string): Promise<unknown> =>
    await smallFiles[name](join(root, path)).catch(systemCode);

  for (const name of LOOKS) {
    it(`T84 ${name}: what is not there is nothing; a file in the place of a directory above it is an error`, async () => {
      expect(await outcome(name, 'absent')).to.equal(undefined);
      expect(await outcome(name, 'absent/below')).to.equal(undefined);
      expect(await outcome(name, 'file/below')).to.equal('ENOTDIR');
    });
  }

  it('what is there is read as what it is', async () => {
    expect(await outcome('readFile', 'file')).to.equal('text');
    expect(await outcome('readdir', 'directory')).to.deep.equal([]);
    expect(await outcome('readlink', 'link')).to.equal('nowhere');
    expect(await outcome('readFile', 'link')).to.equal(undefined);
    expect(await outcome('readFile', 'directory')).to.equal('EISDIR');
    expect(await outcome('readlink', 'file')).to.equal('EINVAL');
    expect(await outcome('readdir', 'file')).to.equal('ENOTDIR');
  });
});
