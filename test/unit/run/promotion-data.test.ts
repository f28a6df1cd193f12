import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PromotionMemory } from '../../../controllers/run/journal.ts';
import { performPromotionStep } from '../../../controllers/run/promotion/acts.ts';
import type { Promotion } from '../../../controllers/run/promotion/promotion.ts';
import type { PreparedContext } from '../../../controllers/run/stage.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { CANARY } from '../../../lib/canary/canary.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import type { PromotionFacts, PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import { Limits } from '../../../lib/runtime/limits.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { siblingsOf } from '../../../lib/snapshot/sibling-names.ts';
import { HEAD, resolvedRun } from '../../builders/resolved-run.ts';
import { attemptMemory, testingJournal } from '../../builders/run-facts.ts';
import { enrolledCanonical } from '../../builders/stored-object.ts';
import { fields, realTools } from '../../component/snapshot/scratch.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

const WARM = 'warm.example.org';
const APP = { domain: WARM };
const never = new AbortController().signal;

describe('the data of a promotion', () => {
  let world: RunWorld;
  let platform: FakePlatform;
  let home: AppHome;
  let knownGood: KnownGoodStore;
  let memory: PromotionMemory;
  let context: PreparedContext;
  let facts: Partial<PromotionFacts>;

  beforeEach(async () => {
    world = new RunWorld();
    platform = await new FakePlatform({ clock: systemClock }).open();
    home = new AppHome(world.root, WARM);
    knownGood = new KnownGoodStore({ directory: join(world.root, 'canonicals/canon') });
    mkdirSync(knownGood.directory, { recursive: true });
    const backup = [{ volume: 'data', path: '.', digest: 'd' }];
    world.journal = testingJournal({ memory: attemptMemory({ backup }) });
    const steps = { operation: 'op1', process: 'this', begun: 1, done: [], undone: [] };
    memory = { stepStartedMs: 0, appliedMs: 0, up: false, seeded: false, steps };
    context = await world.prepared('Promote');
    Object.assign(context, { domain: WARM, home, applied: memory });
    Object.assign(context.services, { platform, runner: commandRunner, limits: new Limits() });
    facts = { volumes: { state: 'Missing' } };
    await write('good');
  });
  afterEach(async () => {
    await platform.close();
    world.close();
  });

  const volume = () => join(platform.directory, WARM, 'data');
  const live = async () => [readFileSync(join(volume(), 'note'), 'utf8'), await home.readEnv()];
  async function write(word: string): Promise<void> {
    await platform.ensureVolumes(APP, ['data'], never);
    writeFileSync(join(volume(), 'note'), word);
    await home.writeEnv(word);
    mkdirSync(home.secretsDirectory, { recursive: true });
    writeFileSync(join(home.secretsDirectory, 'key'), 'geheimnis');
  }
  async function promote(id: string, parent?: string): Promise<void> {
    await makeSet({
      ...{ id, directory: knownGood.sets.directory, volumes: await platform.volumes(APP, never), tools: realTools() },
      ...{ envFile: home.envFile, secretsDirectory: home.secretsDirectory, clock: world.clock },
      ...{ assertUndeployed: async () => {}, fields: { ...fields, ...(parent === undefined ? {} : { parent }) } },
    });
    await knownGood.swap(id, never);
    facts = { ...facts, knownGood: { id } };
  }
  const spoil = (id: string) => writeFileSync(join(knownGood.sets.pathOf(id), 'volumes/data/note'), 'spoilt');
  const act = (step: PromotionStep) => {
    const place = { name: 'canon', uid: 'uid-canon', domain: WARM };
    const canonical = enrolledCanonical({ name: 'canon' });
    const enrolled = { canonical, spec: canonical.spec };
    const holder = { holder: 'notes', uid: 'uid-notes', attempt: 1 };
    const target = { place, home, knownGood, holder, enrolled };
    return performPromotionStep(
      context,
      { journal: world.journal, memory, target, facts } as unknown as Promotion,
      step,
    );
  };
  const ended = async (step: PromotionStep) => {
    const outcome = await act(step);
    return outcome.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome.kind;
  };
  const methods = () => platform.calls.splice(0).map(({ method }) => method);

  describe('as it is put in place', () => {
    it('is that of the known-good: proven first, then the app goes, then it is Dirty', async () => {
      await promote('a');
      await write('changed');
      methods();
      expect(await ended('Restore')).to.equal('Next');
      expect([await live(), memory.parent]).to.deep.equal([['good', 'good'], 'a']);
      expect(await knownGood.volumesState()).to.deep.equal({ state: 'Dirty', generation: 'a' });
      expect(world.took()).to.deep.equal(['leave pool', 'keep generation-uid-cano-a']);
      expect(methods()[0]).to.equal('undeploy');
    });

    it('is that of the newest intact ancestor where the known-good is damaged', async () => {
      await promote('a');
      await write('better');
      await promote('b', 'a');
      spoil('b');
      await act('Restore');
      expect([await live(), memory.parent]).to.deep.equal([['good', 'good'], 'a']);
    });

    it('I14 stays, and the app with it, where the way back cannot be proven', async () => {
      await promote('a');
      await write('changed');
      methods();
      world.fail('keep generation-uid-cano-a', new CcError('Unreachable', 'away'));
      expect(await codeOf(act('Restore'))).to.equal('Unreachable');
      expect([await live(), methods()]).to.deep.equal([['changed', 'changed'], []]);
    });

    it('is none where there is no known-good: what is nobody’s is destroyed', async () => {
      await knownGood.setVolumesState({ state: 'Missing' });
      memory.parent = 'old';
      writeFileSync(join(home.directory, 'restore.json'), '{}');
      await act('Restore');
      expect(await platform.volumes(APP, never)).to.deep.equal([]);
      expect(await knownGood.asides.list()).to.deep.equal([]);
      expect(memory).to.not.have.property('parent');
      expect(existsSync(join(home.directory, 'restore.json'))).to.equal(false);
    });

    it('that a crash left half aside gets there before anything is destroyed', async () => {
      await knownGood.setVolumesState({ state: 'Missing' });
      const place = join(knownGood.asides.directory, 'op0');
      mkdirSync(place, { recursive: true });
      const parts = [{ name: 'volumes/data', live: volume() }];
      writeFileSync(
        join(place, 'aside.json'),
        JSON.stringify({ format: 1, id: 'op0', domain: WARM, state: 'Moving', parts }),
      );
      await act('Restore');
      expect(readFileSync(join(place, 'volumes/data/note'), 'utf8')).to.equal('good');
      expect((await knownGood.asides.list()).map(({ state }) => state)).to.deep.equal(['Kept']);
    });

    it('goes aside, and is kept, where it may be worth something', async () => {
      await knownGood.setVolumesState({ state: 'Unknown' });
      await act('Restore');
      const [aside] = await knownGood.asides.list();
      expect(aside).to.deep.include({ id: 'op1', domain: WARM, state: 'Kept' }).and.not.have.property('generation');
      expect(aside?.parts.map(({ name }) => name)).to.deep.equal(['volumes/data', 'secrets', 'env']);
      expect(readFileSync(join(knownGood.asides.directory, 'op1/volumes/data/note'), 'utf8')).to.equal('good');
      expect(await knownGood.volumesState()).to.deep.equal({ state: 'Dirty' });
      expect(await platform.volumes(APP, never)).to.deep.equal([]);
    });

    it('goes aside once for a damaged generation, and names it', async () => {
      await promote('a');
      spoil('a');
      await knownGood.setVolumesState({ state: 'Missing' });
      await act('Restore');
      expect((await knownGood.asides.list()).map(({ id, generation }) => [id, generation])).to.deep.equal([
        ['op1', 'a'],
      ]);
      await write('fresh');
      Object.assign(memory.steps ?? {}, { operation: 'op2' });
      await act('Restore');
      expect(await knownGood.asides.list(), 'what is fresh is nobody’s').to.have.lengthOf(1);
      await write('of worth');
      await knownGood.setVolumesState({ state: 'Dirty', generation: 'a' });
      await act('Restore');
      expect(await knownGood.asides.list()).to.have.lengthOf(2);
    });

    it('goes aside with what an unfinished restore had set aside: that may be the only copy', async () => {
      await knownGood.setVolumesState({ state: 'Unknown' });
      const copy = join(volume(), '../.cc-ci~aside~data~x~1');
      mkdirSync(copy);
      writeFileSync(join(home.directory, 'restore.json'), '{');
      await act('Restore');
      const [aside] = await knownGood.asides.list();
      expect(aside?.parts.map(({ name }) => name)).to.include('volumes/.cc-ci~aside~data~x~1');
      expect(existsSync(copy)).to.equal(false);
    });
  });

  describe('and the canary in it', () => {
    const canary = () => join(volume(), CANARY);
    beforeEach(() => {
      memory.parent = 'a';
    });

    it('is planted in restored data, found after the upgrade, and taken out', async () => {
      await act('PlantCanary');
      expect(readFileSync(canary(), 'utf8').trim()).to.equal(memory.canary?.token);
      expect(
        memory.canary?.stores.map(({ kind, service, volume: of, path }) => [kind, service, of, path]),
      ).to.deep.equal([['files', 'data', 'data', '.']]);
      expect(memory.canary?.stores[0]?.beside).to.have.lengthOf(1);
      expect([await ended('VerifyData'), await ended('RemoveCanary')]).to.deep.equal(['Next', 'Next']);
      expect(existsSync(canary())).to.equal(false);
      expect(await ended('RemoveCanary'), 'once more').to.equal('Next');
    });

    it('is none in fresh data, in what the platform does not have, or where the run has its own evidence', async () => {
      delete memory.parent;
      await act('PlantCanary');
      expect(memory).to.not.have.property('canary');
      memory.parent = 'a';
      context.resolved = resolvedRun({ ci: { ...resolvedRun().ci, data: { canaries: 'None' } } as never });
      await act('PlantCanary');
      expect(memory).to.not.have.property('canary');
      context.resolved = resolvedRun();
      await platform.loseVolume(WARM, 'data');
      await act('PlantCanary');
      expect(memory.canary?.stores).to.deep.equal([]);
      expect(await ended('VerifyData')).to.equal('Next');
    });

    it('that is gone with all that lay beside it is lost data; alone it is the app’s taste', async () => {
      await act('PlantCanary');
      rmSync(canary());
      expect(await ended('VerifyData')).to.equal('Next');
      rmSync(volume(), { recursive: true });
      mkdirSync(volume());
      expect(await ended('VerifyData')).to.equal('Failed DataLost');
    });

    it('that cannot be looked at fails the promotion, and its data never become known-good', async () => {
      const inner = join(volume(), 'sub/inner');
      mkdirSync(inner, { recursive: true });
      writeFileSync(join(inner, 'note'), 'x');
      context.memory.backup = [{ volume: 'data', path: 'sub/inner', digest: 'd' }];
      await act('PlantCanary');
      expect(memory.canary?.stores.map(({ path }) => path)).to.deep.equal(['sub/inner', '.']);
      rmSync(join(volume(), 'sub'), { recursive: true });
      symlinkSync('/etc', join(volume(), 'sub'));
      expect(await ended('VerifyData')).to.equal('Failed Failed');
      expect(await codeOf(act('RemoveCanary'))).to.equal('Conflict');
      expect(await codeOf(act('MakeGeneration'))).to.equal('Conflict');
      expect(await knownGood.sets.ids()).to.deep.equal([]);
    });
  });

  it('I1 becomes a generation of the operation: without the canary, its commit kept first, all that it is in the manifest', async () => {
    memory.parent = 'a';
    memory.images = { app: 'x:1' };
    await act('PlantCanary');
    world.took();
    await act('MakeGeneration');
    expect(world.took()).to.deep.equal(['leave pool', 'keep generation-uid-cano-op1']);
    expect(await knownGood.sets.manifest('op1')).to.deep.include({
      ...{ id: 'op1', parent: 'a', recipe: 'notes', source: '/recipes/notes', version: '1.1.0+1.1.0', commit: HEAD },
      ...{ run: { name: 'notes', uid: 'uid-notes' }, domain: WARM, images: { app: 'x:1' } },
    });
    expect(existsSync(join(knownGood.sets.pathOf('op1'), 'volumes/data', CANARY))).to.equal(false);
    Object.assign(memory.steps ?? {}, { operation: 'op2' });
    delete memory.canary;
    delete memory.parent;
    delete memory.images;
    world.fail('keep generation-uid-cano-op2', new CcError('NoSpace', 'full'));
    expect(await codeOf(act('MakeGeneration'))).to.equal('NoSpace');
    expect(await knownGood.sets.ids()).to.deep.equal(['op1']);
    await act('MakeGeneration');
    expect(await knownGood.sets.manifest('op2')).to.not.have.any.keys('parent', 'images');
  });

  it('I14 keeps what a restore set aside until the app is down, and not where somebody changed the app', async () => {
    await promote('a');
    await write('changed');
    await act('Restore');
    const asides = async () => (await siblingsOf(volume(), 'aside')).length;
    expect(await asides()).to.equal(1);
    platform.failNext('undeploy', new CcError('Unreachable', 'away'));
    expect([await codeOf(act('Undeploy')), await asides()]).to.deep.equal(['Unreachable', 1]);
    const { observe } = platform;
    platform.observe = async (...args) => ({ ...(await observe.apply(platform, args)), changedByOthers: 'scaled' });
    expect([await ended('Undeploy'), await asides()]).to.deep.equal(['Failed ChangedByOthers', 1]);
    platform.observe = observe;
    expect([await ended('Undeploy'), await asides()]).to.deep.equal(['Next', 0]);
  });

  it('of generations that nothing needs goes, with their commits', async () => {
    await promote('a');
    await promote('b', 'a');
    await promote('c', 'b');
    world.took();
    expect(await ended('Collect')).to.equal('Next');
    expect(world.took()).to.deep.equal(['release generation-uid-cano-a', 'enqueue Canonical/canon']);
    expect((await knownGood.sets.ids()).toSorted()).to.deep.equal(['b', 'c']);
  });
});
