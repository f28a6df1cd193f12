import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { judge } from '../../../lib/gate/judge.ts';
import { readStep } from '../../../lib/gate/read-step.ts';
import { readCompose, stackNameOf, versionLabel } from '../../../lib/recipe/compose.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { lintRecipe } from '../../../lib/recipe/lint.ts';
import { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import { secretSpecs } from '../../../lib/recipe/secrets.ts';
import { parseSpecFile } from '../../../lib/store/spec-codec.ts';
import { buildDemoRecipes, type DemoRecipe } from '../../../scripts/build-demo-recipes.ts';

const DEMO = join(import.meta.dirname, '../../../specs/demo-sso');
const DOMAIN = 'sso.example.org';
const { signal } = new AbortController();

/** What can be seen of it without a Java; `test/keycloak` runs it. */
describe('the recipe keycloak', () => {
  let root: string;
  let recipe: DemoRecipe;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'cc-ci-keycloak-'));
    const made = { directory: join(root, 'recipes'), source: join(DEMO, 'recipes'), runner: commandRunner };
    const recipes = await buildDemoRecipes({ ...made, path: process.env.PATH ?? '' });
    recipe = recipes.find((one) => one.recipe === 'keycloak')!;
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('lints clean in each version, and needs one secret', async () => {
    expect(recipe.versions).to.deep.equal(['1.0.0+26.0.8', '1.1.0+26.7.3']);
    for (const version of recipe.versions) {
      const directory = join(DEMO, 'recipes/keycloak', version);
      const sample = await readFile(join(directory, '.env.sample'), 'utf8');
      const env = { ...EnvFile.parse(sample).entries(), DOMAIN, STACK_NAME: stackNameOf(DOMAIN) };
      const compose = await readCompose({ directory, files: ['compose.yml'], env });
      const lint = await lintRecipe({ directory, compose, sample, tags: { versions: [], ignored: [] } });
      const bad = lint.filter(({ satisfied }) => satisfied === false);
      // The name of the secret is long, as that of the public recipe.
      expect(bad.map(({ ref }) => ref)).to.deep.equal(['R015']);
      expect(compose.unsetVariables).to.deep.equal([]);
      expect(versionLabel(compose, stackNameOf(DOMAIN))).to.equal(version);
      const secrets = secretSpecs(compose, EnvFile.parse(sample)).map(({ name, length }) => ({ name, length }));
      expect(secrets).to.deep.equal([{ name: 'admin_password', length: 32 }]);
    }
  });

  it('WC1.2 goes from one version to the other without asking anybody', async () => {
    const home = new AppHome(join(root, 'state'), DOMAIN);
    await home.writeEnv('TYPE=keycloak\n');
    await home.createSecret('admin_password', 'a value');
    const mirror = new RecipeMirror({
      ...{ directory: join(root, 'keycloak.git'), source: recipe.directory },
      ...{ runner: commandRunner, path: process.env.PATH ?? '' },
    });
    await mirror.fetch(signal);
    const { versions: tags } = await mirror.versions(signal);
    const [to, from] = tags;
    const way = { from: { version: from!.tag, commit: from!.commit }, to: to!, tags };
    const app = { recipe: 'keycloak', env: { KEYCLOAK_DISTRIBUTIONS: '/srv/keycloak' } };
    const step = await readStep({ mirror, way, scratch: join(root, 'scratch'), home, app }, signal);
    expect(judge(step.from, step.to, step.notes, 'Minor').findings).to.deep.equal([]);
  });

  it('keycloak.yaml is a valid WarmService that provides it to runs', async () => {
    const bytes = await readFile(join(DEMO, 'keycloak.yaml'));
    const parsed = parseSpecFile({ path: 'keycloak.yaml', bytes });
    expect(parsed, JSON.stringify(parsed)).to.include({ ok: true });
    if (!parsed.ok || parsed.object.kind !== 'WarmService') throw new Error('not a WarmService');
    expect(parsed.object.spec.provides?.sso).to.include({ type: 'Keycloak', adminPasswordSecret: 'admin_password' });
    expect(parsed.notes).to.deep.equal([]);
  });
});
