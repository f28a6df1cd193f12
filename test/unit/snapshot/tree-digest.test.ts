import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CcError } from '../../../lib/errors.ts';
import { printablePath } from '../../../lib/fs/join-inside.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';

const never = new AbortController().signal;

describe('treeDigest', () => {
  let root: string;
  const at = (name: string): string => join(root, name);
  const digest = async (): Promise<string> => (await treeDigest(root, never)).digest;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'cc-ci-digest-'));
    fs.mkdirSync(at('d/e'), { recursive: true });
    fs.writeFileSync(at('a'), 'content');
    fs.writeFileSync(at('d/b'), 'other');
    fs.linkSync(at('a'), at('d/hard'));
    fs.symlinkSync('a', at('link'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  const changes: readonly (readonly [string, () => void])[] = [
    ['a byte', () => fs.writeFileSync(at('a'), 'c0ntent')],
    ['a length', () => fs.appendFileSync(at('a'), 'x')],
    ['a mode', () => fs.chmodSync(at('d/b'), 0o600)],
    ['a mode of a directory', () => fs.chmodSync(at('d/e'), 0o700)],
    ['the mode of the root', () => fs.chmodSync(root, 0o711)],
    ['a removed file', () => fs.unlinkSync(at('d/b'))],
    ['a removed empty directory', () => fs.rmdirSync(at('d/e'))],
    ['an added empty file', () => fs.writeFileSync(at('z'), '')],
    ['a renamed file', () => fs.renameSync(at('d/b'), at('d/c'))],
    ['a file moved to another directory', () => fs.renameSync(at('d/b'), at('d/e/b'))],
    ['a link target', () => [fs.unlinkSync(at('link')), fs.symlinkSync('d', at('link'))]],
    ['a link replaced by its target', () => [fs.unlinkSync(at('link')), fs.writeFileSync(at('link'), 'content')]],
    ['a broken hard link', () => [fs.unlinkSync(at('d/hard')), fs.writeFileSync(at('d/hard'), 'content')]],
    ['a file that became a directory', () => [fs.unlinkSync(at('d/b')), fs.mkdirSync(at('d/b'))]],
  ];
  for (const [what, change] of changes) {
    it(`notices ${what}`, async () => {
      const before = await digest();
      change();
      expect(await digest()).to.not.equal(before);
    });
  }

  it('does not depend on times, inode numbers or the order of creation', async () => {
    const before = await digest();
    fs.utimesSync(at('a'), 1, 1);
    expect(await digest()).to.equal(before);
    fs.renameSync(at('d/b'), at('x'));
    fs.renameSync(at('x'), at('d/b'));
    expect(await digest()).to.equal(before);
  });

  it('does not confuse names with contents', async () => {
    const one = fs.mkdtempSync(join(root, 'one-'));
    const two = fs.mkdtempSync(join(root, 'two-'));
    fs.writeFileSync(join(one, 'ab'), 'c');
    fs.writeFileSync(join(two, 'a'), 'bc');
    expect((await treeDigest(one, never)).digest).to.not.equal((await treeDigest(two, never)).digest);
  });

  it('counts names of files, and the bytes of a hard-linked one once', async () => {
    const found = await treeDigest(root, never);
    expect([found.files, found.bytes]).to.deep.equal([3, 'content'.length + 'other'.length]);
    expect(found.digest).to.match(/^sha256:[0-9a-f]{64}$/);
  });

  it('ends on abort', async () => {
    const aborted = AbortSignal.abort();
    const error = await treeDigest(root, aborted).catch((caught: unknown) => caught);
    expect((error as CcError).code).to.equal('Aborted');
  });

  it('ends on abort in the middle of many files, with nothing left behind', async () => {
    for (let i = 0; i < 500; i += 1) fs.writeFileSync(at(`f${i}`), 'x');
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const error = await treeDigest(root, controller.signal).catch((caught: unknown) => caught);
    expect((error as CcError).code).to.equal('Aborted');
  });

  it('lets other work go on while it reads a big file', async () => {
    fs.truncateSync(at('a'), 256 * 1024 * 1024);
    let turns = 0;
    let going = true;
    const turn = (): void => {
      turns += 1;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    await digest();
    going = false;
    expect(turns).to.be.above(100);
  });

  it('shows names that are not text', () => {
    expect(printablePath(Buffer.from([0x61, 0xff, 0x0a]))).to.equal('a\\xff\\x0a');
    expect(printablePath(Buffer.from('été/x'))).to.equal('été/x');
  });
});
