import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { runCommandHook } from '../../../lib/checks/command-test.ts';
import { checkHttp } from '../../../lib/checks/http-check.ts';
import { createMask } from '../../../lib/checks/mask.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { readJunitDirectory } from '../../../lib/run-record/junit-reader.ts';
import { buildDemoRecipes } from '../../../scripts/build-demo-recipes.ts';
import { type DemoApp, startDemoApp } from './demo-app.ts';

const signal = new AbortController().signal;
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

describe('demo apps', () => {
  let directory: string;
  let work: string;
  const running: DemoApp[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-demo-app-'));
    await buildDemoRecipes({ directory: join(directory, 'repositories'), runner: commandRunner, path: PATH });
  });

  beforeEach(async () => {
    work = await mkdtemp(join(directory, 'work-'));
    await writeFile(join(work, 'key'), 'a-session-key-of-32-characters-x\n');
  });

  afterEach(async () => {
    for (const app of running.splice(0)) await app.stop();
  });

  after(() => rm(directory, { recursive: true, force: true }));

  /** A private checkout of one ref. */
  async function checkout(recipe: string, ref: string): Promise<string> {
    const to = join(work, recipe, ref.replaceAll('/', '-'));
    await mkdir(to, { recursive: true });
    const cwd = join(directory, 'repositories', recipe);
    const archive = join(work, 'archive.tar');
    for (const argv of [
      ['git', 'archive', '-o', archive, ref],
      ['tar', '-xf', archive, '-C', to],
    ] as const) {
      const result = await commandRunner.run({ argv, cwd, env: { PATH } });
      if (result.exitCode !== 0) throw new Error(result.all);
    }
    return to;
  }

  const env = (key = 'key'): Record<string, string> => ({
    DATA_DIR: join(work, 'data'),
    CCCI_SECRET_SESSION_KEY_FILE: join(work, key),
  });

  async function start(recipe: string, ref: string, key?: string): Promise<DemoApp & { directory: string }> {
    const checkedOut = await checkout(recipe, ref);
    const app = await startDemoApp({ directory: checkedOut, env: env(key) });
    running.push(app);
    return { ...app, directory: checkedOut };
  }

  const get = (app: DemoApp, path: string, contains = '') =>
    checkHttp({ url: `${app.base}${path}`, timeoutMs: 5_000, signal, contains });

  async function script(app: DemoApp & { directory: string }, name: string) {
    const artifacts = join(work, 'artifacts');
    await mkdir(artifacts, { recursive: true });
    return runCommandHook({
      command: [`./ci/${name}.mjs`],
      root: app.directory,
      env: { PATH, CCCI_BASE_URL: app.base, CCCI_ARTIFACTS: artifacts, CCCI_RUN: 'run-1' },
      runner: commandRunner,
      timeoutMs: 20_000,
      signal,
      logFile: join(work, `${name}.log`),
      mask: createMask([]),
    });
  }

  async function backup(app: { directory: string }, action: string): Promise<number> {
    const argv = [process.execPath, 'backup.mjs', action] as const;
    return (await commandRunner.run({ argv, cwd: app.directory, env: env() })).exitCode;
  }

  for (const version of ['1.0.0+1.0.0', '1.1.0+1.1.0', '2.0.0+2.0.0']) {
    const tag = version === '2.0.0+2.0.0' ? '' : ' @nightly';
    it(`notes ${version} comes up healthy, keeps notes and passes its own tests${tag}`, async () => {
      const app = await start('notes', version);
      expect((await get(app, '/', 'notes')).ok).to.equal(true);
      expect((await get(app, '/healthz', 'ok')).ok).to.equal(true);
      expect((await script(app, 'verify')).result).to.equal('Failed');
      expect((await script(app, 'seed')).result).to.equal('Passed');
      expect((await script(app, 'verify')).result).to.equal('Passed');
      const roundtrip = await script(app, 'roundtrip');
      expect(roundtrip.result, roundtrip.logTail.join('\n')).to.equal('Passed');
      const cases = await readJunitDirectory(join(work, 'artifacts'));
      expect(cases.length).to.be.at.least(3);
      expect(cases.every(({ result }) => result === 'Passed')).to.equal(true);
      expect((await script(app, 'wipe')).result).to.equal('Passed');
      expect((await script(app, 'verify')).result).to.equal('Failed');
    });

    it(`notes ${version} restores its dump after a wipe, seen without a restart @nightly`, async () => {
      const app = await start('notes', version);
      await script(app, 'seed');
      expect(await backup(app, 'dump')).to.equal(0);
      await script(app, 'wipe');
      expect(await backup(app, 'load')).to.equal(0);
      expect((await script(app, 'verify')).result).to.equal('Passed');
      expect(await backup(app, 'load'), 'nothing left to load').to.not.equal(0);
    });
  }

  it('upgrades keep the notes all the way to 2.0.0, which converts them', async () => {
    const first = await start('notes', '1.0.0+1.0.0');
    await script(first, 'seed');
    await first.stop();
    const second = await start('notes', '1.1.0+1.1.0');
    expect((await script(second, 'verify')).result).to.equal('Passed');
    await second.stop();
    const third = await start('notes', '2.0.0+2.0.0');
    expect((await script(third, 'verify')).result).to.equal('Passed');
    expect(third.log()).to.include('converted 1 notes');
    await third.stop();
    const again = await start('notes', '2.0.0+2.0.0');
    expect(again.log()).to.not.include('converted');
  });

  it('an older version on converted data looks healthy and cannot read it', async () => {
    const newer = await start('notes', '2.0.0+2.0.0');
    await script(newer, 'seed');
    await newer.stop();
    const before = await readFile(join(work, 'data', 'notes.json'));
    const older = await start('notes', '1.1.0+1.1.0');
    expect((await get(older, '/healthz', 'ok')).ok).to.equal(true);
    expect((await get(older, '/', 'notes')).ok).to.equal(true);
    expect((await get(older, '/api/notes')).message).to.include('500');
    expect((await script(older, 'verify')).result).to.equal('Failed');
    await script(older, 'seed');
    expect(await readFile(join(work, 'data', 'notes.json')), 'it must not damage them').to.deep.equal(before);
  });

  it('notes belong to the session key they were written with: another key cannot read them', async () => {
    const app = await start('notes', '1.0.0+1.0.0');
    await script(app, 'seed');
    await app.stop();
    await writeFile(join(work, 'other-key'), 'another-session-key-32-characters');
    const other = await start('notes', '1.0.0+1.0.0', 'other-key');
    expect((await script(other, 'verify')).result).to.equal('Failed');
  });

  it('does not start without its session key', async () => {
    const app = await start('notes', '2.0.0+2.0.0', 'no-such-key');
    expect(await app.exitCode()).to.not.equal(0);
    expect(app.log()).to.include('no-such-key');
  });

  it('hello greets, from every version @nightly', async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      const app = await start('hello', `${version}+${version}`);
      expect((await get(app, '/', `hello from ${version}`)).ok).to.equal(true);
    }
  });

  for (const recipe of ['notes', 'hello']) {
    const tag = recipe === 'notes' ? '' : ' @nightly';
    it(`${recipe} broken/crash-loop ends at once with a telling last line${tag}`, async () => {
      const app = await start(recipe, 'broken/crash-loop');
      expect(await app.exitCode()).to.equal(3);
      expect(app.log().trimEnd().split('\n').at(-1)).to.match(/cannot start: .* is missing/);
    });

    it(`${recipe} broken/never-healthy runs and answers 503 for ever${tag}`, async () => {
      const app = await start(recipe, 'broken/never-healthy');
      for (const path of ['/', '/healthz', '/', '/healthz']) {
        expect((await get(app, path)).message).to.include('503');
      }
    });
  }

  it('notes broken/loses-data is healthy, and the notes are gone after the upgrade', async () => {
    const app = await start('notes', '2.0.0+2.0.0');
    await script(app, 'seed');
    await app.stop();
    const broken = await start('notes', 'broken/loses-data');
    expect((await get(broken, '/healthz', 'ok')).ok).to.equal(true);
    expect((await get(broken, '/api/notes')).ok).to.equal(true);
    expect((await script(broken, 'verify')).result).to.equal('Failed');
    expect((await script(broken, 'roundtrip')).result).to.equal('Passed');
  });

  it('notes broken/failing-test works, but its own test fails in one case @nightly', async () => {
    const app = await start('notes', 'broken/failing-test');
    expect((await get(app, '/healthz', 'ok')).ok).to.equal(true);
    expect((await script(app, 'roundtrip')).result).to.equal('Failed');
    const cases = await readJunitDirectory(join(work, 'artifacts'));
    const failed = cases.filter(({ result }) => result === 'Failed');
    expect(failed.map(({ name }) => name)).to.deep.equal(['notes.notes can be exported']);
  });
});
