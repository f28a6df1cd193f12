import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { dwellingOf, realDirectories } from '../../../lib/exec/dwellers.ts';

describe('who lives in a directory', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'ccci-dwellers-')));
    mkdirSync(join(root, 'd'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('nobody lives in the root of the file system, by whatever name: everybody does', () => {
    symlinkSync('/', join(root, 'link'));
    const directories = realDirectories(['/', join(root, 'link'), '/..']);
    expect([directories, dwellingOf(process.pid, directories)]).to.deep.equal([[], undefined]);
  });

  it('directories are those that links lead to; one that was removed is still one', () => {
    symlinkSync('d', join(root, 'link'));
    expect(realDirectories([join(root, 'link'), join(root, 'gone/below')])).to.deep.equal([
      ...[join(root, 'd'), join(root, 'gone/below')],
    ]);
  });

  it('who works there lives there, and nobody else', () => {
    expect(dwellingOf(process.pid, [process.cwd()])).to.equal('Lives');
    expect(dwellingOf(process.pid, [join(root, 'd')])).to.equal(undefined);
  });
});
