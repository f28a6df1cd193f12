import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { treeDigest } from '../../lib/fs/tree-digest.ts';
import { boxCanonical, boxFiles, boxRepository, emptyWhenWarm } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import type { RecipeRepository } from './recipes.ts';

const KEY = { kind: 'Canonical', name: 'box' } as const;

function readiness(status: object): { status: string; reason: string } | undefined {
  return conditionOf(status, 'Ready');
}

describe('the known-good of a canonical', function () {
  this.timeout(240_000);
  let bench: Bench;
  let repository: RecipeRepository;
  let generations: string;
  let liveItem: string;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 3 });
    repository = boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
    repository.branch('change', { 'notes.txt': 'a change that is not released\n' });
    generations = join(bench.state, 'canonicals', 'box', 'generations');
    liveItem = join(bench.state, 'apps', 'warm-canon-box.ci.localhost', 'volumes', 'data', 'item');
    bench.apply('Canonical', 'box', boxCanonical('box'));
    await bench.start();
    await bench.waitCondition(KEY, 'Ready', 'True');
    await bench.waitClean();
  });
  after(() => bench.dispose());

  async function generation(): Promise<string> {
    return (await bench.canonicalStatus('box')).knownGood?.generation ?? '';
  }

  /** Pointer and bytes of what is known to be good. */
  async function fingerprint(): Promise<string> {
    const id = await generation();
    return `${id} ${(await treeDigest(join(generations, id), new AbortController().signal)).digest}`;
  }

  async function test(name: string, spec: Record<string, unknown>): Promise<RunStatus> {
    bench.apply('Run', name, { recipe: 'box', ...spec });
    return bench.waitOver(name);
  }

  async function assertNotPromoted(name: string, spec: Record<string, unknown>, reason: string): Promise<void> {
    const before = await fingerprint();
    const over = await test(name, spec);
    expect(conditionOf(over, 'Succeeded')?.reason, JSON.stringify(over)).to.equal('Passed');
    expect(over.promotion).to.deep.include({ result: 'Skipped', reason });
    expect(over.stages?.at(-1)).to.include({ name: 'Promote', result: 'Skipped', reason });
    expect(await fingerprint()).to.equal(before);
  }

  it('was promoted by its seed, which tells how long that took', async () => {
    const { promotion, stages } = await bench.waitOver((await bench.canonicalStatus('box')).knownGood?.run ?? '');
    expect(promotion).to.deep.equal({ result: 'Promoted', version: '1.1.0+1.1.0', generation: await generation() });
    const { startTime = '', endTime = '' } = stages?.find(({ name }) => name === 'Promote') ?? {};
    const { endTime: tornDown = '' } = stages?.find(({ name }) => name === 'Teardown') ?? {};
    expect(Date.parse(startTime) - Date.parse(tornDown)).to.be.lessThan(Date.parse(endTime) - Date.parse(startTime));
  });

  it('lies ready while nothing runs: undeployed, its volumes kept', async () => {
    expect(readFileSync(liveItem, 'utf8')).to.equal('kept');
    expect((await bench.canonicalStatus('box')).volumes).to.deep.equal({
      state: 'Clean',
      generation: await generation(),
    });
  });

  it('comes back into a volume that was lost', async () => {
    rmSync(join(liveItem, '..'), { recursive: true });
    await bench.ok('reconcile', 'can/box');
    await bench.waitFor('the volume to be back', async () => {
      const { history, conditions } = await bench.canonicalStatus('box');
      return history?.[0]?.result === 'Restored' && conditionOf({ conditions }, 'Ready')?.status === 'True';
    });
    expect(readFileSync(liveItem, 'utf8')).to.equal('kept');
    await bench.waitClean();
  });

  it('does not change by what may not be promoted, and says why @nightly', async () => {
    await Promise.all([
      assertNotPromoted('older', { ref: '1.0.0+1.0.0' }, 'OlderThanKnownGood'),
      assertNotPromoted('branch', { ref: 'change' }, 'NotReleased'),
      assertNotPromoted('own-env', { ref: '1.1.0+1.1.0', env: { X: 'y' } }, 'EnvOverridden'),
      assertNotPromoted('pr', { ref: '1.1.0+1.1.0', pullRequest: { number: 3 } }, 'PullRequest'),
      assertNotPromoted('never', { ref: '1.1.0+1.1.0', promotion: 'Never' }, 'PromotionNever'),
    ]);
    await bench.waitClean();
  });

  it('does not change by a lightweight tag @nightly', async () => {
    const before = await fingerprint();
    repository.commit('Change without a release', boxFiles('1.2.0+1.2.0'));
    repository.git('tag', '1.2.0+1.2.0');
    const over = await test('lightweight', { ref: '1.2.0+1.2.0' });
    repository.git('tag', '--delete', '1.2.0+1.2.0');
    expect(over.stages?.find((stage) => stage.name === 'Lint')).to.include({ reason: 'LintErrors' });
    expect(over.promotion).to.include({ result: 'Skipped', reason: 'NotGreen' });
    expect(await fingerprint()).to.equal(before);
  });

  it('is not replaced by the same version of another commit @nightly', async () => {
    const before = repository.git('rev-parse', '1.1.0+1.1.0^{}');
    repository.commit('Change under a released version', boxFiles('1.1.0+1.1.0', { 'more.txt': 'more\n' }));
    repository.git('tag', '-f', '-a', '-m', 'moved', '1.1.0+1.1.0');
    await assertNotPromoted('moved', { ref: '1.1.0+1.1.0' }, 'TagMoved');
    repository.git('tag', '-f', '-a', '-m', 'back again', '1.1.0+1.1.0', before);
  });

  it('is left alone while the canonical is suspended @nightly', async () => {
    await bench.ok('suspend', 'can/box');
    await bench.waitFor('the suspension', async () => {
      return conditionOf(await bench.canonicalStatus('box'), 'Ready')?.reason === 'Suspended';
    });
    await assertNotPromoted('suspended', { ref: '1.1.0+1.1.0' }, 'Suspended');
    await bench.ok('resume', 'can/box');
    await bench.waitCondition(KEY, 'Ready', 'True');
  });

  async function damage(spoil: (generation: string) => void): Promise<void> {
    const before = await generation();
    await bench.stop();
    spoil(join(generations, before));
    await bench.start();
    await bench.waitFor('another generation', async () => {
      const status = await bench.canonicalStatus('box');
      return ![before, undefined].includes(status.knownGood?.generation) && readiness(status)?.status === 'True';
    });
    await bench.waitClean();
    expect(readFileSync(liveItem, 'utf8')).to.equal('kept');
  }

  it('is found damaged after a restart and seeded anew', async () => {
    await damage((directory) => {
      const item = join(directory, 'volumes', 'data', 'item');
      const bytes = readFileSync(item);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      writeFileSync(item, bytes);
    });
    const events = readFileSync(join(bench.state, 'objects/Canonical/box/events.jsonl'), 'utf8');
    expect(events).to.include('SnapshotDamaged');
  });

  it('is seeded anew where its manifest is lost @nightly', async () => {
    await damage((directory) => rmSync(join(directory, 'manifest.json')));
  });

  it('stands when a promotion fails, and the run stays green', async () => {
    const before = await fingerprint();
    repository.release('1.3.0+1.3.0', emptyWhenWarm('1.3.0+1.3.0'));
    const over = await test('fails-to-promote', { ref: '1.3.0+1.3.0' });
    expect(conditionOf(over, 'Succeeded')).to.include({ status: 'True', reason: 'Passed' });
    expect(over.promotion).to.include({ result: 'Failed' });
    expect(over.stages?.at(-1)).to.include({ name: 'Promote', result: 'Failed' });
    expect(over.stages?.at(-1)?.message).to.be.a('string').that.is.not.empty;
    expect(await fingerprint()).to.equal(before);
    await bench.waitClean();
    const status = await bench.canonicalStatus('box');
    expect(conditionOf(status, 'Ready')?.status).to.equal('True');
    expect(status.volumes).to.include({ state: 'Dirty' });
    repository.release('1.4.0+1.4.0', boxFiles('1.4.0+1.4.0'));
    expect((await test('promotes', { ref: '1.4.0+1.4.0' })).promotion?.result).to.equal('Promoted');
    await bench.waitClean();
  });
});
