import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CcError } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { copyTree } from '../../../lib/fs/copy-tree.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { closeSocket, isRoot, makeOddTree, makeSocket } from './odd-tree.ts';
import { describeTree, makeScratch, realTools } from './scratch.ts';

const never = new AbortController().signal;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

interface TreeNode {
  name: Buffer;
  kind: string;
  mode: number;
  content: Uint8Array;
  owner: number;
}

function makeNode(root: string, node: TreeNode): void {
  const path = Buffer.concat([Buffer.from(`${root}/`), node.name]);
  if (fs.lstatSync(path, { throwIfNoEntry: false })) return;
  if (node.kind === 'link') fs.symlinkSync(node.name, path);
  else if (node.kind === 'file') fs.writeFileSync(path, node.content);
  else fs.mkdirSync(path);
  if (isRoot) fs.lchownSync(path, node.owner, node.owner);
  if (node.kind !== 'link') fs.chmodSync(path, node.mode);
}

describe('copyTree', () => {
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

  it('keeps everything that another program sees', async () => {
    makeOddTree(from);
    expect(await copyTree(from, to, realTools())).to.deep.equal([]);
    expect(describeTree(to)).to.deep.equal(describeTree(from));
    expect((await treeDigest(to, never)).digest).to.equal((await treeDigest(from, never)).digest);
  });

  it('keeps holes', async () => {
    makeOddTree(from);
    await copyTree(from, to, realTools());
    const copy = fs.statSync(join(to, 'sparse'));
    expect(copy.size).to.equal(4 * 1024 * 1024 + 3);
    expect(copy.blocks * 512).to.be.below(1024 * 1024);
  });

  it('keeps the times of directories and files', async () => {
    makeOddTree(from);
    fs.utimesSync(join(from, 'empty'), 2_000_000, 2_000_000);
    fs.utimesSync(from, 3_000_000, 3_000_000);
    await copyTree(from, to, realTools());
    expect(fs.statSync(join(to, 'empty')).mtimeMs).to.equal(2_000_000_000);
    expect(fs.statSync(to).mtimeMs).to.equal(3_000_000_000);
    expect(fs.statSync(join(to, 'old')).mtimeMs).to.equal(1_000_000_000);
  });

  it('leaves sockets out and lists them', async () => {
    fs.mkdirSync(join(from, 'run'));
    fs.writeFileSync(join(from, 'file'), 'x');
    const server = await makeSocket(join(from, 'run', 'db.sock'));
    fs.utimesSync(join(from, 'run'), 2_000_000, 2_000_000);
    try {
      expect(await copyTree(from, to, realTools())).to.deep.equal(['run/db.sock']);
      expect(fs.readdirSync(join(to, 'run'))).to.deep.equal([]);
      expect(fs.statSync(join(to, 'run')).mtimeMs).to.equal(2_000_000_000);
      const found = await treeDigest(from, never);
      expect(found.sockets).to.deep.equal(['run/db.sock']);
      expect((await treeDigest(to, never)).digest).to.equal(found.digest);
    } finally {
      await closeSocket(server);
    }
  });

  it('copies a single file, and a link as a link', async () => {
    fs.writeFileSync(join(from, 'env'), 'A=1\n', { mode: 0o600 });
    fs.symlinkSync('env', join(from, 'link'));
    await copyTree(join(from, 'env'), to, realTools());
    expect(fs.readFileSync(to, 'utf8')).to.equal('A=1\n');
    await copyTree(join(from, 'link'), join(scratch.path, 'link'), realTools());
    expect(fs.readlinkSync(join(scratch.path, 'link'))).to.equal('env');
  });

  it('never writes into what exists', async () => {
    fs.mkdirSync(to);
    fs.writeFileSync(join(to, 'precious'), 'p');
    expect(await codeOf(copyTree(from, to, realTools()))).to.equal('Conflict');
    expect(fs.readdirSync(to)).to.deep.equal(['precious']);
  });

  it('I16 calls a source that is gone missing data', async () => {
    expect(await codeOf(copyTree(join(from, 'gone'), to, realTools()))).to.equal('DataMissing');
    expect(fs.existsSync(to)).to.equal(false);
  });

  it('refuses a copy that lost an owner or a mode, and removes it', async () => {
    fs.writeFileSync(join(from, 'a'), 'a');
    fs.writeFileSync(join(from, 'mine'), 'm', { mode: 0o640 });
    const losing = {
      ...realTools(),
      runner: {
        // What `cp` does, silently, for a user who may not give files away.
        run: async (options: Parameters<typeof commandRunner.run>[0]) => {
          const result = await commandRunner.run(options);
          fs.chmodSync(join(to, 'mine'), 0o600);
          if (isRoot) fs.chownSync(join(to, 'mine'), 77, 77);
          return result;
        },
      },
    };
    expect(await codeOf(copyTree(from, to, losing))).to.equal('Refused');
    expect(fs.existsSync(to)).to.equal(false);
  });

  it('refuses owners that it may not give, as an ordinary user', async () => {
    if (!isRoot) {
      // Nothing here belongs to anybody else: the copy of one's own files works.
      fs.writeFileSync(join(from, 'own'), 'o');
      await copyTree(from, to, realTools());
      expect(describeTree(to)).to.deep.equal(describeTree(from));
      return;
    }
    fs.writeFileSync(join(from, 'given'), 'g');
    fs.chownSync(join(from, 'given'), 1234, 5678);
    fs.chmodSync(scratch.path, 0o777);
    fs.chmodSync(from, 0o755);
    const asNobody = {
      ...realTools(),
      runner: {
        run: (options: Parameters<typeof commandRunner.run>[0]) =>
          commandRunner.run({
            ...options,
            argv: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...options.argv],
          }),
      },
    };
    expect(await codeOf(copyTree(from, to, asNobody))).to.equal('Refused');
    expect(fs.existsSync(to)).to.equal(false);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    for (let i = 0; i < 2000; i += 1) fs.writeFileSync(join(from, `f${i}`), 'x');
    const controller = new AbortController();
    const tools = {
      ...realTools(controller.signal),
      runner: {
        run: (options: Parameters<typeof commandRunner.run>[0]) => {
          const running = commandRunner.run(options);
          controller.abort();
          return running;
        },
      },
    };
    expect(await codeOf(copyTree(from, to, tools))).to.equal('Aborted');
    expect(fs.existsSync(to)).to.equal(false);
  });

  it('says that coreutils are missing', async () => {
    const tools = { ...realTools(), env: { PATH: join(scratch.path, 'no-such') } };
    expect(await codeOf(copyTree(from, to, tools))).to.equal('NotFound');
  });

  it('round-trips any tree', async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte))))
      .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));
    const node = fc.record({
      name,
      kind: fc.constantFrom('file', 'directory', 'link'),
      mode: fc.integer({ min: 0, max: 0o7777 }).map((mode) => (isRoot ? mode : mode | 0o700)),
      content: fc.uint8Array({ maxLength: 50 }),
      owner: fc.integer({ min: 0, max: 70_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(node, { maxLength: 12 }), async (nodes) => {
        await removeTree(from);
        await removeTree(to);
        fs.mkdirSync(from);
        for (const one of nodes) makeNode(from, one);
        await copyTree(from, to, realTools());
        expect(describeTree(to)).to.deep.equal(describeTree(from));
        expect((await treeDigest(to, never)).digest).to.equal((await treeDigest(from, never)).digest);
      }),
      { numRuns: 25 },
    );
  });

  it('removes a tree of any names and modes', async () => {
    makeOddTree(from);
    await removeTree(from);
    expect(fs.existsSync(from)).to.equal(false);
    await removeTree(from);
  });
});
