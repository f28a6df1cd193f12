import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readLease } from '../../../lib/known-good/lease.ts';
import { readEvents } from '../../../lib/store/reader.ts';
import { CANONICAL_DOMAIN, enrol, type Notes, notesBench } from './enrolled.ts';
import { outcome, quick, quickBench } from './quick-bench.ts';

describe('a quick run with nothing to reattach', function () {
  this.timeout(120_000);
  let notes: Notes;
  afterEach(() => notes.bench.close());

  const events = async (name: string) => {
    const { stateDirectory } = notes.bench.settings;
    const all = await readEvents({ stateDirectory, limit: 100 }, { kind: 'Run', name });
    return all.filter(({ reason }) => reason === 'FallbackToCold').map(({ message }) => message);
  };
  const expectCold = async (name: string, fallback: string, spec: object = {}) => {
    const status = await quick(notes, name, spec);
    expect(outcome(status)).to.equal('True/Passed');
    expect(status).to.include({ mode: 'Cold', fallback, confidence: 'High' });
    expect(status.stages?.map((stage) => stage.name)).to.deep.equal([
      ...['Prepare', 'Lint', 'Install', 'Upgrade', 'Backup', 'Restore', 'Custom', 'Teardown', 'Promote'],
    ]);
    expect(status.domain).to.not.equal(CANONICAL_DOMAIN);
    expect(await events(name)).to.have.lengthOf(1);
    expect((await events(name))[0]).to.include(fallback);
    return status;
  };

  it('is made cold: NoCanonical', async () => {
    notes = await notesBench();
    await expectCold('q', 'NoCanonical', { source: notes.recipe.directory });
  });

  it('is made cold: NoKnownGood; the lease is free, and the green cold run promotes as any', async () => {
    notes = await notesBench();
    await enrol(notes);
    const status = await expectCold('q', 'NoKnownGood');
    expect(status.promotion?.result).to.equal('Promoted');
    expect(await readLease(notes.bench.knownGood('notes').directory)).to.equal(undefined);
  });

  for (const [what, spoil] of [
    ['a file of it differs', (set: string) => writeFile(join(set, 'volumes/data/note'), 'spoilt')],
    ['its manifest is lost', (set: string) => rm(join(set, 'manifest.json'))],
  ] as const) {
    it(`is made cold: SnapshotDamaged, where ${what}; what is live stays as it is`, async () => {
      notes = await quickBench();
      const store = notes.bench.knownGood('notes');
      await spoil(store.sets.pathOf((await store.pointerId()) ?? ''));
      const calls = notes.bench.platform.calls.length;
      await expectCold('q', 'SnapshotDamaged', { promotion: 'Never' });
      const touched = notes.bench.platform.calls
        .slice(calls)
        .filter(({ domain, method }) => domain === CANONICAL_DOMAIN && ['deploy', 'destroy'].includes(method));
      expect(touched).to.deep.equal([]);
    });
  }

  it('decides once: an attempt that is cut off afterwards is cold again', async () => {
    notes = await notesBench();
    await enrol(notes);
    await notes.bench.write('Run', 'q', { recipe: 'notes', mode: 'Quick', promotion: 'Never' });
    const installs = async () =>
      (await notes.bench.journal('q').catch(() => undefined))?.memory?.cursor.stage === 'Install';
    await notes.bench.until(installs, 'Install');
    await notes.bench.restart();
    const status = await notes.bench.finish('q');
    expect(status).to.include({ mode: 'Cold', fallback: 'NoKnownGood', verdict: 'Passed' });
    expect(await events('q')).to.have.lengthOf(1);
  });
});
