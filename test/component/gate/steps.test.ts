import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import type { AppSettings } from '../../../lib/app/app-plan.ts';
import { systemCode } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { type ChoiceInput, chooseTarget } from '../../../lib/gate/choose-target.ts';
import { judge, type Verdict } from '../../../lib/gate/judge.ts';
import { tagsOnTheWay } from '../../../lib/gate/read-notes.ts';
import { readStep } from '../../../lib/gate/read-step.ts';
import { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import type { VersionTag } from '../../../lib/recipe/version.ts';
import { type RecipeOptions, releaseRecipe } from '../../builders/recipe.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { Repository } from '../recipe/repository.ts';

const { signal } = new AbortController();
const BASE = '1.0.0+1.0.0';

describe('steps of a recipe, read from its repository', () => {
  let root: string;
  let source: Repository;
  let home: AppHome;
  let mirror: RecipeMirror;
  let app: AppSettings;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cc-gate-'));
    source = await Repository.create(join(root, 'notes'));
    home = new AppHome(join(root, 'state'), 'n.example.org');
    await home.writeEnv('TYPE=notes\n');
    app = { recipe: 'notes' };
    const directory = join(root, 'notes.git');
    mirror = new RecipeMirror({
      directory,
      source: source.directory,
      runner: commandRunner,
      path: process.env.PATH ?? '',
    });
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const release = async (version: string, files: RecipeOptions['files'] = {}, more: Partial<RecipeOptions> = {}) =>
    releaseRecipe(source, { version, files, ...more });
  const note = (version: string, text = 'Something was changed.') => ({ [`release/${version}`]: text });

  /** Commit of what is deployed: the first release. */
  const deployed = async () => {
    const { versions } = await mirror.versions(signal);
    const commit = versions.find(({ tag }) => tag === BASE)?.commit ?? '';
    return { from: { version: BASE, commit }, tags: versions };
  };
  const verdictOf = async (to: VersionTag) => {
    const way = { ...(await deployed()), to };
    const step = await readStep({ mirror, way, scratch: join(root, 'scratch'), home, app }, signal);
    return { step, verdict: judge(step.from, step.to, step.notes, 'Minor') };
  };
  /** Codes and subjects against the step from the first release to `version`. */
  const against = async (version: string): Promise<string[]> => {
    await mirror.fetch(signal);
    const to = (await mirror.versions(signal)).versions.find(({ tag }) => tag === version);
    const { verdict } = await verdictOf(to!);
    return verdict.findings.map(({ code, subject }) => `${code} ${subject}`);
  };

  it('a step without notes is allowed, and leaves nothing behind', async () => {
    await release(BASE, note(BASE, 'ATTENTION: the first release'));
    await release('1.0.1+1.0.1');
    expect(await against('1.0.1+1.0.1')).to.deep.equal([]);
    const left = await access(join(root, 'scratch')).catch(systemCode);
    expect(left).to.equal('ENOENT');
  });

  it('holds for the note of a version passed on the way, and for none that is not on it', async () => {
    await release(BASE, note(BASE));
    await release('1.1.0+1.1.0', note('1.1.0+1.1.0'));
    await release('1.2.0+1.2.0', note('1.3.0+1.3.0', 'For later.'));
    expect(await against('1.2.0+1.2.0')).to.deep.equal(['NoteWritten 1.1.0+1.1.0']);
  });

  it('counts a note that was taken out again, and one of a backport', async () => {
    await release(BASE);
    const base = source.git('rev-parse', 'HEAD');
    await release('1.1.0+1.1.0', note('1.1.0+1.1.0'));
    source.git('rm', '--quiet', '-r', 'release');
    await release('1.2.0+1.2.0');
    source.git('checkout', '--quiet', '-b', 'old', base);
    await release('1.0.1+1.0.1', note('1.0.1+1.0.1', 'Attention, please.'));
    expect(await against('1.2.0+1.2.0')).to.have.members(['NoteWritten 1.1.0+1.1.0', 'NoteStrong 1.0.1+1.0.1']);
    expect(await against('1.0.1+1.0.1')).to.deep.equal(['NoteStrong 1.0.1+1.0.1']);
  });

  it('counts a note that was written after its tag, and one in another spelling', async () => {
    await release(BASE);
    await release('1.0.1+1.0.1');
    await release('v1.0.2', { ...note('1.0.1+1.0.1'), ...note('1.0.2+1.0.2') });
    expect(await against('v1.0.2')).to.have.members(['NoteWritten 1.0.1+1.0.1', 'NoteWritten 1.0.2+1.0.2']);
  });

  it('counts files that are no version where they are new or changed, and no dot files', async () => {
    await release(BASE, { 'release/old.md': 'x', 'release/next': 'x', 'release/.gitkeep': '' });
    await release('1.0.1+1.0.1', { 'release/next': 'y', 'release/.git-keep-me': 'Attention' });
    expect(await against('1.0.1+1.0.1')).to.deep.equal(['UnsureNote next']);
  });

  it('T83 a note that is a link, a directory, binary or huge is not read, and holds', async () => {
    await release(BASE);
    await source.write('release/.gitkeep', '');
    await source.link('release/1.0.1+1.0.1', '/etc/hostname');
    await source.write('release/1.0.2+1.0.2/read.me', 'Attention');
    await source.write('release/1.0.3+1.0.3', 'a\0b');
    await source.write('release/1.0.4+1.0.4', 'Attention '.repeat(100_000));
    await release('1.0.5+1.0.5');
    const names = ['1.0.1+1.0.1', '1.0.2+1.0.2', '1.0.3+1.0.3', '1.0.4+1.0.4'];
    expect(await against('1.0.5+1.0.5')).to.have.members(names.map((name) => `UnsureNote ${name}`));
  });

  it('something else in the place of release/ holds', async () => {
    await release(BASE);
    await source.link('release', '/etc');
    await release('1.0.1+1.0.1');
    expect(await against('1.0.1+1.0.1')).to.deep.equal(['UnsureNote release']);
  });

  it('a compose file that the app names is gone: it holds, and says what goes with it', async () => {
    const overlay =
      'version: "3.8"\nservices: { search: { image: "meili:v1", volumes: ["index:/index"] } }\nvolumes: { index: {} }\n';
    await release(BASE, { 'compose.search.yml': overlay });
    await home.writeEnv('TYPE=notes\nCOMPOSE_FILE=compose.yml:compose.search.yml\n');
    source.git('rm', '--quiet', 'compose.search.yml');
    await release('1.0.1+1.0.1');
    const found = ['ComposeFileGone compose.search.yml', 'ServiceGone search', 'VolumeGone index'];
    expect(await against('1.0.1+1.0.1')).to.deep.equal(found);
    app = { ...app, composeFiles: ['compose.yml'] };
    expect(await against('1.0.1+1.0.1')).to.deep.equal([]);
  });

  it('every compose file that the app names is gone', async () => {
    await release(BASE);
    await source.write('deploy/compose.yml', 'services: {}');
    await release('1.0.1+1.0.1');
    source.git('rm', '--quiet', 'compose.yml');
    source.commit();
    source.tag('1.0.2+1.0.2');
    expect(await against('1.0.2+1.0.2')).to.deep.equal(['ComposeFileGone compose.yml', 'UnsureTo 1.0.2+1.0.2']);
  });

  it('T83 a compose file that leads out of the recipe holds, and nothing outside is read', async () => {
    await release(BASE);
    await release('1.0.1+1.0.1');
    await rm(join(source.directory, 'compose.yml'));
    await source.link('compose.yml', '/etc/passwd');
    source.commit();
    source.tag('1.0.2+1.0.2');
    expect(await against('1.0.2+1.0.2')).to.deep.equal(['UnsureTo 1.0.2+1.0.2']);
  });

  it('T83 a tree that no recipe has holds', async () => {
    await release(BASE);
    await source.write(`${'d/'.repeat(600)}file`, 'x');
    await release('1.0.1+1.0.1');
    expect(await against('1.0.1+1.0.1')).to.deep.equal(['UnsureTo 1.0.1+1.0.1']);
  });

  it('without the env of the app nothing is concluded', async () => {
    await release(BASE);
    await release('1.0.1+1.0.1');
    await rm(home.envFile);
    expect(await codeOf(against('1.0.1+1.0.1'))).to.equal('DataMissing');
  });

  it('takes the safe patch below a held version; once approved, exactly that commit', async () => {
    await release(BASE);
    await release('1.0.1+1.0.1');
    await release('1.1.0+1.1.0', note('1.1.0+1.1.0'));
    const commit = await release('2.0.0+2.0.0');
    await mirror.fetch(signal);
    const verdicts = new Map<string, Verdict>();
    const { tags: released } = await deployed();
    for (const tag of released.slice(0, 3)) verdicts.set(tag.tag, (await verdictOf(tag)).verdict);
    const choose = async (more: Partial<ChoiceInput>) => {
      const { from } = await deployed();
      const update = { policy: 'Auto', maxBump: 'Minor' } as const;
      const judged = (tag: VersionTag) => verdicts.get(tag.tag);
      const tags = await mirror.versions(signal);
      return chooseTarget({ current: from, tags, update, quarantine: [], judged, nowMs: 0, ...more });
    };
    const approved = { version: '2.0.0+2.0.0', commit };
    const safe = await choose({});
    expect([safe.action, safe.action === 'Upgrade' && safe.target.tag]).to.deep.equal(['Upgrade', '1.0.1+1.0.1']);
    expect(safe.held.map(({ version }) => version)).to.deep.equal(['2.0.0+2.0.0', '1.1.0+1.1.0']);
    expect(await choose({ approved })).to.include({ action: 'Upgrade', by: 'Approval', approval: 'Stands' });
    source.commit('moved');
    source.git('tag', '--delete', '2.0.0+2.0.0');
    source.tag('2.0.0+2.0.0');
    await mirror.fetch(signal);
    expect(await choose({ approved })).to.include({ action: 'Upgrade', by: 'Gate', approval: 'TagMoved' });
  });

  it('the way is what is above the one end, up to the other', async () => {
    for (const version of [BASE, '1.0.1+1', '1.1.0+1', '2.0.0+1']) await release(version);
    await mirror.fetch(signal);
    const { from, tags } = await deployed();
    const to = tags.find(({ tag }) => tag === '1.1.0+1')!;
    expect(tagsOnTheWay({ from, to, tags }).map(({ tag }) => tag)).to.deep.equal(['1.1.0+1', '1.0.1+1']);
    const unknown = { version: 'main', commit: from.commit };
    expect(tagsOnTheWay({ from: unknown, to, tags }).map(({ tag }) => tag)).to.deep.equal(['1.1.0+1', '1.0.1+1', BASE]);
  });
});
