import { createHash } from 'node:crypto';
import { appendFileSync, linkSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { atPlaceBeneath, openDirectoryBeneath, readFileBeneath, readStartBeneath } from '../../../lib/fs/beneath.ts';
import { DirectoryHandle } from '../../../lib/fs/directory-handle.ts';
import { eachDirectory } from '../../../lib/fs/each-directory.ts';
import { removeEntries, removeTree } from '../../../lib/fs/remove-tree.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { treeSize } from '../../../lib/fs/tree-size.ts';
import { atPlace, walkTree } from '../../../lib/fs/tree-walk.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { openBelow } from '../../rig/open-files.ts';

const { signal: never } = new AbortController();

describe('trees that change while they are worked on', () => {
  let root: string;
  let calls: FileCalls;
  const at = (name: string): string => join(root, name);
  const names = (place = ''): string[] => readdirSync(at(place)).sort();

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-trees-')));
    for (const name of ['d/e', 'other']) mkdirSync(at(name), { recursive: true });
    for (const name of ['d/a', 'd/e/b', 'other/c']) writeFileSync(at(name), `content of ${name}`);
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    expect(openBelow(root)).to.deep.equal([]);
    await rm(root, { recursive: true });
  });

  describe('removal', () => {
    it('takes files before directories, children before parents, and is durable at the end', async () => {
      await removeTree(at('d'));
      expect(calls.take()).to.deep.equal([
        ...['unlink d', 'unlink d/a', 'unlink d/e', 'unlink d/e/b', 'rmdir d/e', 'rmdir d', 'sync .'],
      ]);
    });

    for (const [what, place, work] of [
      ['of what is in a directory', 'other', () => openDirectoryBeneath(root, 'other').then(emptied)],
      ['of nothing', 'other', () => removeTree(at('other/none'))],
    ] as const) {
      it(`${what} is durable, and leaves the directory`, async () => {
        await work();
        expect(calls.take().at(-1)).to.equal(`sync ${place}`);
        expect(names()).to.include(place);
      });
    }
    const emptied = async (directory: DirectoryHandle | undefined): Promise<void> => {
      await removeEntries(directory!);
      await directory!.close();
    };

    for (const [what, pattern, act] of [
      ['a file that comes back', /^rmdir d$/, () => writeFileSync(at('d/new'), '')],
      ['a directory that becomes a file', /^unlink d\/e$/, () => rmSync(at('d/e'), { recursive: true })],
      ['a file that vanishes', /^unlink d\/a$/, () => rmSync(at('d/a'))],
      ['a directory that vanishes', /^rmdir d\/e$/, () => rmSync(at('d/e'), { recursive: true })],
    ] as const) {
      it(`survives ${what}`, async () => {
        calls.beforeNext(pattern, act);
        await removeTree(at('d'));
        expect([calls.hasDoneAll(), names()]).to.deep.equal([true, ['other']]);
      });
    }

    it('begins ten times where somebody goes on writing, then says what the system says', async () => {
      for (let round = 0; round < 10; round += 1) calls.beforeNext(/^rmdir d$/, () => writeFileSync(at('d/new'), ''));
      expect(await codeOf(removeTree(at('d')))).to.equal('ENOTEMPTY');
      expect(calls.hasDoneAll()).to.equal(true);
      await removeTree(at('d'));
      expect(names()).to.deep.equal(['other']);
    });

    for (const [pattern, code] of [
      [/^unlink d\/a$/, 'EIO'],
      [/^rmdir d\/e$/, 'EBUSY'],
      [/^readdir d$/, 'EMFILE'],
      [/^sync \.$/, 'EIO'],
    ] as const) {
      it(`ends with ${code} of ${pattern.source}, at once`, async () => {
        calls.failNext(pattern, code);
        expect(await codeOf(removeTree(at('d')))).to.equal(code);
        expect(names()).to.include('other');
      });
    }

    it('T80 never goes through a link that takes the place of a directory', async () => {
      calls.beforeNext(/^unlink d\/e$/, () => {
        rmSync(at('d/e'), { recursive: true });
        symlinkSync(at('other'), at('d/e'));
      });
      await removeTree(at('d'));
      expect([names(), names('other')]).to.deep.equal([['other'], ['c']]);
    });
  });

  describe('a digest', () => {
    it('is that of one line for each entry, the same in every version', async () => {
      linkSync(at('d/a'), at('d/hard'));
      symlinkSync('a', at('d/link'));
      await chmod(at('d/e'), 0o1750);
      for (const name of ['d', 'd/a', 'd/e/b']) await chmod(at(name), name === 'd' ? 0o755 : 0o640);
      const owner = `${process.getuid?.()} ${process.getgid?.()}`;
      const hex = (text: string): string => `"${Buffer.from(text).toString('hex')}"`;
      const content = (name: string): string => createHash('sha256').update(`content of ${name}`).digest('hex');
      const lines = [
        `${hex('')} directory 755 ${owner}`,
        `${hex('a')} file 640 ${owner} ${content('d/a')}`,
        `${hex('e')} directory 1750 ${owner}`,
        `${hex('e/b')} file 640 ${owner} ${content('d/e/b')}`,
        `${hex('hard')} file 640 ${owner} same as ${hex('a')}`,
        `${hex('link')} link 777 ${owner} ${hex('a')}`,
      ];
      const whole = createHash('sha256').update(lines.map((line) => `${line}\n`).join(''));
      const found = await treeDigest(at('d'), never);
      expect(found).to.deep.equal({
        ...{ digest: `sha256:${whole.digest('hex')}`, files: 3, bytes: 'content of d/acontent of d/e/b'.length },
        sockets: [],
      });
      expect(await atPlace(at('d'), (place) => treeDigest(place, never))).to.deep.equal(found);
    });

    it('tells sockets, which are no part of it', async () => {
      const before = await treeDigest(at('other'), never);
      const server = createServer().listen(at('other/s'));
      await new Promise((resolve) => server.once('listening', resolve));
      const found = await treeDigest(at('other'), never);
      await new Promise((resolve) => server.close(resolve));
      expect(found).to.deep.equal({ ...before, sockets: ['s'] });
    });

    for (const [what, pattern, act] of [
      ['grows', /^open d\/a$/, () => appendFileSync(at('d/a'), 'x')],
      ['vanishes after it was listed', /^open d\/a$/, () => rmSync(at('d/a'))],
      ['vanishes before it is looked at', /^lstat d\/a$/, () => rmSync(at('d/a'))],
      ['is a directory that vanishes', /^open d\/e$/, () => rmSync(at('d/e'), { recursive: true })],
    ] as const) {
      it(`of a tree in which something ${what} is none`, async () => {
        calls.beforeNext(pattern, act);
        expect(await codeOf(treeDigest(at('d'), never))).to.equal('Conflict');
      });
    }

    it('T83 follows no link that takes the place of a file or a directory', async () => {
      for (const name of ['d/a', 'd/e']) {
        calls.beforeNext(new RegExp(`^open ${name}$`), () => {
          rmSync(at(name), { recursive: true });
          symlinkSync(at('other'), at(name));
        });
        expect(await codeOf(treeDigest(at('d'), never)), name).to.equal('Refused');
        rmSync(at(name));
        if (name === 'd/a') writeFileSync(at(name), '');
      }
    });

    it('T81 what the system cannot do now is told as it is; nothing there is missing data', async () => {
      for (const pattern of [/^open d\/a$/, /^lstat d\/e$/, /^readdir d\/e$/]) {
        calls.failNext(pattern, 'EMFILE');
        expect(await codeOf(treeDigest(at('d'), never))).to.equal('EMFILE');
      }
      expect(await codeOf(treeDigest(at('none/x'), never))).to.equal('DataMissing');
      expect(await codeOf(treeDigest(at('none'), never))).to.equal('Conflict');
    });

    it('ends with its signal between two entries', async () => {
      const stop = new AbortController();
      calls.beforeNext(/^open d\/e$/, () => stop.abort());
      expect(await codeOf(treeDigest(at('d'), stop.signal))).to.equal('Aborted');
    });
  });

  describe('a walk', () => {
    it('gives parents before children, names in byte order, more than are looked at together', async () => {
      for (let number = 0; number < 40; number += 1) writeFileSync(at(`other/${String(number).padStart(2, '0')}`), '');
      const seen: string[] = [];
      let together = 0;
      let most = 0;
      const look = async (): Promise<void> => {
        together += 1;
        most = Math.max(most, together);
        await new Promise((resolve) => setImmediate(resolve));
        together -= 1;
      };
      await atPlace(root, async (place) => {
        for await (const { path } of walkTree(place, { signal: never, look })) seen.push(path.toString());
      });
      const numbers = Array.from({ length: 40 }, (_, number) => `other/${String(number).padStart(2, '0')}`);
      expect(seen).to.deep.equal(['', 'd', 'd/a', 'd/e', 'd/e/b', 'other', ...numbers, 'other/c']);
      expect(most).to.be.within(2, 16);
      expect(together).to.equal(0);
    });

    it('of each directory takes children before their parents, in order, and no link', async () => {
      for (const name of ['d/f', 'd/e/g']) mkdirSync(at(name));
      symlinkSync(at('other'), at('d/link'));
      const seen: string[] = [];
      const start = (await openDirectoryBeneath(root, 'd'))!;
      await eachDirectory(start, async ({ where }) => void seen.push(where.slice(root.length + 1)));
      expect(seen).to.deep.equal(['d/e/g', 'd/e', 'd/f', 'd']);
    });

    it('of each directory passes over what vanishes or is swapped for a link', async () => {
      mkdirSync(at('d/f'));
      calls.beforeNext(/^open d\/e$/, () => rmSync(at('d/e'), { recursive: true }));
      calls.beforeNext(/^open d\/f$/, () => {
        rmSync(at('d/f'), { recursive: true });
        symlinkSync(at('other'), at('d/f'));
      });
      const seen: string[] = [];
      const start = (await openDirectoryBeneath(root, 'd'))!;
      await eachDirectory(start, async ({ where }) => void seen.push(where.slice(root.length + 1)));
      expect(seen).to.deep.equal(['d']);
    });

    it('of each directory ends with what the work throws, and with what the system says', async () => {
      const each = async (work: () => Promise<void>): Promise<string> =>
        codeOf(eachDirectory((await openDirectoryBeneath(root, 'd'))!, work));
      expect(await each(() => Promise.reject(Object.assign(new Error('x'), { code: 'EIO' })))).to.equal('EIO');
      calls.failNext(/^open d\/e$/, 'EMFILE');
      expect(await each(async () => {})).to.equal('EMFILE');
    });

    it('T83 of a tree of any depth ends where a directory above was moved away meanwhile', async () => {
      const levels = Array.from({ length: 70 }, () => 'd');
      mkdirSync(at(join('other', ...levels)), { recursive: true });
      const last = join('other', ...levels);
      calls.beforeNext(new RegExp(`^open ${last}$`), async () => await rename(at('other/d/d'), at('moved')));
      expect(await codeOf(treeDigest(at('other'), never))).to.equal('Conflict');
      expect(calls.hasDoneAll()).to.equal(true);
    });

    it('for its size passes over what vanishes, and says where it could not look', async () => {
      const size = () => treeSize(at('d'), { maxEntries: 9, maxMs: 9, clock: new FakeClock() }, never);
      calls.beforeNext(/^lstat d\/a$/, () => rmSync(at('d/a')));
      expect(await size())
        .to.include({ entries: 3 })
        .and.not.have.property('gap');
      calls.failNext(/^lstat d\/e\/b$/, 'EIO');
      expect(await size()).to.include({ entries: 2, gap: 'Unreadable' });
      calls.failNext(/^open d\/e$/, 'EACCES');
      expect(await size()).to.include({ entries: 2, gap: 'Unreadable' });
    });
  });

  describe('a read beneath a directory', () => {
    it('gives as many bytes as were asked for, and the whole size; exactly the limit is no fault', async () => {
      const length = 'content of d/a'.length;
      expect(await readStartBeneath(root, 'd/a', 4)).to.deep.equal({ start: Buffer.from('cont'), size: length });
      expect((await readStartBeneath(root, 'd/a', 99))?.start).to.have.length(length);
      expect(await readFileBeneath(root, './d//a', { maxBytes: length })).to.have.length(length);
      expect(await codeOf(readFileBeneath(root, 'd/a', { maxBytes: length - 1 }))).to.equal('Refused');
      expect(await readFileBeneath(root, 'd/none/a')).to.equal(undefined);
    });

    it('T83 refuses a way that is swapped for a link, a name that is none, and what is no file', async () => {
      for (const path of ['/d/a', '../x', 'd/../d/a', 'd/a\0', '.', '', 'd', 'd/a/x']) {
        expect(await codeOf(readFileBeneath(root, path)), JSON.stringify(path)).to.equal('Refused');
      }
      calls.beforeNext(/^open d$/, () => {
        rmSync(at('d'), { recursive: true });
        symlinkSync(at('other'), at('d'));
      });
      expect(await codeOf(readFileBeneath(root, 'd/c'))).to.equal('Refused');
      for (const code of ['ENXIO', 'ENODEV', 'ELOOP']) {
        calls.failNext(/^open other\/c$/, code);
        expect(await codeOf(readFileBeneath(root, 'other/c'))).to.equal('Refused');
      }
      calls.failNext(/^open other\/c$/, 'EMFILE');
      expect(await codeOf(readFileBeneath(root, 'other/c'))).to.equal('EMFILE');
    });

    it('makes the way only where that is wanted; a file in it is refused', async () => {
      const place = async ({ name }: { name: string }): Promise<string> => name;
      expect(await atPlaceBeneath(root, 'x/y/z', place)).to.equal(undefined);
      expect(names()).to.deep.equal(['d', 'other']);
      expect(await atPlaceBeneath(root, 'x/y/z', place, { absent: 'Make' })).to.equal('z');
      expect([names('x'), names('x/y')]).to.deep.equal([['y'], []]);
      expect(await codeOf(atPlaceBeneath(root, 'd/a/z', place, { absent: 'Make' }))).to.equal('Refused');
    });
  });

  it('an open directory stays the one that was opened, and is ours once it was made so', async () => {
    await chmod(at('d'), 0o050);
    const directory = (await DirectoryHandle.open(at('d')))!;
    await directory.makeOurs();
    expect((await stat(at('d'))).mode & 0o777).to.equal(0o700);
    await chmod(at('d'), 0o755);
    await directory.makeOurs();
    expect((await stat(at('d'))).mode & 0o777).to.equal(0o755);
    await rename(at('d'), at('moved'));
    expect((await directory.entries()).map(String)).to.deep.equal(['a', 'e']);
    for (const name of ['.', '..', '', 'a/b', 'a\0']) {
      expect(() => directory.pathOf(name), JSON.stringify(name))
        .to.throw()
        .with.property('code', 'Refused');
    }
    await directory.close();
    expect(await DirectoryHandle.open(at('none'))).to.equal(undefined);
    expect(await codeOf(DirectoryHandle.open(at('other/c')))).to.equal('Refused');
  });

  it('T96 a link that is something else by now points nowhere', async () => {
    const directory = (await DirectoryHandle.open(at('d')))!;
    try {
      symlinkSync('a', at('d/link'));
      expect(String(await directory.readlink('link'))).to.equal('a');
      expect([await directory.readlink('a'), await directory.readlink('e')]).to.deep.equal([undefined, undefined]);
      expect(await directory.readlink('none')).to.equal(undefined);
    } finally {
      await directory.close();
    }
  });
});
