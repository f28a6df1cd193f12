import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { AbraHome, abraEnv } from '../../../../lib/platform/abra/abra-home.ts';
import type { StackPlan } from '../../../../lib/platform/swarm/stack/driver.ts';
import { EnvFile } from '../../../../lib/recipe/env-file.ts';
import { withLimits } from '../../../../lib/recipe/untrusted/limits.ts';
import { parseAppEnv } from '../../../doubles/abra/app-env.ts';
import { composeOf, removeRecipes } from '../../recipe/recipe-files.ts';

function plan(env: Record<string, string> = {}, composeFiles = ['compose.yml']): StackPlan {
  const app = { domain: 'notes.test', recipe: 'notes', composeFiles, env, secrets: {} };
  return { app, revision: { commit: 'c', directory: '/' }, stack: 'notes_test', compose: {} as never, images: {} };
}

describe('abraEnv', () => {
  it('T09 names the recipe without a version, whatever the app says', () => {
    const entries = abraEnv(plan({ TYPE: 'notes:1.0.0+1.0.0', RECIPE: 'notes:deadbeef', A: '1' })).entries();
    expect(entries).to.deep.include({ TYPE: 'notes', RECIPE: 'notes', A: '1' });
  });

  it('lists the compose files and the domain of the plan', () => {
    const env = { COMPOSE_FILE: 'other.yml', DOMAIN: 'other.test', STACK_NAME: 'other' };
    const entries = abraEnv(plan(env, ['compose.yml', 'compose.x.yml'])).entries();
    expect(entries).to.include({
      COMPOSE_FILE: 'compose.yml:compose.x.yml',
      DOMAIN: 'notes.test',
      STACK_NAME: 'notes_test',
    });
    expect(abraEnv(plan()).entries()).to.not.have.property('STACK_NAME');
  });

  it('T01 is read by another reader as it was meant, and ends with a newline', () => {
    const printable = fc.string({ unit: fc.constantFrom(...'ab $"\'#=\\`{}:;', 'ü') });
    fc.assert(
      fc.property(printable, (value) => {
        const text = abraEnv(plan({ VALUE: value })).toString();
        expect(text.endsWith('\n')).to.equal(true);
        expect(EnvFile.parse(text).get('VALUE')).to.equal(value);
        if (!/[\\]/.test(value)) expect(parseAppEnv(text).values.VALUE).to.equal(value);
      }),
    );
  });
});

describe('AbraHome', () => {
  let stateDirectory: string;
  let home: AbraHome;

  beforeEach(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'ccci-abra-home-'));
    home = new AbraHome({ stateDirectory, domain: 'notes.test', server: 'default' });
  });
  afterEach(async () => {
    await removeRecipes();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  it('lies in the directory of its app, and is gone after remove', async () => {
    expect(await home.exists()).to.equal(false);
    await home.prepare();
    await home.prepare();
    await home.writeEnv(plan(), 'i1');
    expect(home.envFile).to.equal(join(stateDirectory, 'apps/notes.test/abra/servers/default/notes.test.env'));
    expect((await stat(home.envFile)).mode & 0o777).to.equal(0o600);
    await home.remove();
    await home.remove();
    expect(await home.exists()).to.equal(false);
  });

  it('T104 gives abra the one file that was checked, for an app within limits, and the recipe its own otherwise', async () => {
    const compose = await composeOf('services: {app: {image: x}}');
    const limits = { memoryBytes: 2 ** 28, cpus: 1, pids: 64 };
    const confined = { ...plan(), compose: withLimits(compose, limits) };
    confined.app = { ...confined.app, limits };
    await home.prepare();
    await home.writeEnv(confined, 'i1');
    const file = EnvFile.parse(await readFile(home.envFile, 'utf8')).get('COMPOSE_FILE') ?? '';
    const tree = JSON.parse(await readFile(join(home.recipe('notes'), file), 'utf8'));
    expect(tree.services.app.deploy.resources.limits).to.deep.equal({ memory: String(2 ** 28), cpus: '1', pids: 64 });
    await home.writeEnv(plan(), 'i1');
    expect(EnvFile.parse(await readFile(home.envFile, 'utf8')).get('COMPOSE_FILE')).to.equal('compose.yml');
  });

  it('T01 T09 unpins an env file without a final newline, and keeps the rest', async () => {
    await home.prepare();
    await writeFile(home.envFile, '# mine\nTYPE=notes:12345678+U\nA=1 # length=3');
    expect(await home.unpin()).to.equal('notes');
    expect(await readFile(home.envFile, 'utf8')).to.equal('# mine\nTYPE=notes\nA=1 # length=3\n');
  });

  it('says that there is nothing to unpin', async () => {
    expect(await home.unpin()).to.equal(undefined);
    await home.prepare();
    await writeFile(home.envFile, 'A=1\n');
    expect(await home.unpin()).to.equal(undefined);
  });

  it('notes secrets once, before they are made', async () => {
    await home.prepare();
    expect(await home.notedSecrets()).to.deep.equal([]);
    const secret = { name: 'token', versionedName: 'notes_test_token_v1' };
    await home.noteSecret(secret);
    await home.noteSecret({ ...secret });
    expect(
      await new AbraHome({ stateDirectory, domain: 'notes.test', server: 'default' }).notedSecrets(),
    ).to.deep.equal([secret]);
  });

  for (const name of ['../x', 'a/b', 'a:b', '', '.git', '-x', 'a b']) {
    it(`refuses the recipe name ${JSON.stringify(name)}`, () => {
      expect(() => home.recipe(name))
        .to.throw()
        .with.property('code', 'InvalidInput');
    });
  }
});
