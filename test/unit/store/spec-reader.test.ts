import { execFileSync } from 'node:child_process';
import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sha256 } from '../../../lib/digest.ts';
import { SpecReader } from '../../../lib/store/spec-reader.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const TEXT = 'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: a }\nspec: { recipe: notes }\n';

describe('SpecReader', () => {
  let root: string;
  let path: string;
  let calls: FileCalls;
  let clock: FakeClock;
  let reader: SpecReader;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-reader-')));
    path = join(root, 'a.yaml');
    clock = new FakeClock();
    write(TEXT, 1_000);
    calls = await FileCalls.on(root);
    reader = new SpecReader({ clock });
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  /** Written so many milliseconds ago. */
  const write = (text: string, ageMs: number): void => {
    writeFileSync(path, text);
    const seconds = (clock.now() - ageMs) / 1_000;
    utimesSync(path, seconds, seconds);
  };
  const replace = (): void => {
    renameSync(path, `${path}x`);
    write(TEXT, 1_000);
  };
  const becomePipe = (): void => {
    rmSync(path);
    execFileSync('mkfifo', [path]);
  };
  const read = async () => await reader.read([{ path, stats: await stat(path) }]);
  const outcome = async (): Promise<string> => {
    const { files, unsettled } = await read();
    expect(files.length + unsettled.length).to.equal(1);
    return files.length === 1 ? 'Read' : 'Unsettled';
  };

  it('gives the file with the digest of its bytes, in the order in which they are listed', async () => {
    const other = join(root, 'b.yaml');
    writeFileSync(other, 'x');
    utimesSync(other, 1, 1);
    const listed = [
      { path: other, stats: await stat(other) },
      { path, stats: await stat(path) },
    ];
    const { files, unsettled } = await reader.read(listed);
    expect(files.map((file) => [file.path, file.fileDigest, file.result.ok])).to.deep.equal([
      [other, sha256(Buffer.from('x')), false],
      [path, sha256(Buffer.from(TEXT)), true],
    ]);
    expect(unsettled).to.deep.equal([]);
  });

  for (const [ageMs, expected] of [
    [0, 'Unsettled'],
    [19, 'Unsettled'],
    [20, 'Read'],
    [-1, 'Read'],
  ] as const) {
    it(`T52 of a file that was written ${ageMs} ms ago is ${expected}`, async () => {
      write(TEXT, ageMs);
      expect(await outcome()).to.equal(expected);
    });
  }

  it('reads an unchanged file once, a changed one again, and one that came back', async () => {
    const count = async (): Promise<number> => {
      let reads = 0;
      calls.beforeNext(/^open a.yaml$/, () => {
        reads += 1;
      });
      expect(await outcome()).to.equal('Read');
      return reads;
    };
    expect([await count(), await count()]).to.deep.equal([1, 0]);
    reader = new SpecReader({ clock });
    await outcome();
    write(TEXT.replace('notes', 'other'), 1_000);
    const { files } = await read();
    expect(JSON.stringify(files[0]?.result)).to.include('other');
    await reader.read([]);
    calls.failNext(/^open a.yaml$/, 'EIO');
    expect(await outcome()).to.equal('Unsettled');
  });

  for (const [what, act] of [
    ['grows', () => appendFileSync(path, '# more\n')],
    ['is replaced', () => replace()],
    ['vanishes', () => rmSync(path)],
    ['becomes a pipe to which nobody writes', () => becomePipe()],
  ] as const) {
    it(`T52 of a file that ${what} while it is read nothing is concluded, and the next time it is read`, async () => {
      calls.beforeNext(/^open a.yaml$/, act);
      expect(await outcome()).to.equal('Unsettled');
      rmSync(path, { force: true });
      write(TEXT, 1_000);
      expect(await outcome()).to.equal('Read');
    });
  }

  it('reads no more of a long file than the codec refuses by its length', async () => {
    write('#'.repeat(2 * 1024 * 1024), 1_000);
    const { files } = await read();
    expect(files[0]?.result.ok).to.equal(false);
    expect(files[0]?.fileDigest).to.equal(sha256(Buffer.from('#'.repeat(1024 * 1024 + 1))));
  });
});
