import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { commitRecipe, type RecipeOptions } from '../../builders/recipe.ts';
import type { Repository } from '../recipe/repository.ts';
import { stageOf } from './bench.ts';
import { HEALTHY, type Notes, notesBench } from './enrolled.ts';

const SECRET = 'HOST_LINE=the-hosts-own-secret';

describe('a hostile recipe', function () {
  this.timeout(60_000);
  let notes: Notes;
  let outside: string;
  let recipe: Repository;
  let specs: unknown[];

  beforeEach(async () => {
    notes = await notesBench();
    recipe = await notes.bench.repository('hostile');
    specs = [];
    const { platform } = notes.bench;
    const prepare = platform.prepare.bind(platform);
    platform.prepare = (spec, revision, signal) => {
      specs.push(spec);
      return prepare(spec, revision, signal);
    };
    outside = join(notes.bench.root, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'host.env'), `${SECRET}\n`);
  });
  afterEach(() => notes.bench.close());

  /** A recipe of one commit, which Install deploys. */
  const commit = async (change: () => Promise<unknown>, options: Partial<RecipeOptions> = {}): Promise<void> => {
    await commitRecipe(recipe, { version: '1.1.0+1.1.0', ...options });
    await change();
    notes.bench.platform.behave(recipe.commit(), HEALTHY);
  };
  const run = async (): Promise<RunStatus> => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory });
    return notes.bench.finish('r1');
  };
  const isThere = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  const link = (path: string, target: string) => async () => {
    await rm(join(recipe.directory, path), { force: true });
    await recipe.link(path, target);
  };
  /** Everything that the app was given. */
  const given = (): string => JSON.stringify(specs);

  it('T82 whose secret is named after a path writes no file there, and is at fault', async () => {
    const target = join(notes.bench.root, 'planted');
    const key = `../../../../../planted`;
    await commit(async () => {
      const text = await readFile(join(recipe.directory, 'compose.yml'), 'utf8');
      await recipe.write('compose.yml', `${text}secrets: { "${key}": { external: true } }\n`);
    });
    const status = await run();
    expect(await isThere(target)).to.equal(false);
    expect(status).to.deep.include({ verdict: 'Failed', blame: 'Recipe' });
    expect(stageOf(status, 'Install')).to.deep.include({ result: 'Failed', reason: 'InvalidRecipe' });
    expect(stageOf(status, 'Install').message).to.match(/compose\.yml:\d+:\d+: secrets\./);
  });

  for (const [what, target] of [
    ['an absolute link', () => join(outside, 'host.env')],
    ['a relative link', () => '../../../../../../../../../../../../etc/passwd'],
    ['a link to nothing', () => join(outside, 'absent')],
    ['a link to a device', () => '/dev/zero'],
  ] as const) {
    it(`T83 whose .env.sample is ${what} out of it reads nothing there, and is at fault`, async () => {
      await commit(async () => link('.env.sample', target())());
      const status = await run();
      expect(given()).not.to.contain('the-hosts-own-secret').and.not.to.contain('root:');
      expect(status).to.deep.include({ verdict: 'Failed', blame: 'Recipe' });
      expect(stageOf(status, 'Install')).to.deep.include({ result: 'Failed', reason: 'InvalidRecipe' });
    });
  }

  for (const path of ['compose.yml', 'abra.sh', 'README.md'] as const) {
    it(`T83 whose ${path} is a link out of it reads nothing there @nightly`, async () => {
      await writeFile(join(outside, 'file'), 'export STOLEN=the-hosts-own-secret\n# the-hosts-own-secret\n');
      await commit(async () => link(path, join(outside, 'file'))());
      const status = await run();
      expect(JSON.stringify(status)).not.to.contain('the-hosts-own-secret');
      expect(given()).not.to.contain('the-hosts-own-secret');
      expect(stageOf(status, 'Lint')).to.deep.include({ result: 'Failed' });
      expect(status.blame).to.equal('Recipe');
    });
  }

  it('T83 a link that stays inside is followed, as people who use git expect @nightly', async () => {
    await commit(async () => {
      await recipe.write('shared/sample', 'TYPE=notes\nDOMAIN=notes.example.org\nINSIDE=yes\n');
      await link('.env.sample', 'shared/sample')();
    });
    const status = await run();
    expect(status.verdict).to.equal('Passed');
    expect(given()).to.contain('INSIDE');
  });

  it('T83 install hooks hand over files, not links', async () => {
    await writeFile(join(outside, 'value'), 'the-hosts-own-secret');
    await notes.bench.profile(
      'notes',
      'hook.sh',
      `#!/bin/sh\nln -s ${join(outside, 'value')} "$CCCI_SECRETS_DIR/db_password"\n`,
    );
    const hooks = [{ name: 'link', command: ['./hook.sh'], from: 'Profile' }];
    await notes.bench.write('Canonical', 'notes', {
      seed: 'Manual',
      app: { recipe: 'notes', source: notes.recipe.directory },
      ci: { install: { hooks } },
    });
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    const status = await notes.bench.finish('r1');
    expect(stageOf(status, 'Install')).to.deep.include({ result: 'Failed', reason: 'InvalidProfile' });
    expect(status.blame).to.equal('Configuration');
  });

  it('T82 install hooks name secrets as recipes do', async () => {
    await notes.bench.profile('notes', 'hook.sh', '#!/bin/sh\nprintf x > "$CCCI_SECRETS_DIR/-rf"\n');
    const hooks = [{ name: 'name', command: ['./hook.sh'], from: 'Profile' }];
    await notes.bench.write('Canonical', 'notes', {
      seed: 'Manual',
      app: { recipe: 'notes', source: notes.recipe.directory },
      ci: { install: { hooks } },
    });
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    expect(stageOf(await notes.bench.finish('r1'), 'Install')).to.deep.include({ reason: 'InvalidProfile' });
  });

  it('T83 .git, submodules, attributes and filters of the tree run nothing and are no files of ours', async () => {
    const marker = join(outside, 'ran');
    await commit(async () => {
      await recipe.write('.gitattributes', '* filter=evil ident eol=crlf\nREADME.md export-ignore export-subst\n');
      await recipe.write(
        '.gitmodules',
        `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ${marker}\n\tupdate = !touch ${marker}\n`,
      );
      await symlink('.git', join(recipe.directory, 'dotgit'));
      const blob = recipe.git('rev-parse', 'HEAD');
      recipe.git('update-index', '--add', '--cacheinfo', `160000,${blob},x`);
    });
    const status = await run();
    expect(await isThere(marker)).to.equal(false);
    expect(status.verdict).to.equal('Passed');
  });
});
