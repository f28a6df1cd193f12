import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalSpec, RunStatus } from '../../../lib/api/index.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { CANONICAL_DOMAIN, DATA, enrol, HEALTHY, type Notes, notesBench } from '../run/enrolled.ts';

const signal = new AbortController().signal;

describe('a promotion beside a damaged known-good', function () {
  this.timeout(60_000);
  let notes: Notes;
  let good: string;
  let minor = 1;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes);
    await run('r1');
    good = (await store().pointerId()) ?? '';
    await writeFile(live('precious'), 'nowhere else');
  });
  afterEach(() => notes.bench.close());

  const store = () => notes.bench.knownGood('notes');
  const live = (file: string): string => join(notes.bench.platform.directory, CANONICAL_DOMAIN, 'data', file);
  const damage = () => appendFile(join(store().sets.pathOf(good), 'volumes/data/note'), 'tampered');
  const run = async (name: string): Promise<RunStatus> => {
    await notes.bench.write('Run', name, { recipe: 'notes' });
    return await notes.bench.finish(name);
  };
  const release = async (): Promise<void> => {
    minor += 1;
    const version = `1.${minor}.0+1.${minor}.0`;
    notes.bench.platform.behave(await releaseRecipe(notes.recipe, { version }), HEALTHY);
  };
  const asides = async () => (await store().asides.list()).map(({ id }) => id);
  const precious = async () => {
    const [id = ''] = await asides();
    return await readFile(join(store().asides.directory, id, 'volumes/data/precious'), 'utf8');
  };
  const ids = async () => (await store().sets.list()).map(({ id }) => id);
  const keep = (generations: number): Partial<CanonicalSpec> => ({ keep: { generations }, ci: { data: DATA } });

  it('T81 I15 starts fresh, and keeps that generation and what was live', async () => {
    await damage();
    await release();
    expect((await run('r2')).promotion?.result).to.equal('Promoted');
    const pointer = await store().pointer();
    expect(pointer?.id).not.to.equal(good);
    expect(pointer?.manifest).not.to.have.property('parent');
    expect(existsSync(live('precious'))).to.equal(false);
    expect(await precious()).to.equal('nowhere else');
    expect(await ids()).to.include(good);
  });

  for (const { what, act } of [
    { what: 'whose manifest is garbage', act: () => writeFile(join(store().sets.pathOf(good), 'manifest.json'), '{') },
    { what: 'without its volumes', act: () => rm(join(store().sets.pathOf(good), 'volumes'), { recursive: true }) },
    { what: 'whose directory is gone whole', act: () => rm(store().directory, { recursive: true }) },
  ]) {
    it(`T81 I15 keeps what was live beside one ${what} @nightly`, async () => {
      await act();
      await release();
      expect((await run('r2')).promotion?.result).to.equal('Promoted');
      expect(await precious()).to.equal('nowhere else');
    });
  }

  it('T81 keeps both until the new line has as many generations as are kept @nightly', async () => {
    await enrol(notes, keep(3));
    await damage();
    for (const name of ['r2', 'r3']) {
      await release();
      await run(name);
      expect(await ids()).to.include(good);
      expect(await precious()).to.equal('nowhere else');
    }
    await release();
    await run('r4');
    expect(await ids())
      .to.have.lengthOf(3)
      .and.not.include(good);
    expect(await asides()).to.deep.equal([]);
  });

  it('I12 the new line descends from releases of the source of the Canonical, like the old one @nightly', async () => {
    await damage();
    for (const name of ['r2', 'r3']) {
      await release();
      await run(name);
    }
    const tags = notes.recipe.git('for-each-ref', '--format=%(*objectname)', 'refs/tags').split('\n');
    for (const { manifest } of await store().sets.list()) {
      expect(manifest.source).to.equal(notes.recipe.directory);
      expect(tags).to.include(manifest.commit);
      const parent = manifest.parent === undefined ? undefined : await store().sets.get(manifest.parent);
      expect(parent === undefined).to.equal(manifest.parent === undefined);
    }
    expect((await store().pointer())?.manifest.parent).to.be.a('string');
  });

  it('T81 one that fails keeps both, however often, and sets aside once only @nightly', async () => {
    await damage();
    const { platform } = notes.bench;
    const deploy = platform.deploy.bind(platform);
    await release();
    platform.deploy = async (prepared, abort) => {
      await deploy(prepared, abort);
      if (prepared.app.domain === CANONICAL_DOMAIN) await appendFile(live('half-made'), 'x');
      if (prepared.app.domain === CANONICAL_DOMAIN) throw new Error('the deploy failed at its end');
    };
    for (const name of ['r2', 'r3']) expect((await run(name)).promotion?.result).to.equal('Failed');
    platform.deploy = deploy;
    expect(await asides()).to.have.lengthOf(1);
    expect((await run('r4')).promotion?.result).to.equal('Promoted');
    expect(existsSync(live('half-made'))).to.equal(false);
    expect(await asides()).to.have.lengthOf(1);
    expect(await precious()).to.equal('nowhere else');
    expect(await ids()).to.include(good);
  });

  it('T81 I8 a crash in the middle of setting aside loses nothing', async () => {
    await damage();
    await release();
    await notes.bench.write('Run', 'r2', { recipe: 'notes' });
    const begun = async () => (await asides().catch(() => [])).length > 0;
    await notes.bench.until(begun, 'the aside');
    const [aside] = await store().asides.list();
    await writeFile(
      join(store().asides.directory, aside?.id ?? '', 'aside.json'),
      JSON.stringify({ ...aside, state: 'Moving' }),
    );
    await notes.bench.restart();
    await notes.bench.finish('r2');
    expect(await precious()).to.equal('nowhere else');
    expect((await store().asides.list()).map(({ state }) => state)).to.deep.equal(['Kept']);
  });

  it('T81 I1 the intact ancestor of a damaged one is what the next version starts from @nightly', async () => {
    await release();
    await run('r2');
    const newest = (await store().pointerId()) ?? '';
    await appendFile(join(store().sets.pathOf(newest), 'volumes/data/note'), 'tampered');
    await release();
    await run('r3');
    expect((await store().pointer())?.manifest.parent).to.equal(good);
    expect((await store().sets.verify((await store().pointerId()) ?? '', signal)).state).to.equal('Intact');
  });

  // The other codes are asked of the look itself, in verify-set.test.ts.
  for (const code of ['EMFILE', 'EIO']) {
    it(`T81 ${code} for good fails it, and touches nothing: generation, volumes, pointer @nightly`, async () => {
      await release();
      await notes.bench.write('Run', 'r2', { recipe: 'notes' });
      const begun = async () =>
        (await notes.bench.journal('r2').catch(() => undefined))?.promotionMemory?.steps?.done.includes('MarkDirty') ===
        true;
      await notes.bench.until(begun, 'the promotion');
      notes.bench.reader.failNext('digest', code, 20);
      const status = await notes.bench.finish('r2');
      expect(status.promotion).to.deep.include({ result: 'Failed', reason: 'Failed' });
      expect(JSON.stringify(status.stages)).to.include(code);
      expect(await store().pointerId()).to.equal(good);
      expect(await readFile(live('precious'), 'utf8')).to.equal('nowhere else');
      expect(await asides()).to.deep.equal([]);
    });
  }
});
