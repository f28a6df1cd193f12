import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { describeTree, fields, makeScratch, realTools, ScratchApp } from '../snapshot/scratch.ts';

const never = new AbortController().signal;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

describe('KnownGoodStore', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let app: ScratchApp;
  let store: KnownGoodStore;
  let now: number;

  beforeEach(() => {
    scratch = makeScratch();
    app = new ScratchApp(scratch.path);
    app.fill('good');
    store = new KnownGoodStore({ directory: join(scratch.path, 'canonicals', 'notes') });
    now = 1_700_000_000_000;
  });
  afterEach(() => scratch.remove());

  async function make(id: string, parent?: string): Promise<void> {
    now += 1000;
    await makeSet({
      id,
      directory: store.sets.directory,
      volumes: [app.volume('data')],
      envFile: app.envFile,
      secretsDirectory: app.secretsDirectory,
      fields: { ...fields, ...(parent === undefined ? {} : { parent }) },
      assertUndeployed: async () => {},
      clock: { ...systemClock, now: () => now },
      tools: realTools(),
    });
  }

  /** a ← b ← c, c is the known-good. */
  async function makeLine(): Promise<void> {
    await make('a');
    await make('b', 'a');
    await make('c', 'b');
    await store.swap('c', never);
  }

  const damage = (id: string): void => fs.appendFileSync(join(store.sets.pathOf(id), 'volumes', 'data', 'big'), 'x');
  const onDisk = (): string[] => fs.readdirSync(store.sets.directory).sort();

  it('has nothing at first', async () => {
    expect(await store.pointer()).to.equal(undefined);
    expect(await store.sets.list()).to.deep.equal([]);
    expect(await store.collect({ keep: 2, referenced: new Set() })).to.deep.equal([]);
    expect((await store.volumesState()).state).to.equal('Unknown');
  });

  it('names a set by a relative link, so that the state directory can move', async () => {
    await make('a');
    await store.swap('a', never);
    await store.swap('a', never);
    expect(fs.readlinkSync(join(store.directory, 'known-good'))).to.equal('generations/a');
    expect((await store.pointer())?.manifest.run?.uid).to.equal('uid-1');
    expect(fs.readdirSync(store.directory).sort()).to.deep.equal(['generations', 'known-good', 'known-good.json']);
  });

  it('I1 refuses to name a set that lacks a part, is unfinished or absent; the old one stands', async () => {
    await make('a');
    await store.swap('a', never);
    await make('b', 'a');
    fs.rmSync(join(store.sets.pathOf('b'), 'volumes/data'), { recursive: true });
    expect(await codeOf(store.swap('b', never))).to.equal('Damaged');
    expect(await codeOf(store.swap('nowhere', never))).to.equal('DataMissing');
    fs.unlinkSync(join(store.sets.pathOf('b'), 'manifest.json'));
    expect(await codeOf(store.swap('b', never))).to.equal('DataMissing');
    expect(await codeOf(store.swap('../a', never))).to.equal('InvalidInput');
    expect((await store.pointer())?.id).to.equal('a');
  });

  it('I1 swaps although a crash left a temporary link', async () => {
    await make('a');
    fs.symlinkSync('generations/zzz', join(store.directory, '.tmp-known-good'));
    await store.swap('a', never);
    expect((await store.pointer())?.id).to.equal('a');
  });

  it('says damage where the link names nothing usable', async () => {
    await make('a');
    await store.swap('a', never);
    fs.renameSync(store.sets.pathOf('a'), join(store.sets.directory, 'gone'));
    expect(await codeOf(store.pointer())).to.equal('Damaged');
    expect(await store.pointerId()).to.equal('a');
    fs.unlinkSync(join(store.directory, 'known-good'));
    fs.writeFileSync(join(store.directory, 'known-good'), 'a');
    expect(await codeOf(store.pointer())).to.equal('Damaged');
  });

  it('lists generations newest first, without unfinished ones', async () => {
    await makeLine();
    fs.mkdirSync(join(store.sets.directory, '.tmp-d'));
    fs.mkdirSync(join(store.sets.directory, 'strange'));
    expect((await store.sets.list()).map((generation) => generation.id)).to.deep.equal(['c', 'b', 'a']);
  });

  it('I12 finds the newest intact ancestor by parent, not by time', async () => {
    await makeLine();
    await make('z');
    expect((await store.sets.newestIntactAncestor('c', never))?.id).to.equal('b');
    damage('b');
    expect((await store.sets.newestIntactAncestor('c', never))?.id).to.equal('a');
    damage('a');
    expect(await store.sets.newestIntactAncestor('c', never)).to.equal(undefined);
    expect(await store.sets.newestIntactAncestor('a', never)).to.equal(undefined);
  });

  it('does not loop on manifests that name each other', async () => {
    await make('a', 'b');
    await make('b', 'a');
    damage('a');
    expect(await store.sets.newestIntactAncestor('b', never)).to.equal(undefined);
  });

  it('I6 collects what nothing needs: not the pointer, its newest ancestors, nor what is referenced', async () => {
    await makeLine();
    await make('run-unfinished', 'c');
    await make('over', 'c');
    const removed = await store.collect({ keep: 2, referenced: new Set(['run-unfinished']) });
    expect(removed).to.deep.equal(['a', 'over']);
    expect(onDisk()).to.deep.equal(['b', 'c', 'run-unfinished']);
    expect(await store.collect({ keep: 0, referenced: new Set() })).to.deep.equal(['b', 'run-unfinished']);
    expect(onDisk()).to.deep.equal(['c']);
  });

  it('I6 removes what crashes left, but nothing of an operation that goes on', async () => {
    await makeLine();
    for (const name of ['.tmp-dead', '.tmp-alive', '.trash-x']) {
      fs.mkdirSync(join(store.sets.directory, name, 'volumes'), { recursive: true });
    }
    await store.collect({ keep: 3, referenced: new Set(['alive']) });
    expect(onDisk()).to.deep.equal(['.tmp-alive', 'a', 'b', 'c']);
  });

  it('I15 collects no complete generation while the pointer is absent, foreign or unreadable', async () => {
    await makeLine();
    for (const name of ['known-good', 'known-good.json']) fs.unlinkSync(join(store.directory, name));
    expect(await store.collect({ keep: 1, referenced: new Set() })).to.deep.equal([]);
    fs.symlinkSync('generations/nowhere', join(store.directory, 'known-good'));
    expect(await store.collect({ keep: 1, referenced: new Set() })).to.deep.equal([]);
    fs.unlinkSync(join(store.directory, 'known-good'));
    await store.swap('c', never);
    fs.truncateSync(join(store.sets.pathOf('c'), 'manifest.json'), 5);
    expect(await store.collect({ keep: 1, referenced: new Set() })).to.deep.equal([]);
    expect(onDisk()).to.deep.equal(['a', 'b', 'c']);
  });

  it('I15 keeps everything behind an ancestor that cannot be read', async () => {
    await makeLine();
    fs.truncateSync(join(store.sets.pathOf('b'), 'manifest.json'), 5);
    expect(await store.collect({ keep: 2, referenced: new Set() })).to.deep.equal([]);
    expect(onDisk()).to.deep.equal(['a', 'b', 'c']);
  });

  it('I2 reading and verifying leave every byte as it was', async () => {
    await makeLine();
    const before = describeTree(store.directory);
    await store.pointer();
    await store.sets.list();
    await store.sets.verify('c', never);
    await store.sets.newestIntactAncestor('c', never);
    expect(describeTree(store.directory)).to.deep.equal(before);
  });

  it('journals the state of the volumes', async () => {
    await store.setVolumesState({ state: 'Clean', generation: 'a' });
    expect(await store.volumesState()).to.deep.equal({ state: 'Clean', generation: 'a' });
    await store.setVolumesState({ state: 'Dirty', generation: 'a' });
    expect(await store.volumesState()).to.deep.equal({ state: 'Dirty', generation: 'a' });
    await store.setVolumesState({ state: 'Missing' });
    expect(await store.volumesState()).to.deep.equal({ state: 'Missing' });
  });

  it('takes a state that it cannot read for unknown, never for clean', async () => {
    fs.mkdirSync(store.directory, { recursive: true });
    for (const text of ['', '{"state":"Cle', '{"state":"Clean"}', '{"state":"Fresh","generation":"a"}', '[]', 'null']) {
      fs.writeFileSync(join(store.directory, 'volumes.json'), text);
      expect(await store.volumesState(), text).to.deep.equal({ state: 'Unknown' });
    }
  });

  describe('whose link', () => {
    const link = (): string => join(store.directory, 'known-good');
    const spoil = {
      'is lost': () => fs.rmSync(link()),
      'is an empty file': () => {
        fs.rmSync(link());
        fs.writeFileSync(link(), '');
      },
      'names nothing': () => {
        fs.rmSync(link());
        fs.symlinkSync('..', link());
      },
      'is the one of before': () => {
        fs.rmSync(link());
        fs.symlinkSync('generations/b', link());
      },
    } as const;

    for (const [what, act] of Object.entries(spoil)) {
      it(`T84 I1 ${what} gets it back`, async () => {
        await makeLine();
        act();
        expect((await store.pointer())?.id).to.equal('c');
        expect(fs.readlinkSync(link())).to.equal('generations/c');
      });
    }

    for (const text of ['', '{', 'null', '{"id":5}', '{"id":"../x"}', '{"id":"b"}']) {
      it(`T84 I1 is there counts, whatever the note holds: ${text}`, async () => {
        await makeLine();
        fs.writeFileSync(join(store.directory, 'known-good.json'), text);
        expect(await store.pointerId()).to.equal('c');
      });
    }

    it('T84 I1 is lost with its note and its set gone says so, and names no other set', async () => {
      await makeLine();
      fs.rmSync(link());
      fs.rmSync(store.sets.pathOf('c'), { recursive: true });
      expect(await codeOf(store.pointer())).to.equal('Damaged');
      expect(await store.pointerId()).to.equal('c');
    });
  });
});
