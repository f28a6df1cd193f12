import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StageName } from '../../lib/api/generated/types.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { systemClock } from '../../lib/clock.ts';
import { boxCanonical, boxRepository } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import { namesOf } from './leftovers.ts';

const CANONICAL = { kind: 'Canonical', name: 'box' } as const;
const DOMAIN = 'warm-canon-box.ci.localhost';

/** Waits until nothing of the object is remembered. */
async function waitForgotten(bench: Bench, { kind, name }: ObjectKey): Promise<void> {
  await bench.waitFor(
    `${kind}/${name} to be forgotten`,
    () => !namesOf(join(bench.state, 'objects', kind)).includes(name),
  );
}

describe('an object whose file goes', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 3, deletionGrace: '300ms' });
    boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
    bench.apply('Canonical', 'box', boxCanonical('box'));
    await bench.start();
    await bench.waitCondition(CANONICAL, 'Ready', 'True');
    await bench.waitClean();
  });
  after(() => bench.dispose());

  it('T72 is a run in a stage: torn down, then forgotten, with all its files', () =>
    forgottenIn(['Install', 'Upgrade', 'Promote']));

  it('T72 is a run in another stage: torn down, then forgotten, with all its files @nightly', () =>
    forgottenIn(['Prepare', 'Restore']));

  async function forgottenIn(stages: readonly StageName[]): Promise<void> {
    await Promise.all(
      stages.map(async (stage) => {
        const name = `gone-in-${stage.toLowerCase()}`;
        const path = bench.apply('Run', name, { recipe: 'box', ref: '1.1.0+1.1.0' });
        await bench.waitFor(`${name} to get there`, async () => {
          const { stages: all } = await bench.runStatus(name);
          return (all?.find((one) => one.name === stage)?.result ?? 'Pending') !== 'Pending';
        });
        if (stage === 'Upgrade') rmSync(path);
        else await bench.ok('delete', `run/${name}`);
        await waitForgotten(bench, { kind: 'Run', name });
        expect(namesOf(bench.specs).filter((file) => file.includes(name))).to.deep.equal([]);
        expect(namesOf(join(bench.state, 'runs')).filter((file) => file.startsWith(name))).to.deep.equal([]);
      }),
    );
    await bench.waitClean();
    await bench.waitCondition(CANONICAL, 'Ready', 'True');
  }

  it('keeps the verdict and loses the artifacts when their time is over @nightly', async () => {
    bench.apply('Run', 'brief', { recipe: 'box', ref: '1.0.0+1.0.0', ttlAfterFinished: '200ms' });
    const over = await bench.waitOver('brief');
    await bench.waitFor('the artifacts to go', async () => {
      const there = namesOf(join(bench.state, 'runs')).some((file) => file.startsWith('brief-'));
      return !there && !(await bench.runStatus('brief')).artifacts;
    });
    const { verdict, level } = await bench.runStatus('brief');
    expect({ verdict, level }).to.deep.equal({ verdict: over.verdict, level: over.level });
  });

  it('is a canonical that comes back within its retention with its data and its uid', async () => {
    const before = await bench.object('Canonical', 'box');
    const generation = (await bench.canonicalStatus('box')).knownGood?.generation;
    rmSync(join(bench.specs, 'box.canonical.yaml'));
    await bench.waitFor('the deletion to start', async () => {
      const { conditions, deletion } = await bench.canonicalStatus('box');
      return conditionOf({ conditions }, 'Ready')?.reason === 'Deleting' && deletion?.remaining.includes('volume data');
    });
    expect(await bench.ok('get', 'can/box')).to.include('Deleting');
    await bench.restart();
    expect(existsSync(join(bench.state, 'canonicals', 'box', 'known-good'))).to.equal(true);
    bench.apply('Canonical', 'box', boxCanonical('box', { dataRetention: '1s' }));
    await bench.waitCondition(CANONICAL, 'Ready', 'True');
    expect((await bench.object('Canonical', 'box'))?.object?.uid).to.equal(before?.object?.uid);
    expect((await bench.canonicalStatus('box')).knownGood?.generation).to.equal(generation);
  });

  it('is a canonical of which nothing stays after its retention', async () => {
    rmSync(join(bench.specs, 'box.canonical.yaml'));
    await waitForgotten(bench, CANONICAL);
    expect(namesOf(join(bench.state, 'canonicals'))).to.deep.equal([]);
    expect(namesOf(join(bench.state, 'apps'))).not.to.include(DOMAIN);
    expect(await bench.claims()).to.deep.equal([]);
    expect(namesOf(bench.specs).filter((file) => file.startsWith('box'))).to.deep.equal([]);
    await bench.waitClean();
  });

  it('is a canonical whose seed ends with it', async () => {
    bench.apply('Canonical', 'box', boxCanonical('box', { dataRetention: '0s' }));
    const seed = await bench.waitFor('the seed to be under way', async () => {
      const run = (await bench.claims()).find(({ kind }) => kind === 'Run')?.name;
      return run;
    });
    await bench.ok('delete', 'can/box');
    await waitForgotten(bench, CANONICAL);
    const over = await bench.waitOver(seed);
    expect(conditionOf(over, 'Succeeded')?.reason).to.equal('Cancelled');
    await bench.waitClean();
    expect(namesOf(join(bench.state, 'canonicals'))).to.deep.equal([]);
  });
});

describe('many files that go at once', function () {
  this.timeout(240_000);
  const names = ['one', 'two', 'three'];
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', deletionGrace: '300ms' });
    enrolAll();
    await bench.start();
    await bench.waitFor('all to be claimed', async () => (await bench.claims()).length === names.length);
  });
  after(() => bench.dispose());

  function enrolAll(): void {
    for (const name of names)
      bench.apply('Canonical', name, boxCanonical(name, { seed: 'Manual', dataRetention: '0s' }));
  }

  async function assertKept(): Promise<void> {
    await bench.waitFor('the missing source to be said', async () =>
      (await bench.ccctl('get', 'can')).stderr.includes('SourceUnavailable'),
    );
    const events = readFileSync(join(bench.state, 'events.jsonl'), 'utf8');
    expect(events).to.include('SourceUnavailable');
    await systemClock.sleep(1_000); // three times the grace: long enough to see a deletion that should not be
    expect((await bench.claims()).map(({ name }) => name)).to.have.members(names);
  }

  it('F3 T51 are kept while the whole directory is away', async () => {
    renameSync(bench.specs, `${bench.specs}.away`);
    await assertKept();
    renameSync(`${bench.specs}.away`, bench.specs);
    await systemClock.sleep(500);
    expect((await bench.claims()).map(({ name }) => name)).to.have.members(names);
  });

  it('F3 are kept until somebody confirms', async () => {
    for (const name of names.slice(0, 2)) rmSync(join(bench.specs, `${name}.canonical.yaml`));
    await assertKept();
    await bench.ok('delete', '--confirm-mass');
    await bench.waitFor('the confirmed ones to go', async () => (await bench.claims()).length === 1);
    await waitForgotten(bench, { kind: 'Canonical', name: 'one' });
    expect((await bench.claims())[0]?.name).to.equal('three');
  });
});
