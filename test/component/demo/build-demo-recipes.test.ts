import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../../../lib/exec/command.ts';
import { backupPlan } from '../../../lib/recipe/backup-labels.ts';
import { readCompose, stackNameOf, versionLabel } from '../../../lib/recipe/compose.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { lintRecipe } from '../../../lib/recipe/lint.ts';
import { secretSpecs } from '../../../lib/recipe/secrets.ts';
import { buildDemoRecipes, type DemoRecipe } from '../../../scripts/build-demo-recipes.ts';

const PATH = '/usr/bin:/bin';

async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = { PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
  const result = await commandRunner.run({ argv: ['git', ...args], cwd, env });
  if (result.exitCode !== 0) throw new Error(result.all);
  return result.stdout.trim();
}

describe('buildDemoRecipes', () => {
  let directory: string;
  let recipes: DemoRecipe[];

  const build = (into: string, runner: CommandRunner = commandRunner) =>
    buildDemoRecipes({ directory: join(directory, into), runner, path: PATH });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-demo-'));
    recipes = await build('one');
  });

  after(() => rm(directory, { recursive: true, force: true }));

  it('builds every recipe with its versions and broken variants', () => {
    expect(recipes.map(({ recipe }) => recipe)).to.deep.equal(['hello', 'notes']);
    expect(recipes[1]?.versions).to.deep.equal(['1.0.0+1.0.0', '1.1.0+1.1.0', '2.0.0+2.0.0']);
    expect(recipes[1]?.branches).to.deep.equal([
      'broken/crash-loop',
      'broken/failing-test',
      'broken/loses-data',
      'broken/never-healthy',
    ]);
  });

  it('gives the same commits and tags every time', async () => {
    for (const { recipe, directory: where } of await build('two')) {
      const other = join(directory, 'one', recipe);
      expect(await git(where, 'for-each-ref')).to.equal(await git(other, 'for-each-ref'));
    }
  });

  it('T07 tags are annotated, and the newest is where main is', async () => {
    for (const { directory: where, versions } of recipes) {
      for (const version of versions) expect(await git(where, 'cat-file', '-t', version)).to.equal('tag');
      expect(await git(where, 'rev-parse', `${versions.at(-1)}^{}`)).to.equal(await git(where, 'rev-parse', 'main'));
    }
  });

  it('leaves a clean work tree on main, scripts executable', async () => {
    for (const { directory: where } of recipes) {
      expect(await git(where, 'status', '--porcelain')).to.equal('');
      expect(await git(where, 'symbolic-ref', '--short', 'HEAD')).to.equal('main');
    }
    expect(await git(recipes[1]!.directory, 'ls-tree', 'main', 'ci/seed.mjs')).to.match(/^100755 /);
  });

  it('leaves what is there alone', async () => {
    const [hello] = await build('three');
    await writeFile(join(hello!.directory, 'README.md'), 'mine');
    const again = await build('three');
    expect(again.map(({ created }) => created)).to.deep.equal([false, false]);
    expect(await readFile(join(hello!.directory, 'README.md'), 'utf8')).to.equal('mine');
  });

  it('a failing git leaves no half repository', async () => {
    let calls = 0;
    const failing: CommandRunner = {
      run: async (options) => {
        calls += 1;
        const result = await commandRunner.run(options);
        return calls === 5 ? { ...result, exitCode: 128 } : result;
      },
    };
    const error = await build('four', failing).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'CommandFailed')).to.equal(true);
    expect(await readdir(join(directory, 'four'))).to.deep.equal([]);
    expect((await build('four')).every(({ created }) => created)).to.equal(true);
  });

  it('every version and variant lints clean, carries its version and stops at once', async () => {
    const domain = 'demo.example.org';
    const stackName = stackNameOf(domain);
    for (const { directory: where, versions, branches } of recipes) {
      for (const ref of [...versions, ...branches]) {
        await git(where, 'checkout', '-q', '--detach', ref);
        const sample = await readFile(join(where, '.env.sample'), 'utf8');
        const env = { ...EnvFile.parse(sample).entries(), DOMAIN: domain, STACK_NAME: stackName };
        const compose = await readCompose({ directory: where, files: ['compose.yml'], env });
        const tags = { versions: [], ignored: [] };
        const bad = (await lintRecipe({ directory: where, compose, sample, tags })).filter(
          ({ satisfied }) => satisfied === false,
        );
        expect(bad, `${where} ${ref}`).to.deep.equal([]);
        const expected = versions.includes(ref) ? ref : versions.at(-1);
        expect(versionLabel(compose, stackName)).to.equal(expected);
        const app = compose.services.find(({ name }) => name === 'app');
        expect(app?.process).to.deep.include({ command: ['node', 'server.mjs'], port: 8080 });
        expect(app?.stopGraceMs).to.equal(1_000);
        expect(compose.unsetVariables).to.deep.equal([]);
      }
      await git(where, 'checkout', '-q', 'main');
    }
  });

  it('every broken variant has an image of its own, every version that of its number', async () => {
    const images: string[] = [];
    for (const { directory: where, recipe, versions, branches } of recipes) {
      for (const ref of [...versions, ...branches]) {
        const compose = await git(where, 'show', `${ref}:compose.yml`);
        const image = /^ +image: (\S+)$/m.exec(compose)?.[1] ?? '';
        const tag = (versions.includes(ref) ? ref : (versions.at(-1) ?? '')).split('+')[0];
        expect(image).to.equal(`cc-ci-demo/${recipe}:${tag}${ref.replace(/^broken\//, '-').replace(/^\d.*/, '')}`);
        images.push(image);
      }
    }
    expect(new Set(images).size).to.equal(images.length);
  });

  it('every version can publish its port, and lints clean with it', async () => {
    for (const { directory: where, versions } of recipes) {
      for (const version of versions) {
        await git(where, 'checkout', '-q', '--detach', version);
        const sample = await readFile(join(where, '.env.sample'), 'utf8');
        const named = { DOMAIN: 'd.example.org', STACK_NAME: 'd_example_org', HTTP_PORT: '20001' };
        const env = { ...EnvFile.parse(sample).entries(), ...named };
        const files = ['compose.yml', 'compose.ports.yml'];
        const compose = await readCompose({ directory: where, files, env });
        const lint = await lintRecipe({ directory: where, compose, sample, tags: { versions: [], ignored: [] } });
        expect(lint.filter(({ satisfied }) => satisfied === false)).to.deep.equal([]);
        expect(compose.unsetVariables).to.deep.equal([]);
        expect(compose.services.find(({ name }) => name === 'app')?.process).to.include({ port: 8080 });
      }
      await git(where, 'checkout', '-q', 'main');
    }
  });

  it('notes backs up its dump and needs one secret', async () => {
    const where = recipes[1]!.directory;
    const sample = EnvFile.parse(await readFile(join(where, '.env.sample'), 'utf8'));
    const env = { ...sample.entries(), DOMAIN: 'd.example.org', STACK_NAME: 'd_example_org' };
    const compose = await readCompose({ directory: where, files: ['compose.yml'], env });
    const plan = backupPlan(compose);
    expect(plan.enabled).to.equal(true);
    expect(plan.warnings).to.deep.equal([]);
    expect(plan.volumes).to.deep.equal([{ volume: 'data', service: 'app', paths: ['dump.json'] }]);
    const secrets = secretSpecs(compose, sample);
    expect(secrets.map(({ name, versionedName, length }) => [name, versionedName, length])).to.deep.equal([
      ['session_key', 'd_example_org_session_key_v1', 32],
    ]);
  });
});
