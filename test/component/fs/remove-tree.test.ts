import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CcError } from '../../../lib/errors.ts';
import { atPlaceBeneath } from '../../../lib/fs/beneath.ts';
import { removeEntry, removeTree } from '../../../lib/fs/remove-tree.ts';
import { swapInALoop } from '../app/swap-in-a-loop.ts';
import { isRoot, makeOddTree, makeSocket } from '../snapshot/odd-tree.ts';
import { childEnv, makeScratch } from '../snapshot/scratch.ts';

async function removeBeneath(base: string, path: string): Promise<void> {
  await atPlaceBeneath(base, path, ({ directory, name }) => removeEntry(directory, Buffer.from(name)));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

describe('removal of a tree', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let root: string;
  let host: string;

  beforeEach(() => {
    scratch = makeScratch();
    [root, host] = [join(scratch.path, 'root'), join(scratch.path, 'host')];
    for (const base of [root, host]) {
      fs.mkdirSync(join(base, 'a/b/c'), { recursive: true });
      fs.writeFileSync(join(base, 'a/b/c/file'), 'x');
    }
  });
  afterEach(() => scratch.remove());

  const hostFiles = (): string[] => fs.readdirSync(join(host, 'a/b/c'));

  it('takes links away and leaves what they point to', async () => {
    fs.symlinkSync(host, join(root, 'a/link'));
    fs.symlinkSync(join(host, 'a/b/c/file'), join(root, 'a/b/link'));
    await removeTree(root);
    expect(fs.existsSync(root)).to.equal(false);
    fs.symlinkSync(host, root);
    await removeTree(root);
    expect(fs.readdirSync(scratch.path)).to.deep.equal(['host']);
    expect(hostFiles()).to.deep.equal(['file']);
  });

  for (const component of ['a', 'a/b']) {
    it(`T80 beneath a directory refuses a link at ${component}`, async () => {
      fs.renameSync(join(root, component), join(scratch.path, 'moved'));
      fs.symlinkSync(join(host, component), join(root, component));
      expect(await codeOf(removeBeneath(root, 'a/b/c'))).to.equal('Refused');
      expect(hostFiles()).to.deep.equal(['file']);
    });
  }

  it('beneath a directory takes absence at any component for success', async () => {
    for (const path of ['a/b/none', 'a/none/c', 'none/b/c']) await removeBeneath(root, path);
    await removeBeneath(join(root, 'none'), 'a');
    await removeTree(join(root, 'none/at/all'));
    await removeBeneath(root, 'a/b/c');
    expect(fs.readdirSync(join(root, 'a/b'))).to.deep.equal([]);
  });

  it('T82 beneath a directory takes no path that leaves it', async () => {
    for (const path of ['../host/a', '/etc', 'a/../../host', '.', '']) {
      expect(await codeOf(removeBeneath(root, path)), path).to.equal('Refused');
    }
    expect(hostFiles()).to.deep.equal(['file']);
  });

  it('T80 never gets into the host while a directory is swapped for a link all the time', async () => {
    for (let left = 10; left > 0; left -= 1) {
      fs.mkdirSync(join(root, 'a/b/c'), { recursive: true });
      for (let name = 0; name < 20; name += 1) fs.writeFileSync(join(root, `a/b/c/${name}`), 'x');
      const swapper = await swapInALoop(join(root, 'a/b'), join(host, 'a/b'));
      try {
        await codeOf(removeTree(join(root, 'a')));
      } finally {
        await swapper.end();
      }
      expect(hostFiles()).to.deep.equal(['file']);
      await removeTree(join(root, 'a'));
      await removeTree(join(root, 'a/b.away'));
    }
  });

  it('of odd names, modes, pipes and sockets leaves nothing', async () => {
    makeOddTree(root);
    const server = await makeSocket(join(root, 'socket'));
    fs.mkdirSync(join(root, 'closed-directory/inner'), { recursive: true });
    fs.chmodSync(join(root, 'closed-directory'), 0o000);
    await removeTree(root);
    expect(fs.existsSync(root)).to.equal(false);
    await new Promise((resolve) => server.close(resolve));
  });

  it('opens directories to which their owner has no right, as an ordinary user', () => {
    if (!isRoot) return;
    fs.mkdirSync(join(root, 'shut/inner'), { recursive: true });
    fs.writeFileSync(join(root, 'shut/inner/file'), 'x');
    fs.chmodSync(join(root, 'shut/inner'), 0o100);
    fs.chmodSync(join(root, 'shut'), 0o000);
    for (const path of [scratch.path, root]) fs.chmodSync(path, 0o777);
    execFileSync('chown', ['-R', '65534:65534', join(root, 'shut')], { env: childEnv });
    const program = `import { removeTree } from '${join(import.meta.dirname, '../../../lib/fs/remove-tree.ts')}';
      await removeTree('${join(root, 'shut')}');`;
    const argv = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
    execFileSync('setpriv', [...argv, '--input-type=module-typescript', '-e', program], { env: childEnv });
    expect(fs.existsSync(join(root, 'shut'))).to.equal(false);
  });

  it('leaves nothing of any tree, and nothing else away', async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 255 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte))))
      .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));
    const path = fc.array(name, { minLength: 1, maxLength: 6 });
    const kind = fc.constantFrom('file', 'directory', 'link');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(path, kind), { maxLength: 10 }), async (entries) => {
        for (const [parts, sort] of entries) make(parts, sort);
        await removeTree(root);
        expect(fs.readdirSync(scratch.path)).to.deep.equal(['host']);
        expect(hostFiles()).to.deep.equal(['file']);
      }),
      { numRuns: 40 },
    );
  });

  /** Makes an entry at a path of any bytes; where something else is in the way, nothing. */
  function make(parts: readonly Buffer[], sort: string): void {
    const full = Buffer.concat([Buffer.from(root), ...parts.flatMap((part) => [Buffer.from('/'), part])]);
    const parent = full.subarray(0, full.length - (parts.at(-1)?.length ?? 0) - 1);
    try {
      fs.mkdirSync(parent, { recursive: true });
      if (sort === 'file') fs.writeFileSync(full, 'x', { flag: 'wx' });
      else if (sort === 'link') fs.symlinkSync(host, full);
      else fs.mkdirSync(full);
    } catch {}
  }
});
