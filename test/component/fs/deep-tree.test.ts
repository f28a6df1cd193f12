import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMask } from '../../../lib/checks/mask.ts';
import { maskFiles } from '../../../lib/checks/mask-files.ts';
import type { CcError } from '../../../lib/errors.ts';
import { copyOut } from '../../../lib/fs/copy-out.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { atPlace } from '../../../lib/fs/tree-walk.ts';
import { childEnv, makeScratch, realTools } from '../snapshot/scratch.ts';
import { makeDeepTree } from './deep-tree.ts';

const never = new AbortController().signal;
const openFiles = (): number => fs.readdirSync('/proc/self/fd').length;

describe('T87 a tree that is deeper than a path can be', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let root: string;

  beforeEach(() => {
    scratch = makeScratch();
    root = join(scratch.path, 'volume');
    fs.mkdirSync(root);
  });
  afterEach(() => scratch.remove());

  /** Runs it and gives the most files that were open meanwhile, beyond those before. */
  async function mostOpen(work: () => Promise<unknown>): Promise<number> {
    const before = openFiles();
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, openFiles() - before);
    }, 1);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    expect(openFiles()).to.equal(before);
    return most;
  }

  it('is removed, 3,000 levels of 200 bytes each, with few files open @nightly', async () => {
    makeDeepTree(root, { levels: 3_000, bytes: 200 });
    expect(await mostOpen(() => removeTree(root))).to.be.below(150);
    expect(fs.existsSync(root)).to.equal(false);
    expect(fs.existsSync('/etc')).to.equal(true);
  }).timeout(60_000);

  it('is digested to the bottom, with few files open', async () => {
    const digests: string[] = [];
    for (const content of ['one', 'two', 'one']) {
      await removeTree(root);
      fs.mkdirSync(root);
      makeDeepTree(root, { levels: 150, bytes: 200, content });
      expect(await mostOpen(async () => digests.push((await treeDigest(root, never)).digest))).to.be.below(150);
    }
    expect(digests[0]).to.equal(digests[2]);
    expect(digests[0]).to.not.equal(digests[1]);
  }).timeout(60_000);

  it('is masked to the bottom', async () => {
    makeDeepTree(root, { levels: 100, bytes: 200, content: 'with sesame-open in it' });
    expect(await mostOpen(() => maskFiles(root, createMask(['sesame-open'])))).to.be.below(150);
    // Only relative tools get there.
    const found = execFileSync('sh', ['-c', 'grep --recursive --files-with-matches sesame-open . | wc -l'], {
      cwd: root,
      env: childEnv,
    });
    expect(found.toString().trim()).to.equal('0');
  });

  it('is refused where a copy is wanted, and leaves none behind', async () => {
    makeDeepTree(root, { levels: 30, bytes: 200 });
    const to = join(scratch.path, 'copy');
    try {
      await atPlace(root, (place) => copyOut(place, { to, tools: realTools(), moment: 'Live' }));
      expect.fail('a copy was made');
    } catch (error) {
      expect((error as CcError).code).to.equal('Refused');
    }
    expect(fs.readdirSync(scratch.path)).to.deep.equal(['volume']);
  });
});
