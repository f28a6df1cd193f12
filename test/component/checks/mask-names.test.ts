import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMask } from '../../../lib/checks/mask.ts';
import { maskNames } from '../../../lib/checks/mask-files.ts';

const SECRET = 'correct-horse-battery';
const ENCODED = Buffer.from(SECRET).toString('base64url');

describe('T89 I10 names of what a test leaves', () => {
  let root: string;
  const mask = createMask([SECRET]);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-mask-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const names = (): string[] => readdirSync(root, { recursive: true }).map(String).sort();

  it('lose every value, plain or encoded, of files and of directories at any depth', async () => {
    mkdirSync(join(root, `dir-${SECRET}`, ENCODED), { recursive: true });
    writeFileSync(join(root, `dir-${SECRET}`, ENCODED, `${SECRET}.xml`), 'content');
    await maskNames(root, mask);
    expect(names().join(' ')).not.to.match(/horse|Y29ycmVjd/);
    expect(names()).to.have.length(3);
    expect(readFileSync(join(root, names().at(-1) ?? ''), 'utf8')).to.equal('content');
    expect(names().at(-1)).to.match(/\.xml$/);
  });

  it('stay apart where two become one, and none is lost', async () => {
    const hex = Buffer.from(SECRET).toString('hex');
    for (const [name, text] of [
      [`${SECRET}.txt`, 'a'],
      [`${hex}.txt`, 'b'],
      ['___.txt', 'c'],
    ] as const) {
      writeFileSync(join(root, name), text);
    }
    await maskNames(root, mask);
    expect(names()).to.deep.equal(['___-2.txt', '___-3.txt', '___.txt']);
    expect(
      names()
        .map((name) => readFileSync(join(root, name), 'utf8'))
        .sort(),
    ).to.deep.equal(['a', 'b', 'c']);
    await maskNames(root, mask);
    expect(names()).to.have.length(3);
  });

  it('are those of links too, and where these point; nothing is followed', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'cc-ci-mask-'));
    try {
      writeFileSync(join(outside, SECRET), 'mine');
      symlinkSync(outside, join(root, 'directory'));
      symlinkSync(`/nowhere/${SECRET}`, join(root, 'link'));
      await maskNames(root, mask);
      expect(readdirSync(outside)).to.deep.equal([SECRET]);
      expect(readlinkSync(join(root, 'link'))).to.equal('/nowhere/___');
      expect(readlinkSync(join(root, 'directory'))).to.equal(outside);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('without a value are left, whatever bytes are in them; a missing directory is success', async () => {
    const odd = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]);
    writeFileSync(odd, '');
    await maskNames(root, mask);
    expect(readFileSync(odd, 'utf8')).to.equal('');
    await maskNames(join(root, 'absent'), mask);
  });
});
