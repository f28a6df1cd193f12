import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { type CommandOptions, type CommandRunner, commandRunner } from '../../../lib/exec/command.ts';
import { RecipeMirror, type RecipeMirrorOptions } from '../../../lib/recipe/mirror.ts';
import { Repository } from './repository.ts';

const { signal } = new AbortController();

/** Fails with the code, or the test fails. */
async function code(promise: Promise<unknown>): Promise<ErrorCode | 'None'> {
  return promise.then(
    () => 'None',
    (error: unknown) => {
      if (error instanceof CcError) return error.code;
      throw error;
    },
  );
}

class RecordingRunner implements CommandRunner {
  readonly calls: CommandOptions[] = [];
  /** Runs before each child. */
  before: (options: CommandOptions) => void | Promise<void> = () => {};

  async run(options: CommandOptions): ReturnType<CommandRunner['run']> {
    this.calls.push(options);
    await this.before(options);
    return commandRunner.run(options);
  }
}

describe('recipe mirror', () => {
  let root: string;
  let source: Repository;
  let runner: RecordingRunner;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cc-mirror-'));
    source = await Repository.create(join(root, 'notes'));
    runner = new RecordingRunner();
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  function mirrorOf(options: Partial<RecipeMirrorOptions> = {}): RecipeMirror {
    return new RecipeMirror({
      directory: join(root, 'mirrors/notes.git'),
      source: source.directory,
      runner,
      path: process.env.PATH ?? '',
      ...options,
    });
  }

  async function fetched(options: Partial<RecipeMirrorOptions> = {}): Promise<RecipeMirror> {
    const mirror = mirrorOf(options);
    await mirror.fetch(signal);
    return mirror;
  }

  describe('fetch', () => {
    it('takes a work tree, a bare repository and a file URL as source', async () => {
      const commit = source.commit();
      const bare = join(root, 'bare.git');
      source.git('clone', '--quiet', '--bare', source.directory, bare);
      const sources = [source.directory, join(source.directory, '.git'), bare, `file://${bare}`];
      for (const [index, location] of sources.entries()) {
        const mirror = await fetched({ source: location, directory: join(root, `m${index}.git`) });
        expect((await mirror.resolve('main', signal)).commit).to.equal(commit);
      }
    });

    it('follows moved, forced and deleted refs', async () => {
      const first = source.commit();
      source.git('branch', 'feature');
      source.git('tag', 'gone');
      const mirror = await fetched();
      source.git('commit', '--quiet', '--amend', '--allow-empty', '--message', 'forced');
      source.git('branch', '--delete', '--force', 'feature');
      source.git('tag', '--delete', 'gone');
      await mirror.fetch(signal);
      expect((await mirror.resolve('main', signal)).commit)
        .to.equal(source.git('rev-parse', 'HEAD'))
        .and.not.equal(first);
      expect(await code(mirror.resolve('feature', signal))).to.equal('NotFound');
      expect(await code(mirror.resolve('gone', signal))).to.equal('NotFound');
    });

    it('takes a shallow clone as source', async () => {
      source.commit();
      const commit = source.commit();
      source.tag('1.0.0+1.0');
      const clone = join(root, 'shallow');
      source.git('clone', '--quiet', '--depth=1', '--branch=main', `file://${source.directory}`, clone);
      const mirror = await fetched({ source: clone });
      expect((await mirror.resolve('1.0.0+1.0', signal)).commit).to.equal(commit);
      expect(await mirror.isTrusted(commit, { source: 'Remote' }, signal)).to.equal(true);
    });

    it('follows a moved tag', async () => {
      source.commit();
      source.tag('1.0.0+1.0');
      const mirror = await fetched();
      const second = source.commit();
      source.git('tag', '--delete', '1.0.0+1.0');
      source.tag('1.0.0+1.0');
      await mirror.fetch(signal);
      expect((await mirror.versions(signal)).versions[0]?.commit).to.equal(second);
    });

    it('brings pull and merge request heads, and neither merge refs nor refs of our own name', async () => {
      const commit = source.commit();
      for (const ref of [
        'pull/12/head',
        'pull/12/merge',
        'merge-requests/3/head',
        'cc-ci/keep/evil',
        'notes/commits',
      ]) {
        source.git('update-ref', `refs/${ref}`, commit);
      }
      const mirror = await fetched();
      expect((await mirror.resolve('refs/pull/12/head', signal)).commit).to.equal(commit);
      expect((await mirror.resolve('refs/merge-requests/3/head', signal)).commit).to.equal(commit);
      for (const ref of ['refs/pull/12/merge', 'refs/cc-ci/keep/evil', 'refs/notes/commits']) {
        expect(await code(mirror.resolve(ref, signal)), ref).to.equal('NotFound');
      }
    });

    it('replaces a branch by a directory of branches', async () => {
      source.commit();
      source.git('branch', 'a');
      const mirror = await fetched();
      source.git('branch', '--delete', '--force', 'a');
      source.git('branch', 'a/b');
      await mirror.fetch(signal);
      expect((await mirror.resolve('a/b', signal)).ref).to.equal('refs/heads/a/b');
    });

    it('copes with a repository without commits', async () => {
      const mirror = await fetched();
      expect(await mirror.defaultBranch(signal)).to.equal(undefined);
      expect(await mirror.versions(signal)).to.deep.equal({ versions: [], ignored: [] });
      expect(await code(mirror.resolve('HEAD', signal))).to.equal('NotFound');
    });

    it('follows the default branch, and finds one where the head is detached', async () => {
      const first = source.commit();
      source.git('branch', 'trunk');
      const mirror = await fetched();
      expect(await mirror.defaultBranch(signal)).to.deep.equal({ name: 'main', commit: first });
      source.git('checkout', '--quiet', 'trunk');
      await mirror.fetch(signal);
      expect((await mirror.defaultBranch(signal))?.name).to.equal('trunk');
      source.git('checkout', '--quiet', '--detach');
      await mirror.fetch(signal);
      expect((await mirror.defaultBranch(signal))?.name).to.equal('main');
    });

    for (const [name, location] of [
      ['a missing path', '/nonexistent/recipe'],
      ['a plain directory', tmpdir()],
    ] as const) {
      it(`refuses ${name}`, async () =>
        expect(await code(mirrorOf({ source: location }).fetch(signal))).to.equal('Misconfigured'));
    }

    it('does not take a directory inside some repository for a repository', async () => {
      await source.write('sub/file', '');
      source.commit();
      expect(await code(mirrorOf({ source: join(source.directory, 'sub') }).fetch(signal))).to.equal('Misconfigured');
    });

    it('calls a remote that does not answer unreachable', async () => {
      const mirror = mirrorOf({ source: 'http://user:hunter2@127.0.0.1:9/notes.git' });
      const error = await mirror.fetch(signal).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(CcError).with.property('code', 'Unreachable');
      expect(JSON.stringify([error, (error as Error).message])).not.to.include('hunter2');
    });

    it('T13 does not go on with stale tags after a failed fetch, and recovers with the next', async () => {
      const commit = source.commit();
      source.tag('1.0.0+1.0');
      const mirror = await fetched();
      await rename(join(source.directory, '.git/objects'), join(source.directory, '.git/away'));
      expect(await code(mirror.fetch(signal))).to.equal('Unreachable');
      expect(await code(mirror.versions(signal))).to.equal('Unreachable');
      expect(await code(mirror.resolve('main', signal))).to.equal('Unreachable');
      expect(await code(mirror.contains('main', commit, signal))).to.equal('Unreachable');
      expect(await code(mirror.defaultBranch(signal))).to.equal('Unreachable');
      expect(await mirror.isTrusted(commit, { source: 'Remote' }, signal), 'asked by commit').to.equal(true);
      await mirror.checkout(commit, join(root, 'work'), signal);
      await rename(join(source.directory, '.git/away'), join(source.directory, '.git/objects'));
      await mirror.fetch(signal);
      expect((await mirror.versions(signal)).versions).to.have.lengthOf(1);
    });

    it('says so when it was never fetched', async () => {
      expect(await code(mirrorOf().versions(signal))).to.equal('DataMissing');
      expect(await code(mirrorOf().isTrusted('a'.repeat(40), { source: 'Remote' }, signal))).to.equal('DataMissing');
    });

    it('is aborted by the signal and works afterwards', async () => {
      source.commit();
      const mirror = mirrorOf();
      const controller = new AbortController();
      runner.before = ({ argv }) => {
        if (argv.includes('fetch')) controller.abort();
      };
      expect(await code(mirror.fetch(controller.signal))).to.equal('Aborted');
      runner.before = () => {};
      await mirror.fetch(signal);
      expect((await mirror.defaultBranch(signal))?.name).to.equal('main');
    });

    it('heals a crash in the middle of the first fetch', async () => {
      source.commit();
      runner.before = ({ argv }) => {
        if (argv.includes('fetch')) throw new Error('the machine stops');
      };
      let crashed = false;
      await mirrorOf()
        .fetch(signal)
        .catch(() => {
          crashed = true;
        });
      expect(crashed).to.equal(true);
      expect(await readdir(join(root, 'mirrors'))).to.deep.equal(['notes.git.new']);
      runner.before = () => {};
      const mirror = await fetched();
      expect((await mirror.resolve('main', signal)).commit).to.equal(source.git('rev-parse', 'HEAD'));
      expect(await readdir(join(root, 'mirrors'))).to.deep.equal(['notes.git']);
    });

    it('T50 removes the locks that a killed git left behind', async () => {
      source.commit();
      await fetched();
      const directory = join(root, 'mirrors/notes.git');
      for (const lock of ['refs/heads/main.lock', 'packed-refs.lock', 'HEAD.lock']) {
        await mkdir(join(directory, lock, '..'), { recursive: true });
        await writeFile(join(directory, lock), '');
      }
      const second = source.commit();
      const mirror = await fetched();
      expect((await mirror.resolve('main', signal)).commit).to.equal(second);
    });

    it('runs concurrent writes one after the other', async () => {
      const commit = source.commit();
      const mirror = mirrorOf();
      await Promise.all([mirror.fetch(signal), mirror.fetch(signal), mirror.fetch(signal)]);
      expect((await mirror.resolve('main', signal)).commit).to.equal(commit);
    });

    it('gives children a minimal environment, the token, and no prompt', async () => {
      source.commit();
      await fetched({ token: () => 'token-1' });
      for (const { env } of runner.calls) {
        expect(env.CCCI_TOKEN).to.equal('token-1');
        expect(env.GIT_TERMINAL_PROMPT).to.equal('0');
        expect(env.HOME).to.match(/cc-ci-home$/);
        expect(
          Object.keys(env).filter((key) => !/^(PATH|HOME|LANG|LC_ALL|CCCI_TOKEN|GIT_\w+)$/.test(key)),
        ).to.deep.equal([]);
      }
    });

    it('runs no hook of the source', async () => {
      source.commit();
      const trace = join(root, 'trace');
      for (const hook of ['post-checkout', 'pre-auto-gc', 'reference-transaction', 'post-update']) {
        await source.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch ${trace}\n`, 0o755);
      }
      const mirror = await fetched();
      await mirror.checkout(source.git('rev-parse', 'HEAD'), join(root, 'work'), signal);
      expect(await readdir(root)).not.to.include('trace');
    });
  });

  describe('resolve', () => {
    it('finds branches, tags, ids long and short, full names and HEAD', async () => {
      const commit = source.commit();
      source.tag('1.0.0+1.0');
      const mirror = await fetched();
      const names = [
        'main',
        'HEAD',
        '1.0.0+1.0',
        commit,
        commit.slice(0, 8),
        commit.toUpperCase(),
        'refs/heads/main',
        'heads/main',
      ];
      for (const name of names) {
        const found = await mirror.resolve(name, signal);
        expect(found.commit, name).to.equal(commit);
        expect(found.tag?.tag, name).to.equal('1.0.0+1.0');
      }
    });

    it('T14 gives the commit of the tag, not of the tag object and not of the branch', async () => {
      const tagged = source.commit();
      source.tag('1.0.0+1.0');
      source.commit();
      const mirror = await fetched();
      const found = await mirror.resolve('1.0.0+1.0', signal);
      expect(found.commit).to.equal(tagged);
      expect(found.tag?.commit).to.equal(tagged);
      expect((await mirror.resolve('main', signal)).tag).to.equal(undefined);
    });

    it('follows a tag of a tag to its commit', async () => {
      const commit = source.commit();
      source.tag('inner');
      source.tag('1.0.0+1.0', 'inner');
      const mirror = await fetched();
      expect((await mirror.versions(signal)).versions[0]?.commit).to.equal(commit);
    });

    it('takes the tag before the branch of one name, and says so', async () => {
      const tagged = source.commit();
      source.tag('same');
      source.commit();
      source.git('branch', 'same', 'main');
      const found = await (await fetched()).resolve('same', signal);
      expect(found).to.include({ ref: 'refs/tags/same', commit: tagged });
      expect(found.note).to.be.a('string');
    });

    it('takes a whole commit id before a branch that is named like it', async () => {
      const first = source.commit();
      source.commit();
      source.git('update-ref', `refs/heads/${first}`, 'HEAD');
      expect((await (await fetched()).resolve(first, signal)).commit).to.equal(first);
    });

    it('suggests close names', async () => {
      source.commit();
      source.tag('1.0.0+1.0');
      const mirror = await fetched();
      for (const [wanted, meant] of [
        ['mian', 'main'],
        ['1.0.0', '1.0.0+1.0'],
        ['refs/heads/mainn', 'refs/heads/main'],
      ] as const) {
        const error = await mirror.resolve(wanted, signal).catch((caught: unknown) => caught);
        expect(error).to.be.instanceOf(CcError).with.property('code', 'NotFound');
        expect((error as CcError).remedy).to.include(meant);
      }
    });

    for (const ref of [
      '',
      '-x',
      '--all',
      'a..b',
      'main^',
      'main~1',
      '@{-1}',
      'main:compose.yml',
      'a b',
      'a\nb',
      ':/x',
      'x*',
    ]) {
      it(`refuses ${JSON.stringify(ref)}`, async () => {
        source.commit();
        expect(await code((await fetched()).resolve(ref, signal))).to.equal('InvalidInput');
      });
    }

    it('finds no trees, files or ids that are not there', async () => {
      await source.write('a', 'a');
      source.commit();
      const mirror = await fetched();
      for (const name of [source.git('rev-parse', 'HEAD^{tree}'), '0'.repeat(40), 'deadbee']) {
        expect(await code(mirror.resolve(name, signal))).to.equal('NotFound');
      }
    });
  });

  describe('versions', () => {
    it('T07 refuses lightweight tags as versions', async () => {
      source.commit();
      source.tag('1.0.0+1.0');
      source.commit();
      source.git('tag', '1.1.0+1.1');
      const mirror = await fetched();
      const { versions, ignored } = await mirror.versions(signal);
      expect(versions.map(({ tag }) => tag)).to.deep.equal(['1.0.0+1.0']);
      expect(ignored).to.deep.equal([{ tag: '1.1.0+1.1', reason: 'Lightweight' }]);
      expect((await mirror.resolve('1.1.0+1.1', signal)).tag).to.equal(undefined);
    });

    it('knows the version of a commit and of its nearest ancestor', async () => {
      const untagged = source.commit();
      const first = source.commit();
      source.tag('1.0.0+1.0');
      const second = source.commit();
      source.tag('0.9.0+1.0');
      const head = source.commit();
      const mirror = await fetched();
      expect((await mirror.versionAt(first, signal))?.tag).to.equal('1.0.0+1.0');
      expect(await mirror.versionAt(head, signal)).to.equal(undefined);
      expect((await mirror.nearestVersion(head, signal))?.tag, 'nearest, not highest').to.equal('0.9.0+1.0');
      expect((await mirror.nearestVersion(second, signal))?.tag).to.equal('0.9.0+1.0');
      expect(await mirror.nearestVersion(untagged, signal)).to.equal(undefined);
    });

    it('reads the note of exactly the tag', async () => {
      await source.write('release/1.0.0+1.0-fpm', 'Read this.');
      await source.write('release/2.0.0+1.0', '\n');
      source.commit();
      for (const tag of ['1.0.0+1.0-fpm', '2.0.0+1.0', '3.0.0+1.0']) source.tag(tag);
      const mirror = await fetched();
      const { versions } = await mirror.versions(signal);
      const notes = await Promise.all(versions.map((tag) => mirror.releaseNotes(tag, signal)));
      expect(notes).to.deep.equal([undefined, undefined, 'Read this.']);
    });
  });

  describe('trust', () => {
    it('comes from the default branch and annotated version tags of a remote, from nothing else', async () => {
      const onMain = source.commit('main');
      source.git('checkout', '--quiet', '-b', 'release');
      const tagged = source.commit('tagged');
      source.tag('1.0.0+1.0');
      const branched = source.commit('branch only');
      source.git('checkout', '--quiet', '--detach');
      const light = source.commit('lightweight');
      source.git('tag', '1.1.0+1.1');
      const named = source.commit('no version');
      source.tag('nightly');
      const pull = source.commit('pull');
      source.git('update-ref', 'refs/pull/1/head', pull);
      source.git('update-ref', 'refs/merge-requests/1/head', pull);
      source.git('checkout', '--quiet', 'main');
      const mirror = await fetched();
      const trust = async (kind: 'Remote' | 'LocalPath'): Promise<boolean[]> =>
        Promise.all(
          [onMain, tagged, branched, light, named, pull].map((commit) =>
            mirror.isTrusted(commit, { source: kind }, signal),
          ),
        );
      expect(await trust('Remote')).to.deep.equal([true, true, false, false, false, false]);
      expect(await trust('LocalPath')).to.deep.equal([true, true, true, true, true, false]);
    });

    it('is not given by our own keep refs, and not to unknown commits', async () => {
      source.commit();
      const pull = source.git('commit-tree', '-m', 'pull', 'HEAD^{tree}');
      source.git('update-ref', 'refs/pull/1/head', pull);
      const mirror = await fetched();
      await mirror.keep('run-1', pull, signal);
      expect(await mirror.isTrusted(pull, { source: 'LocalPath' }, signal)).to.equal(false);
      expect(await mirror.isTrusted('1'.repeat(40), { source: 'LocalPath' }, signal)).to.equal(false);
    });

    it('knows whether a commit is in a ref', async () => {
      const first = source.commit();
      source.git('branch', 'old');
      const second = source.commit();
      const mirror = await fetched();
      expect(await mirror.contains('main', first, signal)).to.equal(true);
      expect(await mirror.contains('old', second, signal)).to.equal(false);
      expect(await mirror.isAncestor(first, second, signal)).to.equal(true);
      expect(await mirror.isAncestor(second, first, signal)).to.equal(false);
      expect(await mirror.isAncestor('1'.repeat(40), first, signal)).to.equal(false);
    });
  });

  describe('checkout', () => {
    it('asks git nothing that is known: a tag says that its commit is there, and a commit keeps its size', async () => {
      const commit = source.commit();
      source.tag('1.0.0+1.0.0');
      const mirror = await fetched();
      await mirror.versions(signal);
      const commands = async (name: string): Promise<string[]> => {
        runner.calls.length = 0;
        await mirror.checkout(commit, join(root, name), signal);
        return runner.calls.flatMap(({ argv }) =>
          argv.filter((word) => /^(?:rev-parse|ls-tree|read-tree|sync)$/.test(word)),
        );
      };
      expect(await commands('one')).to.deep.equal(['ls-tree', 'read-tree']);
      expect(await commands('two')).to.deep.equal(['read-tree']);
    });

    it('keeps modes, links and bytes, and drops export attributes of git archive', async () => {
      await source.write('run.sh', '#!/bin/sh\n', 0o755);
      await source.write('plain', 'a\r\n\u0000b');
      await source.write('sub/ä b', 'x');
      await source.write('.gitattributes', 'plain export-ignore\nsub export-ignore\n');
      await source.link('link', 'sub/ä b');
      const commit = source.commit();
      const mirror = await fetched();
      const work = join(root, 'work');
      await mirror.checkout(commit, work, signal);
      expect((await readdir(work)).sort()).to.deep.equal(['.gitattributes', 'link', 'plain', 'run.sh', 'sub']);
      expect((await lstat(join(work, 'run.sh'))).mode & 0o111).not.to.equal(0);
      expect((await lstat(join(work, 'plain'))).mode & 0o111).to.equal(0);
      expect(await readlink(join(work, 'link'))).to.equal('sub/ä b');
      expect(await readFile(join(work, 'plain'), 'utf8')).to.equal('a\r\n\u0000b');
      expect(await readFile(join(work, 'link'), 'utf8')).to.equal('x');
    });

    it('T35 does not move when the source, the mirror or another checkout moves', async () => {
      await source.write('compose.yml', 'one');
      const first = source.commit();
      const mirror = await fetched();
      await mirror.checkout(first, join(root, 'a'), signal);
      await source.write('compose.yml', 'two');
      const second = source.commit();
      await mirror.fetch(signal);
      await Promise.all([
        mirror.checkout(second, join(root, 'b'), signal),
        mirror.checkout(first, join(root, 'c'), signal),
      ]);
      const read = async (name: string): Promise<string> => readFile(join(root, name, 'compose.yml'), 'utf8');
      expect([await read('a'), await read('b'), await read('c')]).to.deep.equal(['one', 'two', 'one']);
      expect(await readdir(join(root, 'a'))).to.deep.equal(['compose.yml']);
    });

    it('T39 holds nothing that is not in the commit, neither left over nor untracked in the source', async () => {
      await source.write('compose.yml', 'one');
      const commit = source.commit();
      await source.write('compose.local.yml', 'untracked');
      const mirror = await fetched();
      const work = join(root, 'work');
      await mkdir(work);
      await writeFile(join(work, 'compose.leftover.yml'), '');
      await mirror.checkout(commit, work, signal);
      await mirror.checkout(commit, work, signal);
      expect(await readdir(work)).to.deep.equal(['compose.yml']);
      expect((await readdir(root)).sort()).to.deep.equal(['mirrors', 'notes', 'work']);
    });

    it('leaves what was there when it fails', async () => {
      await source.write('compose.yml', 'one');
      const commit = source.commit();
      const mirror = await fetched();
      const work = join(root, 'work');
      await mirror.checkout(commit, work, signal);
      expect(await code(mirror.checkout('1'.repeat(40), work, signal))).to.equal('NotFound');
      expect(await code(mirror.checkout('--help', work, signal))).to.equal('InvalidInput');
      const controller = new AbortController();
      runner.before = ({ argv }) => {
        if (argv.includes('read-tree')) controller.abort();
      };
      expect(await code(mirror.checkout(commit, work, controller.signal))).to.equal('Aborted');
      expect(await readdir(work)).to.deep.equal(['compose.yml']);
      expect((await readdir(root)).sort()).to.deep.equal(['mirrors', 'notes', 'work']);
    });
  });

  describe('files', () => {
    it('T83 lists a directory by git: sizes and ids, links and directories as what they are', async () => {
      await source.write('release/1.0.0', 'ä');
      await source.write('release/copy', 'ä');
      await source.write('release/odd\n\tname', '');
      await source.write('release/deep/file', 'x');
      await source.link('release/link', '/etc/passwd');
      await source.link('linked', 'release');
      const commit = source.commit();
      const one = await fetched();
      const listed = await one.listDirectory(commit, 'release', signal);
      const entries = typeof listed === 'string' ? [] : listed;
      expect(entries.map(({ name, kind, bytes }) => [name, kind, bytes])).to.deep.equal([
        ['1.0.0', 'File', 2],
        ['copy', 'File', 2],
        ['deep', 'Other', 0],
        ['link', 'Other', 11],
        ['odd\n\tname', 'File', 0],
      ]);
      expect(entries[0]?.object).to.equal(entries[1]?.object);
      expect(await one.listDirectory(commit, 'linked', signal)).to.equal('Other');
      expect(await one.listDirectory(commit, 'release/copy', signal)).to.equal('Other');
      for (const path of ['none', '', '/release', '../release', 'release/../release'])
        expect(await one.listDirectory(commit, path, signal), path).to.equal('Absent');
    });

    it('reads regular files', async () => {
      await source.write('compose.yml', 'text ä\n');
      await source.write('deep/er/file', '');
      await source.write('*.yml', 'star');
      await source.link('link', '/etc/passwd');
      const commit = source.commit();
      const mirror = await fetched();
      expect(await mirror.readFile(commit, 'compose.yml', signal)).to.equal('text ä\n');
      expect(await mirror.readFile(commit, 'deep/er/file', signal)).to.equal('');
      expect(await mirror.readFile(commit, '*.yml', signal)).to.equal('star');
      for (const path of ['nope', 'deep', 'deep/', 'link', '../notes/compose.yml', '']) {
        expect(await mirror.readFile(commit, path, signal), path).to.equal(undefined);
      }
    });
  });

  describe('keep', () => {
    it('holds a commit that the source has lost, through fetches and garbage collection', async () => {
      source.commit('base');
      const lost = source.commit('lost');
      const mirror = await fetched();
      await mirror.keep('run-1', lost, signal);
      source.git('reset', '--quiet', '--hard', 'HEAD~1');
      await mirror.fetch(signal);
      const bare = join(root, 'mirrors/notes.git');
      source.git('--git-dir', bare, 'gc', '--quiet', '--prune=now');
      await mirror.checkout(lost, join(root, 'work'), signal);
      await mirror.release('run-1', signal);
      await mirror.release('run-1', signal);
      source.git('--git-dir', bare, 'gc', '--quiet', '--prune=now');
      expect(await code(mirror.checkout(lost, join(root, 'work2'), signal))).to.equal('NotFound');
    });

    it('refuses names that leave its own place', async () => {
      const commit = source.commit();
      const mirror = await fetched();
      for (const name of ['', '../heads/main', 'a/b', '.a', 'a..b', 'a.lock', 'a b', '-d']) {
        expect(await code(mirror.keep(name, commit, signal)), name).to.equal('InvalidInput');
      }
    });
  });
});
