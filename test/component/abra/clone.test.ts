import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { AbraClones } from '../../../lib/platform/abra/abra-clone.ts';
import { commitRecipe } from '../../builders/recipe.ts';
import { Repository } from '../recipe/repository.ts';

describe('a clone for abra', () => {
  let root: string;
  let repository: Repository;
  const { signal } = new AbortController();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-clone-'));
    repository = await Repository.create(join(root, 'recipe'));
    await commitRecipe(repository, { version: '1.0.0+1.0.0' });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const checkout = async (commit: string): Promise<unknown> => {
    const clones = new AbraClones({ runner: commandRunner, path: process.env.PATH ?? '', instanceId: 'instance-1' });
    const revision = { commit, directory: join(root, 'unused'), repository: repository.directory };
    return clones.checkout(join(root, 'clone'), revision, signal).catch((error: unknown) => error);
  };

  it('may hold links that stay in it', async () => {
    await repository.link('compose.alias.yml', 'compose.yml');
    expect(await checkout(repository.commit())).to.equal(undefined);
  });

  it('T83 holds no link out of it: abra reads every compose file, and says what is in it', async () => {
    await repository.link('compose.evil.yml', '/etc/passwd');
    expect(hasCode(await checkout(repository.commit()), 'InvalidInput')).to.equal(true);
  });
});
