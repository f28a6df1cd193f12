import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { acquireLease, readLease, releaseLease } from '../../../lib/known-good/lease.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { condition } from './bench.ts';
import {
  BASE_VERSION,
  CANONICAL_DOMAIN,
  DATA,
  enrol,
  HEAD_VERSION,
  HEALTHY,
  type Notes,
  notesBench,
} from './enrolled.ts';

const NEXT_VERSION = '1.2.0+1.2.0';

describe('the promotion of a green run', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes);
  });
  afterEach(() => notes.bench.close());

  const run = async (name: string, spec: object = {}): Promise<RunStatus> => {
    await notes.bench.write('Run', name, { recipe: 'notes', ...spec });
    return notes.bench.finish(name);
  };
  const signal = new AbortController().signal;
  const pointer = () => notes.bench.knownGood('notes').pointer();
  const expectDown = async () => {
    const { deployed } = await notes.bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal);
    expect(deployed).to.equal(false);
    expect(await readLease(notes.bench.knownGood('notes').directory)).to.equal(undefined);
  };
  const release = async () => {
    const commit = await releaseRecipe(notes.recipe, { version: NEXT_VERSION });
    notes.bench.platform.behave(commit, HEALTHY);
    return commit;
  };

  it('I1 makes a complete known-good of the tag, and leaves the app down', async () => {
    const status = await run('r1');
    expect(status.promotion).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
    const good = await pointer();
    expect(good?.manifest).to.deep.include({ commit: notes.head, version: HEAD_VERSION });
    expect((await notes.bench.knownGood('notes').sets.verify(good?.id ?? '', signal)).state).to.equal('Intact');
    await expectDown();
    expect(
      await readFile(join(notes.bench.knownGood('notes').sets.pathOf(good?.id ?? ''), 'volumes/data/note'), 'utf8'),
    ).to.equal('kept');
  });

  it('T40 the set says which images ran, on a platform that runs images @nightly', async () => {
    await run('r1', { ref: BASE_VERSION });
    expect((await pointer())?.manifest).to.not.have.property('images');
    Object.assign(notes.bench.settings, { platformKind: 'Swarm' });
    expect((await run('r2')).promotion?.result).to.equal('Promoted');
    const ran = await notes.bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal);
    expect(ran.deployed).to.equal(false);
    expect((await pointer())?.manifest.images).to.have.all.keys('app');
  });

  it('descends from the known-good before it, with its data', async () => {
    await run('r1', { ref: BASE_VERSION });
    const before = await pointer();
    expect((await run('r2')).promotion?.result).to.equal('Promoted');
    const after = await pointer();
    expect(after?.manifest.parent).to.equal(before?.id);
    expect(after?.manifest.commit).to.equal(notes.head);
  });

  for (const { reason, spec, why } of [
    { why: 'of a pull request', spec: { pullRequest: { number: 3 } }, reason: 'PullRequest' },
    { why: 'with an env of its own', spec: { env: { A: 'b' } }, reason: 'EnvOverridden' },
    { why: 'that does not want it', spec: { promotion: 'Never' }, reason: 'PromotionNever' },
    { why: 'of a branch', spec: { ref: 'refs/heads/side' }, reason: 'NotReleased' },
  ]) {
    it(`I4 skips a run ${why} @nightly`, async () => {
      notes.recipe.git('checkout', '--quiet', '-b', 'side');
      await notes.recipe.write('note.txt', 'x');
      notes.bench.platform.behave(notes.recipe.commit(), HEALTHY);
      notes.recipe.git('checkout', '--quiet', 'main');
      const status = await run('r1', spec);
      expect(status.verdict).to.equal('Passed');
      expect(status.promotion).to.deep.include({ result: 'Skipped', reason });
      expect(await pointer()).to.equal(undefined);
    });
  }

  it('I4 skips a run of an older release, and one whose tag moved @nightly', async () => {
    await run('r1');
    const good = await pointer();
    expect((await run('r2', { ref: BASE_VERSION })).promotion?.reason).to.equal('OlderThanKnownGood');
    await notes.recipe.write('other.txt', 'x');
    const moved = notes.recipe.commit();
    notes.bench.platform.behave(moved, HEALTHY);
    notes.recipe.git('tag', '--force', '--annotate', '--message', 'x', HEAD_VERSION, moved);
    expect((await run('r3')).promotion?.reason).to.equal('TagMoved');
    expect((await pointer())?.id).to.equal(good?.id);
  });

  it('I4 skips a run from another source, also where the Canonical names none @nightly', async () => {
    await notes.bench.write('Canonical', 'bare', { seed: 'Manual', app: { recipe: 'bare' } });
    await notes.bench.pass({ kind: 'Canonical', name: 'bare' });
    const status = await run('r1', { recipe: 'bare', source: notes.recipe.directory });
    expect(status.promotion).to.deep.include({ result: 'Skipped', reason: 'OtherSource' });
  });

  it('I4 skips while the Canonical is suspended @nightly', async () => {
    await enrol(notes, { suspend: true, ci: { data: DATA } });
    expect((await run('r1')).promotion).to.deep.include({ result: 'Skipped', reason: 'Suspended' });
  });

  it('T12 T17 that fails leaves the run green, the old known-good, and nothing running', async () => {
    await run('r1');
    const good = await pointer();
    await release();
    const { platform } = notes.bench;
    const deploy = platform.deploy.bind(platform);
    platform.deploy = async (prepared, abort) => {
      await deploy(prepared, abort);
      if (prepared.app.domain === CANONICAL_DOMAIN) throw new CcError('CommandFailed', 'the deploy failed at its end');
    };
    const status = await run('r2');
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(status.verdict).to.equal('Passed');
    expect(status.promotion).to.deep.include({ result: 'Failed' });
    expect((await pointer())?.id).to.equal(good?.id);
    expect((await notes.bench.knownGood('notes').volumesState()).state).to.equal('Dirty');
    await expectDown();
  });

  it('that fails without a known-good leaves no data either @nightly', async () => {
    notes.bench.platform.failNext('recordVolumes', new CcError('Internal', 'unused'));
    const { platform } = notes.bench;
    const deploy = platform.deploy.bind(platform);
    platform.deploy = async (prepared, abort) => {
      await deploy(prepared, abort);
      if (prepared.app.domain === CANONICAL_DOMAIN) throw new CcError('CommandFailed', 'the deploy failed at its end');
    };
    const status = await run('r1');
    expect(status.promotion?.result).to.equal('Failed');
    expect(await pointer()).to.equal(undefined);
    expect((await notes.bench.knownGood('notes').volumesState()).state).to.equal('Missing');
    expect(await platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).to.deep.equal([]);
    await expectDown();
  });

  it('waits for a lease that another holds, with its slot', async () => {
    const { directory } = notes.bench.knownGood('notes');
    await notes.bench.write('Run', 'other', { recipe: 'notes', suspend: true });
    await notes.bench.pass({ kind: 'Run', name: 'other' });
    const holder = { holder: 'other', uid: notes.bench.object({ kind: 'Run', name: 'other' }).uid, attempt: 1 };
    await acquireLease(directory, holder, notes.bench.clock);
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    const promoting = async () => (await notes.bench.journal('r1').catch(() => undefined))?.step === 'Promoting';
    await notes.bench.until(promoting, 'the promotion');
    for (let pass = 0; pass < 20; pass += 1) await notes.bench.step();
    expect((await notes.bench.journal('r1')).step).to.equal('Promoting');
    const { nextAction } = await notes.bench.status({ kind: 'Run', name: 'r1' });
    expect(nextAction?.reason).not.to.equal(undefined);
    await releaseLease(directory, holder);
    expect((await notes.bench.finish('r1')).promotion?.result).to.equal('Promoted');
  });

  for (const step of ['Restore', 'Deploy', 'MakeGeneration', 'Swap', 'Collect'] as const) {
    it(`I8 a crash after ${step} reaches the same end @nightly`, async () => {
      await notes.bench.write('Run', 'r1', { recipe: 'notes' });
      const done = async () =>
        (await notes.bench.journal('r1').catch(() => undefined))?.promotionMemory?.steps?.done.includes(step) ?? false;
      await notes.bench.until(done, step);
      await notes.bench.restart();
      const status = await notes.bench.finish('r1');
      expect(status.promotion).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
      expect((await notes.bench.knownGood('notes').sets.list()).length).to.equal(1);
      await expectDown();
    });
  }

  for (const step of ['Deploy', 'MakeGeneration', 'Swap'] as const) {
    it(`T71 a cancel after ${step} ends the promotion, not the verdict @nightly`, async () => {
      await notes.bench.write('Run', 'r1', { recipe: 'notes' });
      const done = async () =>
        (await notes.bench.journal('r1').catch(() => undefined))?.promotionMemory?.steps?.done.includes(step) ?? false;
      await notes.bench.until(done, step);
      await notes.bench.request({ kind: 'Run', name: 'r1' }, 'cancel');
      const status = await notes.bench.finish('r1');
      expect(condition(status, 'Succeeded')).to.equal('True/Passed');
      expect(status.promotion?.result).to.equal(step === 'Swap' ? 'Promoted' : 'Failed');
      await expectDown();
    });
  }

  it('T16 never deploys at a domain that the Canonical has not claimed', async () => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    const tests = async () =>
      (await notes.bench.journal('r1').catch(() => undefined))?.memory?.cursor.stage === 'Custom';
    await notes.bench.until(tests, 'Custom');
    const domain = 'live.example.org';
    const app = { recipe: 'notes', source: notes.recipe.directory, domain };
    await enrol(notes, { app, ci: { data: DATA } });
    const status = await notes.bench.finish('r1');
    expect(
      notes.bench.platform.calls.filter((call) => call.domain === domain && call.method === 'deploy'),
    ).to.deep.equal([]);
    expect(status.promotion).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
    expect((await pointer())?.manifest.domain).to.equal(CANONICAL_DOMAIN);
  });

  it('I13 an edit of the domain in the middle changes nothing of where it works', async () => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    const done = async () =>
      (await notes.bench.journal('r1').catch(() => undefined))?.promotionMemory?.steps?.done.includes('Deploy') ??
      false;
    await notes.bench.until(done, 'Deploy');
    const app = { recipe: 'notes', source: notes.recipe.directory, domain: 'live.example.org' };
    await enrol(notes, { app, ci: { data: DATA } });
    const status = await notes.bench.finish('r1');
    expect(status.promotion?.result).to.equal('Promoted');
    expect((await pointer())?.manifest.volumes.map(({ name }) => name)).to.deep.equal(['data']);
    await expectDown();
  });
});
