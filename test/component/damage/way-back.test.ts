import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { releaseRecipe } from '../../builders/recipe.ts';
import { CANONICAL_DOMAIN, DATA, enrol, HEALTHY, type Notes, notesBench } from '../run/enrolled.ts';

const NEXT_VERSION = '1.2.0+1.2.0';

describe('the way back of a promotion', function () {
  this.timeout(60_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes, { ci: { data: DATA, upgrade: { base: { policy: 'None' } } } });
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    await notes.bench.finish('r1');
  });
  afterEach(() => notes.bench.close());

  /** Calls that take the canonical's app down, or up, from the `from`-th call on. */
  const touches = (from: number) =>
    notes.bench.platform.calls
      .slice(from)
      .filter(({ domain, method }) => domain === CANONICAL_DOMAIN && /^(un)?deploy$|^destroy$/.test(method));
  const promoteUpToRestore = async () => {
    notes.bench.platform.behave(await releaseRecipe(notes.recipe, { version: NEXT_VERSION }), HEALTHY);
    await notes.bench.write('Run', 'r2', { recipe: 'notes' });
    const begun = async () =>
      (await notes.bench.journal('r2').catch(() => undefined))?.promotionMemory?.steps?.done.includes('MarkDirty') ===
      true;
    await notes.bench.until(begun, 'the promotion');
    return notes.bench.platform.calls.length;
  };

  it('I14 is read in full before the app is taken down', async () => {
    const from = await promoteUpToRestore();
    notes.bench.reader.failNext('digest', 'EIO');
    await notes.bench.pass({ kind: 'Run', name: 'r2' });
    expect(notes.bench.reader.hasFailedAll()).to.equal(true);
    expect(touches(from)).to.deep.equal([]);
    expect((await notes.bench.finish('r2')).promotion?.result).to.equal('Promoted');
  });

  it('I14 with a commit that is nowhere any more lets nothing be taken down', async () => {
    const { recipe, bench } = notes;
    recipe.git('checkout', '--quiet', '--orphan', 'rewritten');
    bench.platform.behave(await releaseRecipe(recipe, { version: NEXT_VERSION }), HEALTHY);
    recipe.git('branch', '--quiet', '-D', 'main');
    recipe.git('branch', '--quiet', '-m', 'main');
    for (const tag of ['1.0.0+1.0.0', '1.1.0+1.1.0']) recipe.git('tag', '-d', tag);
    await rm(join(bench.settings.stateDirectory, 'recipes'), { recursive: true });
    await bench.restart();
    const good = await bench.knownGood('notes').pointerId();
    const from = bench.platform.calls.length;
    await bench.write('Run', 'r2', { recipe: 'notes' });
    const status = await bench.finish('r2');
    expect(status.verdict).to.equal('Passed');
    expect(status.promotion?.result).to.equal('Failed');
    expect(touches(from).filter(({ method }) => method !== 'undeploy')).to.deep.equal([]);
    expect(await bench.knownGood('notes').pointerId()).to.equal(good);
  });
});
