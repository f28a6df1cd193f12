import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { type AppPlan, type HomePlanOptions, planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { checkOutRevision } from '../../../lib/app/deployment.ts';
import { hasCode } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import { Repository } from '../recipe/repository.ts';

const { signal } = new AbortController();
const COMPOSE = `services: {app: {image: x, secrets: [banner]}}
secrets: {banner: {file: files/banner.txt}}
`;

describe('a secret whose value is a file of the recipe', () => {
  let root: string;
  let source: Repository;
  let mirror: RecipeMirror;
  let home: AppHome;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cc-secrets-'));
    source = await Repository.create(join(root, 'notes'));
    await source.write('compose.yml', COMPOSE);
    await source.write('.env.sample', 'TYPE=notes\n');
    await source.write('files/banner.txt', 'first\n');
    const place = { directory: join(root, 'notes.git'), path: process.env.PATH ?? '' };
    mirror = new RecipeMirror({ source: source.directory, runner: commandRunner, ...place });
    home = new AppHome(join(root, 'state'), 'n.example.org');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function optionsAt(commit: string): Promise<HomePlanOptions> {
    await mirror.fetch(signal);
    const revision = await checkOutRevision({ home, mirror, resolved: { commit }, signal });
    return { home, revision, app: { recipe: 'notes' } };
  }
  const bannerOf = async (plan: AppPlan): Promise<string> =>
    await readFile((await commitPlan(plan, home)).spec.secrets.banner ?? '', 'utf8');

  it('has the bytes of the revision that is deployed, also after an upgrade', async () => {
    expect(await bannerOf(await planInstall(await optionsAt(source.commit())))).to.equal('first\n');
    await source.write('files/banner.txt', 'second');
    expect(await bannerOf(await planUpgrade(await optionsAt(source.commit())))).to.equal('second');
  });

  it('is refused where the file is missing, by its name', async () => {
    await rm(join(source.directory, 'files'), { recursive: true });
    const plan = await planInstall(await optionsAt(source.commit()));
    const error: unknown = await commitPlan(plan, home).catch((caught: unknown) => caught);
    expect(hasCode(error, 'InvalidInput')).to.equal(true);
    expect(String(error)).to.include('files/banner.txt');
  });
});
