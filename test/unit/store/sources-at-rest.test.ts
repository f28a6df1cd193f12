import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { MOST_REMEMBERED, MOST_TURNS } from '../../../lib/store/listing-memory.ts';
import { type SourcesSeen, SpecSources } from '../../../lib/store/spec-sources.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { CallCounts } from '../../rig/call-counts.ts';

const FILES = 300;

describe('spec sources at rest', () => {
  let root: string;
  let counts: CallCounts | undefined;
  let sources: SpecSources;
  const at = (name: string): string => join(root, 'specs', name);
  const put = (name: string, text = ''): void => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  /** Whose memory is empty. */
  const fresh = (): SpecSources => {
    const directories = { Specs: join(root, 'specs'), State: join(root, 'state') };
    return new SpecSources(directories, { clock: new FakeClock() });
  };
  const told = ({ files, dangling, unread, failures }: SourcesSeen) => ({
    files: files.map(({ path, fileDigest }) => `${path} ${fileDigest}`),
    ...{ dangling, unread, failures },
  });
  /** How many looks at rest it takes until they see what one who knows nothing sees. */
  const looksUntilSeen = async (): Promise<number> => {
    const expected = told(await fresh().observe());
    for (let looks = 1; looks <= 2 * MOST_TURNS; looks += 1)
      if (JSON.stringify(told(await sources.observe('Spread'))) === JSON.stringify(expected)) return looks;
    throw new Error('it is not seen at all');
  };

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-rest-')));
    mkdirSync(join(root, 'state'));
    for (let index = 0; index < FILES; index += 1) put(`f${index}.yaml`);
    put('a/b/deep.yaml');
    put('out/.cc-ci-ignore');
    put('out/hidden.yaml');
    writeFileSync(join(root, 'target.yaml'), '');
    symlinkSync(join(root, 'target.yaml'), at('link.yaml'));
    sources = fresh();
    await sources.observe();
  });
  afterEach(async () => {
    counts?.stop();
    await rm(root, { recursive: true });
  });

  it('F1 cost a look at each directory and at the files whose turn it is, and give the very same files', async () => {
    const before = await sources.observe('Spread');
    counts = CallCounts.on(root);
    const { files } = await sources.observe('Spread');
    const { statSync = 0, ...others } = counts.take();
    expect(others).to.deep.equal({});
    expect(statSync).to.be.at.most(5 + 16);
    expect(files.length).to.equal(FILES + 2);
    expect(files.every((file, index) => file === before.files[index])).to.equal(true);
  });

  for (const [what, act, atMost] of [
    ['F1 a file that was edited in place', () => appendFileSync(at('f7.yaml'), 'x'), MOST_TURNS],
    ['F1 what a link names', () => appendFileSync(join(root, 'target.yaml'), 'x'), MOST_TURNS],
    ['F4 a file that was replaced', () => replace('f7.yaml'), MOST_TURNS],
    ['F4 a file that came', () => put('new.yaml'), 1],
    ['F3 a file that went', () => rmSync(at('f7.yaml')), 1],
    ['F4 a file that was renamed', () => renameSync(at('f7.yaml'), at('g.yaml')), 1],
    ['F4 a file far below that came', () => put('a/b/new.yaml'), 1],
    ['F3 a directory that went', () => rmSync(at('a'), { recursive: true }), 1],
    ['T51 the whole directory that went', () => renameSync(join(root, 'specs'), join(root, 'away')), 1],
    ['F4 a directory that is left out from now on', () => put('a/.cc-ci-ignore'), 1],
    ['F4 one that is left out no more', () => rmSync(at('out/.cc-ci-ignore')), 1],
    ['T51 another directory in the same place', () => replaceDirectory(), 1],
  ] as const) {
    it(`${what} is seen within ${atMost === 1 ? 'one look' : 'a round of looks'}`, async () => {
      await sources.observe('Spread');
      act();
      expect(await looksUntilSeen()).to.be.at.most(atMost);
    });
  }

  it('names that no time of their directory tells of are read anew all the same, now and then', async () => {
    const readAnew = async (looks: number): Promise<number> => {
      counts = CallCounts.on(root);
      for (let look = 0; look < looks; look += 1) await sources.observe('Spread');
      const { readdir = 0 } = counts.take();
      counts.stop();
      return readdir;
    };
    expect(await readAnew(2 * MOST_TURNS)).to.equal(0);
    expect(await readAnew(MOST_REMEMBERED)).to.be.at.least(1);
  });

  it('F4 a link that was passed over is seen at once when it names a directory', async () => {
    symlinkSync(join(root, 'later'), at('dir'));
    writeFileSync(join(root, 'later'), '');
    await sources.observe();
    await sources.observe('Spread');
    rmSync(join(root, 'later'));
    mkdirSync(join(root, 'later'));
    writeFileSync(join(root, 'later/one.yaml'), '');
    expect(await looksUntilSeen()).to.equal(1);
  });

  it('F2 a file that was looked at alone is not taken for what it was before', async () => {
    await sources.observe('Spread');
    writeFileSync(at('f7.yaml'), 'x');
    utimesSync(at('f7.yaml'), 1, 1);
    await sources.look(at('f7.yaml'));
    expect(await looksUntilSeen()).to.equal(1);
  });

  function replace(name: string): void {
    writeFileSync(join(root, 'new'), 'x');
    renameSync(join(root, 'new'), at(name));
  }

  function replaceDirectory(): void {
    renameSync(join(root, 'specs'), join(root, 'away'));
    for (let index = 0; index < FILES; index += 1) put(`f${index}.yaml`, 'x');
  }
});
