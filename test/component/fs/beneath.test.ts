import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CcError } from '../../../lib/errors.ts';
import { openDirectoryBeneath, partsOf, readFileBeneath } from '../../../lib/fs/beneath.ts';
import { closeSocket, makeSocket, ODD_NAMES } from '../snapshot/odd-tree.ts';
import { childEnv, makeScratch } from '../snapshot/scratch.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

describe('reading beneath a directory', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let root: string;
  let host: string;

  beforeEach(() => {
    scratch = makeScratch();
    [root, host] = [join(scratch.path, 'root'), join(scratch.path, 'host')];
    for (const base of [root, host]) {
      fs.mkdirSync(join(base, 'a', 'b'), { recursive: true });
      fs.writeFileSync(join(base, 'a', 'b', 'file'), base);
    }
  });
  afterEach(() => scratch.remove());

  it('gives the content, and undefined for what is absent at any component', async () => {
    expect(String(await readFileBeneath(root, 'a/./b//file'))).to.equal(root);
    for (const path of ['a/b/none', 'a/none/file', 'none/b/file']) {
      expect(await readFileBeneath(root, path), path).to.equal(undefined);
    }
    expect(await readFileBeneath(join(root, 'none'), 'file')).to.equal(undefined);
    expect(await openDirectoryBeneath(root, 'none')).to.equal(undefined);
  });

  for (const component of ['a', 'a/b', 'a/b/file']) {
    it(`T83 refuses a link at ${component}, wherever it leads`, async () => {
      fs.renameSync(join(root, component), join(scratch.path, 'moved'));
      for (const target of [join(host, component), join(scratch.path, 'moved'), 'nowhere']) {
        fs.symlinkSync(target, join(root, component));
        expect(await codeOf(readFileBeneath(root, 'a/b/file')), target).to.equal('Refused');
        fs.unlinkSync(join(root, component));
      }
    });
  }

  it('T82 refuses paths that leave the directory by their text', async () => {
    for (const path of ['/etc/passwd', '../host/a/b/file', 'a/../../host/a/b/file', 'a/b/file\0', '', '.']) {
      expect(await codeOf(readFileBeneath(root, path)), JSON.stringify(path)).to.equal('Refused');
    }
  });

  it('refuses what is no regular file, and waits for none of it', async () => {
    execFileSync('mkfifo', [join(root, 'fifo')], { env: childEnv });
    const server = await makeSocket(join(root, 'socket'));
    try {
      for (const path of ['fifo', 'socket', 'a', 'a/b/file/below']) {
        expect(await codeOf(readFileBeneath(root, path)), path).to.equal('Refused');
      }
    } finally {
      await closeSocket(server);
    }
  });

  it('refuses more bytes than wanted', async () => {
    expect(await codeOf(readFileBeneath(root, 'a/b/file', { maxBytes: root.length - 1 }))).to.equal('Refused');
    expect((await readFileBeneath(root, 'a/b/file', { maxBytes: root.length }))?.length).to.equal(root.length);
  });

  it('reads an open directory, not what has its name by now', async () => {
    const directory = await openDirectoryBeneath(root, 'a');
    fs.renameSync(join(root, 'a'), join(root, 'before'));
    fs.symlinkSync(join(host, 'a'), join(root, 'a'));
    const below = await directory?.openDirectory('b');
    const file = await below?.openFile('file');
    try {
      expect(String(await file?.readFile())).to.equal(root);
    } finally {
      for (const one of [file, below, directory]) await one?.close();
    }
  });

  it('lists and opens names of any bytes, in byte order', async () => {
    for (const name of ODD_NAMES) fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/a/b/`), name]), name);
    const directory = await openDirectoryBeneath(root, 'a/b');
    const names = (await directory?.entries()) ?? [];
    try {
      expect(names).to.deep.equal([...ODD_NAMES, Buffer.from('file')].sort(Buffer.compare));
      for (const name of ODD_NAMES) {
        const file = await directory?.openFile(name);
        expect(await file?.readFile()).to.deep.equal(name);
        await file?.close();
        expect((await directory?.lstat(name))?.size).to.equal(BigInt(name.length));
      }
    } finally {
      await directory?.close();
    }
  });

  it('takes no name of an entry that is more than a name', async () => {
    const directory = await openDirectoryBeneath(root, '.');
    try {
      for (const name of ['..', '.', '', 'a/b', '/etc', 'a\0']) {
        expect(await codeOf(Promise.resolve(directory?.openDirectory(name))), JSON.stringify(name)).to.equal('Refused');
      }
    } finally {
      await directory?.close();
    }
  });

  it('T82 never gives a part that leads out, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '..', '.', '', '\0', '/', '\n')), (pieces) => {
        const given = (): string[] | undefined => {
          try {
            return partsOf('root', pieces.join('/'));
          } catch {
            return undefined;
          }
        };
        for (const part of given() ?? []) expect(part).to.match(/^[a\n]+$/);
      }),
    );
  });
});
