import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandRunner } from '../../lib/exec/command.ts';
import type { Coreutils } from '../../lib/fs/coreutils.ts';
import { copyOwn } from '../../lib/fs/own-copy.ts';
import { treeDigest } from '../../lib/fs/tree-digest.ts';
import { makeOddTree } from '../component/snapshot/odd-tree.ts';
import { childEnv, describeTree, makeScratch, realTools } from '../component/snapshot/scratch.ts';
import { unmount } from '../component/snapshot/small-file-system.ts';

const MIB = 1024 * 1024;

/** File systems that share blocks, and one that does not. Without root, loop devices and their programs nothing is tried. */
for (const [type, size, shares] of [
  ['btrfs', 300, true],
  ['xfs', 400, true],
  ['ext4', 300, false],
] as const) {
  describe(`a copy on ${type}`, () => {
    let scratch: ReturnType<typeof makeScratch>;
    let root: string;

    before(function () {
      if (!existsSync(`/usr/sbin/mkfs.${type}`) && !existsSync(`/sbin/mkfs.${type}`)) this.skip();
      scratch = makeScratch();
      root = join(scratch.path, 'mounted');
      const image = join(scratch.path, 'image');
      mkdirSync(root);
      writeFileSync(image, '');
      truncateSync(image, size * MIB);
      execFileSync(`mkfs.${type}`, ['-q', image], { env: { PATH: `${childEnv.PATH}:/usr/sbin:/sbin` } });
      execFileSync('mount', ['-o', 'loop', image, root], { env: childEnv });
    });
    after(async () => {
      if (root !== undefined) unmount(root);
      await scratch?.remove();
    });

    it(`${shares ? 'takes no room' : 'takes its room'}, and holds and tells what the tree does`, async () => {
      const from = join(root, 'from');
      mkdirSync(from);
      makeOddTree(from);
      writeFileSync(join(from, 'large'), Buffer.alloc(64 * MIB, 'x'));
      execFileSync('sync', ['-f', root], { env: childEnv });
      const programs: string[] = [];
      const tools: Coreutils = {
        ...realTools(),
        runner: {
          run: (options) => {
            programs.push(options.argv[0]);
            return commandRunner.run(options);
          },
        },
      };
      const free = await freeBytes(root);
      const found = await copyOwn(from, join(root, 'to'), tools);
      expect(programs[0]).to.equal(shares ? 'cp' : 'sh');
      expect(found).to.deep.equal(await treeDigest(from, tools.signal));
      expect(describeTree(join(root, 'to'))).to.deep.equal(describeTree(from));
      const taken = free - (await freeBytes(root));
      if (shares) expect(taken).to.be.below(16 * MIB);
      else expect(taken).to.be.above(32 * MIB);
      // What is written to the copy is not written to the tree.
      writeFileSync(join(root, 'to', 'large'), 'y');
      expect((await treeDigest(from, tools.signal)).digest).to.equal(found.digest);
    }).timeout(120_000);
  });
}

async function freeBytes(path: string): Promise<number> {
  execFileSync('sync', ['-f', path], { env: childEnv });
  const { bfree, bsize } = await statfs(path);
  return bfree * bsize;
}
