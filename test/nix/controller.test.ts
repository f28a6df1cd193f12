import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StoredObject } from '../../lib/store/store.ts';
import { Bench } from '../e2e/harness.ts';
import { Builds } from './built-set.ts';
import { libraries, Nix } from './nix.ts';

const [{ path: library } = { path: '' }] = libraries();

/** Canonicals that claim their domain and do no more. */
const canonical = (name: string, more = ''): string =>
  `canonicals.${name}.spec = { seed = "Manual"; app.recipe = "${name}"; ${more} };`;
const configurationOf = (...resources: string[]): string =>
  `{ services.cc-ci = { enable = true; settings.platform = "Process"; ${resources.join(' ')} }; }`;

const FIRST = configurationOf(canonical('notes'), canonical('wiki'), canonical('blog'), 'sweeps.weekly.spec = { };');
/** One is edited, one is gone, one is new, two are as they were. */
const SECOND = configurationOf(
  canonical('notes'),
  canonical('wiki', 'keep.generations = 3;'),
  canonical('forum'),
  'sweeps.weekly.spec = { };',
);

const TAKEN = configurationOf(canonical('notes'), canonical('wiki'), canonical('blog'), canonical('mine'));

const key = (name: string): { kind: 'Canonical'; name: string } => ({ kind: 'Canonical', name });

describe('generations of a configuration under a running controller', function () {
  this.timeout(240_000);
  let nix: Nix;
  let place: string;
  let bench: Bench;
  let sets: Record<'first' | 'second' | 'taken' | 'none', string>;

  before(() => {
    nix = new Nix();
    place = mkdtempSync(join(tmpdir(), 'cc-ci-sets-'));
    const builds = new Builds(nix, place);
    const built = (configuration: string): string => {
      const { exitCode, out, said } = builds.specs(library, configuration);
      if (exitCode !== 0) throw new Error(said);
      return out;
    };
    sets = { first: built(FIRST), second: built(SECOND), taken: built(TAKEN), none: built(configurationOf()) };
  });
  after(() => {
    nix.dispose();
    rmSync(place, { recursive: true, force: true });
  });

  const begin = async (deletionGrace: string): Promise<void> => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', deletionGrace });
    writeFileSync(join(bench.specs, 'mine.yaml'), dropped('mine'));
    mkdirSync(bench.state); // systemd does
    // As the unit does, before the controller has ever started.
    await bench.ok('validate', sets.first);
    await materialise('first');
    await bench.start();
    for (const name of ['notes', 'wiki', 'blog', 'mine']) await accepted(name);
  };
  afterEach(() => bench.dispose());

  const dropped = (name: string): string =>
    JSON.stringify({
      apiVersion: 'cc-ci/v1',
      kind: 'Canonical',
      metadata: { name },
      spec: { seed: 'Manual', app: { recipe: name } },
    });
  const materialise = (set: keyof typeof sets): Promise<string> => bench.ok('materialise', sets[set]);
  const objectOf = async (name: string): Promise<StoredObject | undefined> =>
    (await bench.object('Canonical', name))?.object;
  const accepted = (name: string): Promise<unknown> => bench.waitCondition(key(name), 'Accepted', 'True');
  const generationOf = async (name: string): Promise<number | undefined> => (await objectOf(name))?.generation;
  const problems = (): string => readFileSync(join(bench.state, 'problems.json'), 'utf8');
  const source = (): string => readFileSync(join(bench.state, 'source.json'), 'utf8');
  /** What no swap may change of an object that stays. */
  const standing = async (name: string): Promise<unknown> => {
    const { uid, generation, creationTimestamp, path, digest, deletion } = (await objectOf(name)) ?? {};
    const events = await bench.ok('events', `canonical/${name}`, '-o', 'json');
    return { uid, generation, creationTimestamp, path, digest, deletion, events };
  };

  it('are taken, switched to the next and back: no object is disturbed that did not change', async () => {
    await begin('1h');
    const before = { notes: await standing('notes'), mine: await standing('mine') };
    const [wiki, blog] = [await objectOf('wiki'), await objectOf('blog')];
    const link = readlinkSync(join(bench.specs, 'nix'));
    const status = join(bench.specs, 'nix/canonical-notes.yaml.status.yaml');
    const shown = readFileSync(status, 'utf8');

    await materialise('second');
    expect(readlinkSync(join(bench.specs, 'nix'))).to.not.equal(link);
    expect(readFileSync(status, 'utf8'), 'status from the first moment').to.equal(shown);
    await bench.waitFor('the edit to be seen', async () => (await generationOf('wiki')) === 2);
    await accepted('forum');
    expect((await objectOf('wiki'))?.uid).to.equal(wiki?.uid);
    await bench.waitFor('the absence', async () => (await objectOf('blog'))?.deletion?.state === 'Missing');

    await materialise('first');
    await bench.waitFor('the way back', async () => (await generationOf('wiki')) === 3);
    await bench.waitFor('the deletion to be off', async () => (await objectOf('blog'))?.deletion === undefined);
    expect((await objectOf('blog'))?.uid).to.equal(blog?.uid);
    await bench.waitFor('the new one to be missed', async () => (await objectOf('forum'))?.deletion !== undefined);
    expect({ notes: await standing('notes'), mine: await standing('mine') }).to.deep.equal(before);
  });

  it('delete what they declare no more, after the grace time, and nothing else', async () => {
    await begin('1s');
    const before = { notes: await standing('notes'), mine: await standing('mine') };
    await materialise('second');
    await bench.waitFor('it to be gone', async () => (await objectOf('blog')) === undefined);
    expect(existsSync(join(bench.specs, 'nix/canonical-blog.yaml.status.yaml'))).to.equal(false);
    expect({ notes: await standing('notes'), mine: await standing('mine') }).to.deep.equal(before);
  });

  it('take a file over that somebody dropped: the object stays the one it was', async () => {
    await begin('1h');
    const uid = (await objectOf('mine'))?.uid;
    await materialise('taken');
    await bench.waitFor('it to be told', () => problems().includes('DuplicateName'));
    rmSync(join(bench.specs, 'mine.yaml'));
    const path = join(bench.specs, 'nix/canonical-mine.yaml');
    await bench.waitFor('the object to move', async () => (await objectOf('mine'))?.path === path);
    expect(await objectOf('mine')).to.deep.include({ uid, generation: 1 });
  });

  it('are held where everything that they declared is gone at once, and it is said', async () => {
    await begin('1s');
    rmSync(join(bench.specs, 'mine.yaml'));
    await bench.waitFor(
      'the file that was dropped to go',
      async () => (await objectOf('mine'))?.deletion !== undefined,
    );
    await bench.waitFor('its deletion', async () => (await objectOf('mine')) === undefined);
    const uid = (await objectOf('notes'))?.uid;

    await materialise('none');
    await bench.waitFor('the guard', () => source().includes('MassDeletion'));
    expect((await bench.ccctl('get', 'canonicals')).stderr).to.contain('MassDeletion');
    // The grace time is over and over again meanwhile.
    const sinceMs = runningMs(bench.state);
    await bench.waitFor('more time than the grace', () => runningMs(bench.state) > sinceMs + 2_000);
    expect((await objectOf('notes'))?.deletion?.state).to.equal('Missing');

    await materialise('first');
    await bench.waitFor('the source to be complete', () => source().includes('"available":true'));
    await bench.waitFor('nothing to be missing', async () => (await objectOf('notes'))?.deletion === undefined);
    expect((await objectOf('notes'))?.uid).to.equal(uid);
  });

  it('stay in force, and what they were, over a restart and over a state of before', async () => {
    await begin('1s');
    const before = await standing('notes');
    await bench.stop();
    await materialise('first');
    await bench.start();
    await accepted('notes');
    expect(await standing('notes')).to.deep.equal(before);
    expect(existsSync(join(bench.state, 'materialised/nix'))).to.equal(true);
  });
});

/** 0 before it is first noted. */
function runningMs(state: string): number {
  const file = join(state, 'running-time.json');
  if (!existsSync(file)) return 0;
  return Math.max(...Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>).map(Number));
}
