import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { Cgroups } from '../../../lib/exec/cgroups.ts';
import { type CommandOptions, type CommandRunner, createCommandRunner } from '../../../lib/exec/command.ts';
import { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { Repository } from './repository.ts';

const signal = new AbortController().signal;
const commands = createCommandRunner({ clock: systemClock, cgroups: Cgroups.find().cgroups });

describe('T85 a mirror after a power cut', () => {
  let root: string;
  let source: Repository;
  let directory: string;
  /** Called before each child. */
  let before: (options: CommandOptions) => void = () => {};

  const runner: CommandRunner = {
    run: (options) => {
      before(options);
      return commands.run(options);
    },
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cc-mirror-'));
    directory = join(root, 'mirrors/notes.git');
    source = await Repository.create(join(root, 'notes'));
    await source.write('file', 'text');
    source.commit();
    before = () => {};
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** As another start of the controller has it. */
  const mirror = (): RecipeMirror =>
    new RecipeMirror({ directory, source: source.directory, runner, path: process.env.PATH ?? '' });

  async function fetched(): Promise<RecipeMirror> {
    const one = mirror();
    await one.fetch(signal);
    return one;
  }

  const mark = (): string => join(directory, 'cc-ci-unsettled');

  /** What a cut leaves of a fetch: the names are there, the content is not. */
  async function cutInFetch(): Promise<void> {
    await writeFile(mark(), '');
    const objects = (await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    expect(objects.length).to.be.greaterThan(0);
    for (const entry of objects) await truncate(join(entry.parentPath, entry.name), 0);
  }

  it('is on the disk as a whole before it takes its place', async () => {
    const seen: boolean[] = [];
    before = ({ argv }) => {
      if (argv[0] === 'sync') seen.push(existsSync(directory));
    };
    await fetched();
    expect(seen).to.deep.equal([false]);
  });

  it('is marked from the first write of a fetch until all of it is on the disk; where nothing is new, nothing is fetched', async () => {
    const one = await fetched();
    source.commit();
    const seen: [string, boolean][] = [];
    before = ({ argv }) => {
      const what = ['sync', 'fetch'].find((word) => argv.includes(word));
      if (what !== undefined) seen.push([what, existsSync(mark())]);
    };
    await one.fetch(signal);
    expect(seen).to.deep.equal([
      ['fetch', true],
      ['sync', true],
    ]);
    expect(existsSync(mark())).to.equal(false);
    await one.fetch(signal);
    expect(seen.map(([what]) => what)).to.deep.equal(['fetch', 'sync']);
  });

  it('is made anew where it was cut off in a fetch, with the commits that were kept', async () => {
    const kept = source.git('rev-parse', 'HEAD');
    const one = await fetched();
    await one.keep('run-1', kept, signal);
    const head = source.commit();
    await one.fetch(signal);
    await cutInFetch();
    const two = mirror();
    await two.checkout(head, join(root, 'out'), signal);
    expect((await readdir(join(root, 'out'))).length).to.be.greaterThan(0);
    expect(source.git('--git-dir', directory, 'rev-parse', 'refs/cc-ci/keep/run-1')).to.equal(kept);
    expect(await readdir(join(root, 'mirrors'))).to.deep.equal(['notes.git']);
    expect(existsSync(mark())).to.equal(false);
  });

  for (const [what, use] of [
    ['the versions', (one: RecipeMirror, commit: string) => one.versionAt(commit, signal)],
    ['descent', (one: RecipeMirror, commit: string) => one.isAncestor(commit, commit, signal)],
    ['trust', (one: RecipeMirror, commit: string) => one.isTrusted(commit, { source: 'Remote' }, signal)],
    ['a name', (one: RecipeMirror) => one.resolve('main', signal)],
    ['the default branch', (one: RecipeMirror) => one.defaultBranch(signal)],
    ['a fetch', (one: RecipeMirror) => one.fetch(signal)],
  ] as const)
    it(`is looked at before ${what}`, async () => {
      const commit = source.git('rev-parse', 'HEAD');
      await fetched();
      await cutInFetch();
      const one = mirror();
      await use(one, commit);
      expect(await one.readFile(commit, 'file', signal)).to.equal('text');
    });

  it('stays as it is where a fetch was killed and all is there', async () => {
    const one = await fetched();
    await writeFile(mark(), '');
    const commit = source.git('rev-parse', 'HEAD');
    source.git('commit', '--quiet', '--amend', '--allow-empty', '--message', 'gone from the source');
    await one.keep('only-here', commit, signal);
    const two = mirror();
    expect(await two.isAncestor(commit, commit, signal)).to.equal(true);
    expect(existsSync(mark())).to.equal(false);
  });

  it('is not replaced while its source cannot be reached; the next one tries again', async () => {
    const commit = source.git('rev-parse', 'HEAD');
    await fetched();
    await cutInFetch();
    const one = mirror();
    before = ({ argv }) => {
      if (argv.includes('ls-remote')) throw new Error('no network');
    };
    const failed = await one.versionAt(commit, signal).then(
      () => 'answered',
      () => 'failed',
    );
    expect([failed, existsSync(mark())]).to.deep.equal(['failed', true]);
    before = () => {};
    expect(await one.isAncestor(commit, commit, signal)).to.equal(true);
  });

  it('finds its settings again where they were cut off', async () => {
    await fetched();
    const settings = join(directory, 'cc-ci-home/.gitconfig');
    const whole = await readFile(settings, 'utf8');
    await writeFile(settings, Buffer.alloc(whole.length));
    expect(await mirror().versionAt(source.git('rev-parse', 'HEAD'), signal)).to.equal(undefined);
    expect(await readFile(settings, 'utf8')).to.equal(whole);
  });

  it('gives a checkout that is on the disk before it takes its place', async () => {
    const one = await fetched();
    const out = join(root, 'out');
    const calls = await FileCalls.on(await realpath(root));
    try {
      await one.checkout(source.git('rev-parse', 'HEAD'), out, signal);
    } finally {
      calls.stop();
    }
    const lines = calls.take().map((line) => line.replaceAll(/\.new-[0-9a-f]+/g, '.new'));
    expect(lines.filter((line) => /^sync out|^rename.*→ out$/.test(line)).toSorted()).to.deep.equal([
      'rename out.new → out',
      'sync out.new',
      'sync out.new/file',
    ]);
    expect(lines.indexOf('rename out.new → out')).to.be.greaterThan(lines.indexOf('sync out.new/file'));
  });

  it('gives a large checkout that is on the disk before it takes its place', async () => {
    for (let number = 0; number < 100; number += 1) await source.write(`file-${number}`, 'text');
    const commit = source.commit();
    const one = await fetched();
    const out = join(root, 'out');
    const seen: boolean[] = [];
    before = ({ argv }) => {
      if (argv[0] === 'sync') seen.push(existsSync(out));
    };
    await one.checkout(commit, out, signal);
    expect(seen).to.deep.equal([false]);
  });
});
