import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalSpec, CanonicalStatus, RunStatus } from '../../../lib/api/index.ts';
import { readEvents } from '../../../lib/store/reader.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { condition, GRACE_MS, stageOf } from '../run/bench.ts';
import {
  BASE_VERSION,
  CANONICAL_DOMAIN,
  DATA,
  enrol,
  HEAD_VERSION,
  HEALTHY,
  type Notes,
  notesBench,
} from '../run/enrolled.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;

describe('an edit of a canonical that is refused', function () {
  this.timeout(60_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench({ resyncMs: 60_000 });
  });
  afterEach(() => notes.bench.close());

  const status = async () => (await notes.bench.status(KEY)) as CanonicalStatus;
  const run = async (name: string, spec: object = {}): Promise<RunStatus> => {
    await notes.bench.write('Run', name, { recipe: 'notes', ...spec });
    return notes.bench.finish(name);
  };
  const pointer = () => notes.bench.knownGood('notes').pointer();
  const app = (overrides: Partial<CanonicalSpec['app']> = {}) => ({
    recipe: 'notes',
    source: notes.recipe.directory,
    ...overrides,
  });
  const marked = (name: string): NonNullable<CanonicalSpec['ci']> => ({
    data: DATA,
    tests: [{ name, command: ['./pass.sh'], from: 'Profile' }],
  });
  const enrolled = async () => {
    await notes.bench.profile('notes', 'pass.sh', '#!/bin/sh\nexit 0\n');
    await enrol(notes, { ci: marked('old') });
  };
  const testsOf = (ended: RunStatus) => stageOf(ended, 'Custom').tests?.map(({ name }) => name);

  const EDITS: readonly [string, Partial<CanonicalSpec['app']>][] = [
    ['recipe', { recipe: 'hello' }],
    ['domain', { domain: 'other.example.org' }],
  ];
  for (const [field, change] of EDITS) {
    it(`T102 changes nothing for runs: another ${field} together with other tests`, async () => {
      await enrolled();
      await enrol(notes, { app: app(change), ci: marked('new') });
      expect(condition(await status(), 'Accepted')).to.equal('False/ImmutableField');
      const ended = await run('r1');
      expect(testsOf(ended)).to.deep.equal(['old']);
      expect(ended.promotion).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
      expect((await pointer())?.manifest).to.deep.include({ recipe: 'notes', domain: CANONICAL_DOMAIN });
    });

    it(`I12 T102 made while the controller was down: another ${field}, the first thing it sees @nightly`, async () => {
      await enrolled();
      await run('r1', { ref: BASE_VERSION });
      await writeFile(
        join(notes.bench.settings.specDirectory, 'notes.yaml'),
        JSON.stringify({
          apiVersion: 'cc-ci/v1',
          kind: 'Canonical',
          metadata: { name: 'notes' },
          spec: { seed: 'Manual', app: app(change), ci: marked('new') },
        }),
      );
      await notes.bench.restart();
      const ended = await run('r2');
      expect(condition(await status(), 'Accepted')).to.equal('False/ImmutableField');
      expect(condition(await status(), 'Ready')).to.equal('True/KnownGood');
      expect(testsOf(ended)).to.deep.equal(['old']);
      expect((await pointer())?.manifest).to.deep.include({ recipe: 'notes', run: { name: 'r2', uid: uidOf('r2') } });
    });
  }

  const uidOf = (name: string) => notes.bench.object({ kind: 'Run', name }).uid;

  it('I12 promotes nothing of the recipe that the edit names', async () => {
    await enrolled();
    const hello = await notes.bench.repository('hello');
    const commit = await releaseRecipe(hello, { version: '3.0.0+3.0.0' });
    notes.bench.platform.behave(commit, HEALTHY);
    await enrol(notes, { app: { recipe: 'hello', source: hello.directory } });
    const ended = await run('r1', { recipe: 'hello', source: hello.directory });
    expect(ended.promotion).to.deep.include({ result: 'Skipped', reason: 'NotEnrolled' });
    expect(testsOf(ended) ?? []).to.deep.equal([]);
    expect(await pointer()).to.equal(undefined);
    expect((await run('r2')).promotion).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
  });

  it('T70 put back, it is accepted again and exactly as before', async () => {
    await enrolled();
    const before = notes.bench.object(KEY);
    await enrol(notes, { app: app({ recipe: 'hello' }), ci: marked('new') });
    expect(await status()).to.deep.include({ observedGeneration: 1 });
    await enrol(notes, { ci: marked('old') });
    const { generation, validGeneration, accepted, refused, ...rest } = notes.bench.object(KEY);
    expect({ generation, validGeneration, accepted: accepted?.generation, refused }).to.deep.equal({
      generation: 3,
      validGeneration: 3,
      accepted: 3,
      refused: undefined,
    });
    const { generation: _, validGeneration: __, accepted: first, ...same } = before;
    expect(rest).to.deep.equal(same);
    expect(accepted?.spec).to.deep.equal(first?.spec);
    expect(await status()).to.deep.include({ observedGeneration: 3 });
    expect(condition(await status(), 'Accepted')).to.equal('True/Valid');
  });

  it('T102 that names the recipe of another takes nothing from the one that is enrolled, though it is older @nightly', async () => {
    await notes.bench.write('Canonical', 'aaa', { seed: 'Manual', app: { recipe: 'other', source: '/nowhere' } });
    await notes.bench.pass({ kind: 'Canonical', name: 'aaa' });
    await enrolled();
    await notes.bench.write('Canonical', 'aaa', { seed: 'Manual', app: app() });
    await notes.bench.pass({ kind: 'Canonical', name: 'aaa' });
    await notes.bench.pass(KEY);
    const aaa = await notes.bench.status({ kind: 'Canonical', name: 'aaa' });
    expect(condition(aaa, 'Accepted')).to.equal('False/ImmutableField');
    expect(condition(await status(), 'Accepted')).to.equal('True/Valid');
    expect((await run('r1')).promotion).to.deep.include({ result: 'Promoted' });
  });

  it('does not decide how its data is removed @nightly', async () => {
    await enrolled();
    await run('r1');
    await enrol(notes, { app: app({ recipe: 'hello' }), dataRetention: '1s', deletionPolicy: 'Delete' });
    const startedMs = notes.bench.store.runningMs();
    await notes.bench.remove('notes');
    await notes.bench.until(() => notes.bench.store.get(KEY) === undefined, 'the removal');
    expect(notes.bench.store.runningMs() - startedMs).to.be.above(7 * 24 * 3_600_000 - 1);
  });

  it('does not make another object of it when the file it was enrolled with returns @nightly', async () => {
    await enrolled();
    await run('r1');
    const { uid } = notes.bench.object(KEY);
    await enrol(notes, { app: app({ recipe: 'hello' }) });
    await notes.bench.remove('notes');
    expect(notes.bench.object(KEY).deletion?.state).to.equal('Started');
    await enrol(notes, { ci: marked('old') });
    expect(notes.bench.object(KEY)).to.deep.include({ uid });
    expect(notes.bench.object(KEY).deletion).to.equal(undefined);
  });

  it('while the first spec was never accepted, runs are made without a profile @nightly', async () => {
    await notes.bench.write('Canonical', 'squat', {
      seed: 'Manual',
      app: { recipe: 'squat', source: notes.recipe.directory, domain: CANONICAL_DOMAIN },
    });
    await notes.bench.pass({ kind: 'Canonical', name: 'squat' });
    await enrol(notes, { ci: marked('old') });
    expect(condition(await status(), 'Accepted')).to.equal('False/DomainConflict');
    const ended = await run('r1', { source: notes.recipe.directory });
    expect(ended.promotion).to.deep.include({ result: 'Skipped', reason: 'NotEnrolled' });
    expect(await pointer()).to.equal(undefined);
    const events = await readEvents({ ...notes.bench.settings, limit: 50 }, { kind: 'Run', name: 'r1' });
    expect(events.map(({ reason }) => reason)).to.include('CanonicalNotAccepted');
  });

  it('a run that starts together with its canonical waits for the decision on it @nightly', async () => {
    await notes.bench.profile('notes', 'pass.sh', '#!/bin/sh\nexit 0\n');
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    const spec = { seed: 'Manual', app: app(), ci: { tests: marked('old').tests } };
    await notes.bench.write('Canonical', 'notes', spec);
    for (let pass = 0; pass < 4; pass += 1) await notes.bench.pass({ kind: 'Run', name: 'r1' });
    expect(testsOf(await notes.bench.finish('r1'))).to.deep.equal(['old']);
  });

  it('that owns nothing does not count in the mass guard: files of a recipe that is enrolled go at once', async () => {
    await enrolled();
    for (const name of ['twin', 'triplet']) {
      await notes.bench.write('Canonical', name, { seed: 'Manual', app: app() });
      await notes.bench.pass({ kind: 'Canonical', name });
    }
    for (const name of ['twin', 'triplet']) await rm(join(notes.bench.settings.specDirectory, `${name}.yaml`));
    await notes.bench.store.sync();
    notes.bench.clock.skippedMs += GRACE_MS * 2;
    await notes.bench.store.sync();
    for (const name of ['twin', 'triplet']) {
      expect(notes.bench.object({ kind: 'Canonical', name }).deletion?.state).to.equal('Started');
    }
  });

  it('leaves no claim on the domain of a spec that was edited before it was accepted', async () => {
    const { store } = notes.bench;
    const { accept } = store;
    store.accept = async () => {
      throw new Error('killed here');
    };
    await enrol(notes);
    expect((await store.claims.list()).map(({ domain }) => domain)).to.deep.equal([CANONICAL_DOMAIN]);
    store.accept = accept;
    await enrol(notes, { app: { recipe: 'notes', source: notes.recipe.directory, domain: 'other.example.org' } });
    await notes.bench.until(async () => condition(await status(), 'Accepted') === 'True/Valid', 'the acceptance');
    expect((await store.claims.list()).map(({ domain }) => domain)).to.deep.equal(['other.example.org']);
  });

  it('is not shown as accepted before its domain is claimed', async () => {
    const { claims } = notes.bench.store;
    const claim = claims.claim.bind(claims);
    claims.claim = async () => {
      throw new Error('killed here');
    };
    await enrol(notes);
    expect(condition(await status(), 'Accepted')).to.equal('Unknown/Pending');
    claims.claim = claim;
    await notes.bench.until(async () => condition(await status(), 'Accepted') === 'True/Valid', 'the claim');
    expect((await claims.get(CANONICAL_DOMAIN))?.uid).to.equal(notes.bench.object(KEY).uid);
  });
});
