import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { type AssembledApp, assembleInstall, assembleUpgrade } from '../../../lib/app/assemble.ts';
import { systemClock } from '../../../lib/clock.ts';
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
    mirror = new RecipeMirror({ source: source.directory, runner: commandRunner, clock: systemClock, ...place });
    home = new AppHome(join(root, 'state'), 'n.example.org');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function optionsAt(commit: string): Promise<Parameters<typeof assembleInstall>[0]> {
    await mirror.fetch(signal);
    const app = { recipe: 'notes', env: {}, secrets: { items: [] } };
    return { home, mirror, commit, app: app as never, overlays: [], signal };
  }
  const bannerOf = ({ spec }: AssembledApp): Promise<string> => readFile(spec.secrets.banner ?? '', 'utf8');

  it('has the bytes of the revision that is deployed, also after an upgrade', async () => {
    const install = await assembleInstall(await optionsAt(source.commit()));
    expect(await bannerOf(install)).to.equal('first\n');
    await source.write('files/banner.txt', 'second');
    expect(await bannerOf(await assembleUpgrade(await optionsAt(source.commit())))).to.equal('second');
  });

  it('is refused where the file is missing, by its name', async () => {
    await rm(join(source.directory, 'files'), { recursive: true });
    const error: unknown = await assembleInstall(await optionsAt(source.commit())).catch((caught: unknown) => caught);
    expect(hasCode(error, 'InvalidInput')).to.equal(true);
    expect(String(error)).to.include('files/banner.txt');
  });
});
