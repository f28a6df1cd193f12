import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DIRECT, type DirectoryCalls, POOLED } from '../../../lib/fs/directory-calls.ts';
import { DirectoryHandle } from '../../../lib/fs/directory-handle.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { atPlace, walkTree } from '../../../lib/fs/tree-walk.ts';
import { codeOf } from '../../rig/code-of.ts';
import { openBelow } from '../../rig/open-files.ts';
import { closeSocket, makeOddTree, makeSocket } from '../snapshot/odd-tree.ts';
import { makeScratch } from '../snapshot/scratch.ts';
import { makeDeepTree } from './deep-tree.ts';

const { signal } = new AbortController();

for (const [name, calls] of [
  ['by the thread pool', POOLED],
  ['on this thread', DIRECT],
] as const satisfies [string, DirectoryCalls][]) {
  describe(`directories that are asked ${name}`, () => {
    let scratch: ReturnType<typeof makeScratch>;
    let tree: string;
    beforeEach(() => {
      scratch = makeScratch();
      tree = join(scratch.path, 'tree');
      mkdirSync(tree);
    });
    afterEach(() => scratch.remove());

    it('have the same entries, of any sort, name and depth, and stay open no longer than they are walked', async () => {
      makeOddTree(tree);
      makeDeepTree(tree, { levels: 100, bytes: 100 });
      const socket = await makeSocket(join(tree, 'socket'));
      const expected = await treeDigest(tree, signal);
      expect(await atPlace(tree, (place) => treeDigest(place, signal), calls)).to.deep.equal(expected);
      expect(openBelow(tree)).to.deep.equal([]);
      await closeSocket(socket);
    });

    it('T83 follow no link', async () => {
      mkdirSync(join(scratch.path, 'other'));
      writeFileSync(join(scratch.path, 'other/file'), '');
      symlinkSync('../other', join(tree, 'link'));
      const top = await DirectoryHandle.open(tree, calls);
      expect(await codeOf(top!.openDirectory('link'))).to.equal('Refused');
      expect((await top!.lstat('link'))?.isSymbolicLink()).to.equal(true);
      expect([await top!.lstat('none'), await top!.openDirectory('none')]).to.deep.equal([undefined, undefined]);
      await top!.close();
    });

    it('let others have their turn while many are looked at', async () => {
      for (let number = 0; number < 200; number += 1) writeFileSync(join(tree, String(number)), '');
      let [turns, over] = [0, false];
      const count = (): void => {
        turns += 1;
        if (!over) setImmediate(count);
      };
      setImmediate(count);
      const look = async (): Promise<void> => {};
      const walk = async (place: Parameters<typeof walkTree>[0]): Promise<number> => {
        let entries = 0;
        for await (const _ of walkTree(place, { signal, look })) entries += 1;
        return entries;
      };
      expect(await atPlace(tree, walk, calls)).to.equal(201);
      over = true;
      expect(turns).to.be.at.least(10);
    });
  });
}
