import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { commandRunner } from '../../../lib/exec/command.ts';
import { readCompose, stackNameOf, versionLabel } from '../../../lib/recipe/compose.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { lintRecipe } from '../../../lib/recipe/lint.ts';
import { secretSpecs } from '../../../lib/recipe/secrets.ts';
import { parseSpecFile } from '../../../lib/store/spec-codec.ts';
import type { DemoRecipe } from '../../../scripts/build-demo-recipes.ts';
import { buildSsoRecipes, writePortalSpec } from '../../../scripts/build-sso-recipes.ts';

const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
const DOMAIN = 'portal.example.org';

describe('the recipe portal', function () {
  this.timeout(60_000);
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'cc-ci-portal-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function build(into: string): Promise<DemoRecipe> {
    const recipes = await buildSsoRecipes({ directory: join(root, into), runner: commandRunner, path: PATH });
    return recipes.find(({ recipe }) => recipe === 'portal')!;
  }

  async function git(cwd: string, ...args: string[]): Promise<string> {
    const env = { PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
    return (await commandRunner.run({ argv: ['git', ...args], cwd, env })).stdout.trim();
  }

  it('is the same every time, and brings the licences of what it bundles', async () => {
    const [one, other] = [await build('one'), await build('two')];
    expect(await git(one.directory, 'for-each-ref')).to.equal(await git(other.directory, 'for-each-ref'));
    const vendored = (await git(one.directory, 'ls-tree', '--name-only', 'main', 'vendor/')).split('\n');
    expect(vendored).to.deep.equal(
      ['jose.LICENSE.md', 'libraries.mjs', 'oauth4webapi.LICENSE.md', 'openid-client.LICENSE.md'].map(
        (name) => `vendor/${name}`,
      ),
    );
  });

  it('lints clean in each version, with and without a reverse proxy, and needs one secret', async () => {
    const { versions, directory } = await build('three');
    expect(versions).to.deep.equal(['1.0.0+1.0.0', '1.1.0+1.1.0']);
    for (const version of versions) {
      await git(directory, 'checkout', '-q', '--detach', version);
      const sample = await readFile(join(directory, '.env.sample'), 'utf8');
      const names = { DOMAIN, STACK_NAME: stackNameOf(DOMAIN), HTTP_PORT: '20001' };
      const env = { ...EnvFile.parse(sample).entries(), ...names };
      for (const files of [['compose.yml'], ['compose.yml', 'compose.ports.yml']]) {
        const compose = await readCompose({ directory, files, env });
        const lint = await lintRecipe({ directory, compose, sample, tags: { versions: [], ignored: [] } });
        expect(lint.filter(({ satisfied }) => satisfied === false)).to.deep.equal([]);
        expect(compose.unsetVariables).to.deep.equal([]);
        expect(versionLabel(compose, stackNameOf(DOMAIN))).to.equal(version);
        const secrets = secretSpecs(compose, EnvFile.parse(sample)).map(({ name, length }) => ({ name, length }));
        expect(secrets).to.deep.equal([{ name: 'oidc_secret', length: 32 }]);
      }
    }
  });

  it('is enrolled by a spec file without a fault, with its profile beside it', async () => {
    const specs = join(root, 'specs');
    await mkdir(specs);
    await writePortalSpec(specs, join(root, 'four'));
    const path = join(specs, 'portal.yaml');
    const parsed = parseSpecFile({ path, bytes: await readFile(path) });
    expect(parsed.ok ? parsed.notes : parsed.problems).to.deep.equal([]);
    expect(await readFile(path, 'utf8')).to.contain(join(root, 'four/portal'));
    expect(await readFile(join(specs, 'portal.ci/browser-sign-in.mjs'), 'utf8')).to.match(/^#!\/usr\/bin\/env node\n/);
  });
});
