import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { hasCode } from '../../../lib/errors.ts';
import { followLinksBeneath } from '../../../lib/fs/links-beneath.ts';
import { assertLinksInside, readRecipeFile, readSample } from '../../../lib/recipe/recipe-file.ts';
import { hostileName } from '../../builders/hostile-names.ts';

describe('files of a checkout', () => {
  let top: string;
  let root: string;

  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'ccci-links-'));
    root = join(top, 'checkout');
    await mkdir(join(root, 'deep/er'), { recursive: true });
    await writeFile(join(top, 'host'), 'HOST');
    await writeFile(join(root, 'deep/er/file'), 'INSIDE');
  });
  afterEach(() => rm(top, { recursive: true, force: true }));

  const link = async (path: string, target: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(target, join(root, path));
  };

  for (const [path, target] of [
    ['a', 'deep/er/file'],
    ['deep/a', 'er/file'],
    ['deep/er/a', '../er/../../deep/er/file'],
    ['a', './deep//er/file'],
  ] as const) {
    it(`follows ${path} → ${target}, which stays inside`, async () => {
      await link(path, target);
      expect(await followLinksBeneath(root, path)).to.equal('deep/er/file');
      expect(await readRecipeFile(root, path)).to.equal('INSIDE');
    });
  }

  it('follows a directory that is a link, and the way back from it', async () => {
    await link('short', 'deep/er');
    expect(await readRecipeFile(root, 'short/file')).to.equal('INSIDE');
    expect(await readRecipeFile(root, 'short/../er/file')).to.equal('INSIDE');
  });

  for (const [path, target] of [
    ['a', '../host'],
    ['a', 'deep/../../host'],
    ['a', '/etc/passwd'],
    ['deep/a', '../../host'],
    ['a', 'a'],
    ['a', '..'],
  ] as const) {
    it(`T83 refuses ${path} → ${target}`, async () => {
      await link(path, target);
      const error: unknown = await readRecipeFile(root, path).catch((caught: unknown) => caught);
      expect(hasCode(error, 'InvalidInput'), String(error)).to.equal(true);
    });
  }

  it('T83 refuses a chain that leaves by its last link, and one through a directory', async () => {
    await link('a', 'b');
    await link('b', 'deep/c');
    await link('deep/c', '../../host');
    await link('out', '..');
    for (const path of ['a', 'out/host', 'out/checkout/deep/er/file', '/etc/passwd', '../host']) {
      const error: unknown = await readRecipeFile(root, path).catch((caught: unknown) => caught);
      expect(hasCode(error, 'InvalidInput'), path).to.equal(true);
    }
  });

  it('T83 a checkout for a tool of others holds no link out, wherever it lies and whether its target exists', async () => {
    await link('inside', 'deep/er/file');
    await link('deep/dangling', 'nowhere');
    await assertLinksInside(root);
    for (const [path, target] of [
      ['deep/er/compose.evil.yml', '/etc/passwd'],
      ['out', '../absent'],
    ] as const) {
      await link(path, target);
      const error: unknown = await assertLinksInside(root).catch((caught: unknown) => caught);
      expect(error).to.have.property('message').that.contains(path);
      await rm(join(root, path));
    }
  });

  it('what is absent is absent, and no directory is a file', async () => {
    await link('dangling', 'nowhere');
    for (const path of ['nothing', 'deep/nothing', 'dangling', 'x'.repeat(300)]) {
      expect(await readRecipeFile(root, path), path).to.equal(undefined);
    }
    for (const path of ['deep', 'deep/er/file/x']) {
      const error: unknown = await readRecipeFile(root, path).catch((caught: unknown) => caught);
      expect(hasCode(error, 'InvalidInput'), path).to.equal(true);
    }
  });

  it('a sample with a NUL is refused with its line', async () => {
    await writeFile(join(root, '.env.sample'), 'A=1\nB=\0\n');
    const error: unknown = await readSample(root).catch((caught: unknown) => caught);
    expect(error).to.have.property('message').that.contains('.env.sample:2');
  });

  it('T83 whatever the links are called and say, nothing outside is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'deep/c', 'deep/er/d'), target), { maxLength: 4 }),
        async (links) => {
          for (const [path, to] of links) {
            await rm(join(root, path), { force: true });
            await link(path, to);
          }
          for (const [path] of links) {
            const text = await readRecipeFile(root, path).catch((error: unknown) => {
              if (hasCode(error, 'InvalidInput')) return undefined;
              throw error;
            });
            expect(text === undefined || text === 'INSIDE', text).to.equal(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  const target = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      '../host',
      '../../host',
      'deep/er/file',
      '..',
      'er/file',
      'c',
      '/etc/hostname',
      './deep/../..',
    ),
    hostileName.filter((name) => name !== '' && !name.includes('\0') && Buffer.byteLength(name) < 255),
  );
});
