import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { commandRunner } from '../../../lib/exec/command.ts';
import type { Coreutils } from '../../../lib/fs/coreutils.ts';
import { asLargeFiles } from '../../../lib/fs/large-files.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { checkStreamed, streamCopy } from '../../../lib/fs/stream-copy.ts';
import { type TreeDigest, treeDigest } from '../../../lib/fs/tree-digest.ts';
import { atPlace } from '../../../lib/fs/tree-walk.ts';
import { codeOf } from '../../rig/code-of.ts';
import { closeSocket, isRoot, makeOddTree, makeSocket } from './odd-tree.ts';
import { childEnv, describeTree, makeScratch, realTools } from './scratch.ts';

const never = new AbortController().signal;

describe('streamCopy', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let from: string;
  let to: string;

  beforeEach(() => {
    scratch = makeScratch();
    from = join(scratch.path, 'from');
    to = join(scratch.path, 'to');
    fs.mkdirSync(from);
  });
  afterEach(() => scratch.remove());

  const copy = (tools: Coreutils = realTools(), source = from): Promise<TreeDigest> =>
    atPlace(source, async (place) => checkStreamed(place, await streamCopy(place, to, tools), never));

  /** The odd tree without its file with holes, for which alone a copy is read back. */
  const makeTree = (): void => {
    makeOddTree(from);
    fs.unlinkSync(join(from, 'sparse'));
    const deep = join(from, 'd'.repeat(200), 'e'.repeat(200));
    fs.mkdirSync(deep, { recursive: true });
    fs.writeFileSync(join(deep, 'long'), 'x'.repeat(3 * 512));
    // What is sorted otherwise where somebody thinks of characters, or of paths as a whole.
    for (const name of ['a', 'a-b', 'a.b', 'B', 'z']) fs.mkdirSync(join(from, name));
    fs.writeFileSync(join(from, 'a/z'), 'z');
    fs.symlinkSync('x'.repeat(300), join(from, 'a/link'));
    fs.linkSync(join(from, 'a/link'), join(from, 'z/same-link'));
    fs.linkSync(join(from, 'a/z'), join(from, 'B/same-file'));
    execFileSync('mkfifo', [join(from, 'a/fifo')], { env: childEnv });
    fs.linkSync(join(from, 'a/fifo'), join(from, 'z/same-fifo'));
    if (isRoot) execFileSync('mknod', [join(from, 'device'), 'c', '300', '70000'], { env: childEnv });
    if (isRoot) fs.chownSync(join(from, 'a/z'), 3_000_000, 3_000_001);
  };

  describe('of a few large files', () => {
    const MIB = 1024 * 1024;
    let scripts: string[];
    let meanwhile: () => void;
    const spying = (): Coreutils => {
      const run: Coreutils['runner']['run'] = async (options) => {
        scripts.push(options.argv.join(' '));
        const result = await commandRunner.run(options);
        meanwhile();
        return result;
      };
      return { ...realTools(), runner: { run } };
    };
    beforeEach(() => {
      [scripts, meanwhile] = [[], () => {}];
      fs.mkdirSync(join(from, 'inner'));
      fs.symlinkSync('large', join(from, 'inner/link'));
      fs.writeFileSync(join(from, 'inner/large'), Buffer.alloc(40 * MIB, 'a'));
      fs.linkSync(join(from, 'inner/large'), join(from, 'other'));
      fs.writeFileSync(join(from, 'small'), 'b');
    });

    it('is read back, and is the same', async () => {
      const socket = await makeSocket(join(from, 'socket'));
      const found = await copy(spying());
      await closeSocket(socket);
      expect(scripts).to.have.length(1);
      expect(scripts[0]).to.include('tar --create').and.not.include('tee');
      fs.rmSync(join(from, 'socket'), { force: true });
      expect(found).to.deep.equal({ ...(await treeDigest(from, never)), sockets: ['socket'] });
      expect((await treeDigest(to, never)).digest).to.equal(found.digest);
    });

    it('is none where one of them changed meanwhile', async () => {
      meanwhile = () => fs.writeFileSync(join(from, 'small'), 'c');
      expect(await codeOf(copy(spying()))).to.equal('Conflict');
    });

    for (const [what, change] of [
      [
        'many entries',
        () => {
          for (let number = 0; number < 40; number += 1) fs.writeFileSync(join(from, String(number)), '');
        },
      ],
      ['little content', () => fs.truncateSync(join(from, 'inner/large'), 10 * MIB)],
      ['more content than may be in memory', () => fs.truncateSync(join(from, 'small'), 1100 * MIB)],
    ] as const) {
      it(`is no tree with ${what}`, async () => {
        const looked = (): Promise<string | undefined> => atPlace(from, (place) => asLargeFiles(place, never));
        expect(await looked()).to.be.a('string');
        change();
        expect(await looked()).to.equal(undefined);
      });
    }
  });

  it('keeps everything, and its digest is that of the tree, for any names and sorts of entries', async () => {
    makeTree();
    const found = await copy();
    expect(describeTree(to)).to.deep.equal(describeTree(from));
    expect(found).to.deep.equal(await treeDigest(from, never));
    expect(found.digest).to.equal((await treeDigest(to, never)).digest);
  });

  it('reads a copy back where a file has holes, which it keeps', async () => {
    makeOddTree(from);
    expect(await copy()).to.deep.equal(await treeDigest(from, never));
    expect(fs.statSync(join(to, 'sparse')).blocks * 512).to.be.below(1024 * 1024);
  });

  it('copies and digests a single file, a link, and an empty directory', async () => {
    fs.writeFileSync(join(from, 'env'), 'A=1\n', { mode: 0o600 });
    fs.symlinkSync('env', join(from, 'link'));
    fs.mkdirSync(join(from, 'none'));
    for (const name of ['env', 'link', 'none']) {
      expect(await copy(realTools(), join(from, name)), name).to.deep.equal(await treeDigest(join(from, name), never));
      await removeTree(to);
    }
  });

  it('has the digest of any tree', async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte))))
      .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));
    const entry = fc.record({ names: fc.array(name, { minLength: 1, maxLength: 3 }), bytes: fc.nat({ max: 2_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        await removeTree(from);
        await removeTree(to);
        fs.mkdirSync(from);
        for (const { names, bytes } of entries) write(names, bytes);
        expect(await copy()).to.deep.equal(await treeDigest(from, never));
      }),
      { numRuns: 10 },
    );
  });

  const write = (names: readonly Buffer[], bytes: number): void => {
    const path = names.reduce((above, name) => Buffer.concat([above, Buffer.from('/'), name]), Buffer.from(from));
    try {
      fs.mkdirSync(path.subarray(0, path.lastIndexOf('/')), { recursive: true });
      fs.writeFileSync(path, Buffer.alloc(bytes, 'x'));
    } catch {
      // Another entry has the place already.
    }
  };

  it('leaves sockets out and lists them', async () => {
    fs.writeFileSync(join(from, 'file'), 'x');
    const server = await makeSocket(join(from, 'db.sock'));
    try {
      expect(await copy()).to.deep.equal(await treeDigest(from, never));
      expect(fs.readdirSync(to)).to.deep.equal(['file']);
    } finally {
      await closeSocket(server);
    }
  });

  /** The copy is done, then something happens. */
  const and = (happen: () => void): Coreutils => ({
    ...realTools(),
    runner: {
      run: async (options) => {
        const result = await commandRunner.run(options);
        happen();
        return result;
      },
    },
  });
  for (const [what, happen] of [
    ['is written to', () => fs.writeFileSync(join(from, 'file'), 'y')],
    ['gets an entry', () => fs.writeFileSync(join(from, 'more'), '')],
    ['loses an entry', () => fs.unlinkSync(join(from, 'file'))],
    ['has a file exchanged', () => exchanged()],
  ] as const) {
    it(`T06 notices a tree that ${what} meanwhile`, async () => {
      fs.writeFileSync(join(from, 'file'), 'x');
      expect(await codeOf(copy(and(happen)))).to.equal('Conflict');
    });
  }
  const exchanged = (): void => {
    fs.writeFileSync(join(from, 'other'), 'y');
    fs.renameSync(join(from, 'other'), join(from, 'file'));
  };

  it('is not content with an archive that was cut off', async () => {
    fs.writeFileSync(join(from, 'file'), 'x'.repeat(100_000));
    const cut: Coreutils = {
      ...realTools(),
      runner: {
        run: (options) =>
          commandRunner.run({
            ...options,
            onOutput: (chunk, stream) =>
              options.onOutput?.(stream === 'stdout' ? chunk.subarray(0, 600) : chunk, stream),
          }),
      },
    };
    expect(await codeOf(copy(cut))).to.equal('Damaged');
    expect(fs.existsSync(to)).to.equal(false);
  });

  it('I16 calls a source that is gone missing data, and writes into nothing that exists', async () => {
    expect(await codeOf(copy(realTools(), join(from, 'gone')))).to.equal('DataMissing');
    fs.mkdirSync(to);
    expect(await codeOf(copy())).to.equal('Conflict');
  });
});
