import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMask } from '../../../lib/checks/mask.ts';
import { maskFiles } from '../../../lib/checks/mask-files.ts';

const SECRET = 'correct-horse-battery';

describe('I10 files that a test leaves', () => {
  let root: string;
  const mask = createMask([SECRET]);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-mask-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lose every value, at any depth and across the borders of chunks, and keep their modes', async () => {
    mkdirSync(join(root, 'deep', 'er'), { recursive: true });
    const path = join(root, 'deep', 'er', 'report.xml');
    const filler = 'x'.repeat(64 * 1024 - 5);
    writeFileSync(path, `${filler}${SECRET}<ok/>`);
    chmodSync(path, 0o640);
    await maskFiles(root, mask);
    expect(readFileSync(path, 'utf8')).to.equal(`${filler}***<ok/>`);
    expect(statSync(path).mode & 0o777).to.equal(0o640);
    expect(readdirSync(join(root, 'deep', 'er'))).to.deep.equal(['report.xml']);
  });

  it('without a value are not touched, whatever bytes are in them', async () => {
    const path = join(root, 'picture.png');
    writeFileSync(path, Buffer.from([0x89, 0x50, 0xff, 0x00, 0xc3, 0x28]));
    const before = statSync(path, { bigint: true });
    await maskFiles(root, mask);
    const after = statSync(path, { bigint: true });
    expect([after.ino, after.mtimeNs]).to.deep.equal([before.ino, before.mtimeNs]);
    expect(readdirSync(root)).to.deep.equal(['picture.png']);
  });

  it('are not followed where they are links', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'cc-ci-mask-'));
    try {
      writeFileSync(join(outside, 'secret'), SECRET);
      symlinkSync(join(outside, 'secret'), join(root, 'link'));
      symlinkSync(outside, join(root, 'directory'));
      await maskFiles(root, mask);
      expect(readFileSync(join(outside, 'secret'), 'utf8')).to.equal(SECRET);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('need not exist', async () => {
    await maskFiles(join(root, 'none'), mask);
    expect(readdirSync(root)).to.deep.equal([]);
  });
});
