import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { finishRun, removeRun } from '../../../controllers/run/finish.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { statePaths } from '../../../lib/store/state-paths.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import {
  ALL_PASSED,
  attemptMemory,
  endedJournal,
  runJournal,
  runProgress,
  testingJournal,
} from '../../builders/run-facts.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

const PASSED = { reason: 'Passed', verdict: 'Passed', level: 5, message: 'level 5' } as const;

const EVENT = JSON.stringify({ time: '2030-01-01T00:00:00.000Z', reason: 'AttemptStarted' });

describe('the end of a run', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
    world.journal = testingJournal({ step: 'Promoting', tornDown: true, outcome: PASSED });
    world.progress = runProgress({ ...ALL_PASSED, Teardown: 'Passed' });
    mkdirSync(dirname(events()), { recursive: true });
    writeFileSync(events(), `${EVENT}\n`);
  });
  afterEach(() => world.close());

  const events = () => statePaths(world.root).objectEvents({ kind: 'Run', name: 'notes' });
  const finish = () => finishRun(world.pass());
  const file = (name: string) => join(world.directories.root, name);
  const KEPT = ['release run-uid-notes-head', 'release run-uid-notes-base'];

  it('is frozen before anything is collected, told, and journaled as collected last', async () => {
    await finish();
    expect(world.took()).to.deep.equal(['save Ended', ...KEPT, 'event Normal Passed', 'save Ended']);
    const [first, last] = world.saved.map(({ journal }) => journal);
    expect(first).to.deep.include({ completionTime: toTime(world.clock.now()), endedRunningMs: 7_000 });
    expect(first).to.not.have.property('collected');
    expect(last).to.include({ collected: true });
    expect(first?.frozen).to.deep.include({ verdict: 'Passed', level: 5, platform: 'Process' });
    expect(first?.frozen).to.include({ artifacts: 'runs/notes-uidnotes', completionTime: first?.completionTime });
    expect(first?.conditions).to.deep.equal(first?.frozen?.conditions);
    expect(last?.frozen).to.deep.equal(first?.frozen);
  });

  it('leaves results, stages and events, and takes away what only the tests needed', async () => {
    const { recipe, profile, backup, scratch, logs } = world.directories;
    for (const path of [recipe, profile, backup, scratch, logs]) mkdirSync(path);
    await finish();
    expect([recipe, profile, backup, scratch, logs].map((path) => existsSync(path))).to.deep.equal([
      ...[false, false, false, false, true],
    ]);
    const results = JSON.parse(readFileSync(file('results.json'), 'utf8'));
    expect(results.metadata).to.include({ name: 'notes', uid: 'uid-notes' });
    expect(results.spec).to.deep.equal({ recipe: 'notes', mode: 'Cold' });
    expect(results.status).to.include({ verdict: 'Passed' });
    expect(JSON.parse(readFileSync(file('progress.json'), 'utf8')).stages).to.deep.equal(world.progress?.stages);
    expect(readFileSync(file('events.jsonl'), 'utf8')).to.equal(`${EVENT}\n`);
  });

  it('names the ref that was asked for', async () => {
    world.object = storedRun({}, { ref: 'main' });
    await finish();
    expect(JSON.parse(readFileSync(file('results.json'), 'utf8')).spec).to.include({ ref: 'main' });
  });

  it('I19 that was cut off is made up for, and freezes nothing anew', async () => {
    world.fail('event Normal Passed', new CcError('NoSpace', 'full'));
    expect(await codeOf(finish())).to.equal('NoSpace');
    expect(world.journal).to.not.have.property('collected');
    const { frozen, completionTime, endedRunningMs } = structuredClone(world.journal);
    world.journal.outcome = { reason: 'Failed', message: 'x', level: 0 };
    await world.clock.advance(1_000);
    world.runningMs = 9_000;
    world.took();
    await finish();
    expect(world.took()).to.deep.equal([...KEPT, 'event Warning Failed', 'save Ended']);
    expect(world.journal).to.deep.include({ frozen, completionTime, endedRunningMs, collected: true });
  });

  it('that could not be journaled collects nothing', async () => {
    mkdirSync(world.directories.recipe);
    world.fail('save Ended', new CcError('NoSpace', 'full'));
    expect(await codeOf(finish())).to.equal('NoSpace');
    expect([existsSync(world.directories.recipe), existsSync(file('results.json'))]).to.deep.equal([true, false]);
  });

  it('keeps the time at which a part of it had ended before', async () => {
    Object.assign(world.journal, { completionTime: '2029-01-01T00:00:00.000Z', endedRunningMs: 3 });
    await finish();
    expect(world.journal).to.include({ completionTime: '2029-01-01T00:00:00.000Z', endedRunningMs: 3 });
  });

  it('leaves no stage pending: what never began says why, and what ran stays', async () => {
    world.progress = runProgress({ Prepare: 'Passed', Lint: 'Interrupted' });
    world.journal.outcome = { reason: 'Cancelled', message: 'x', level: 0 };
    await finish();
    expect(world.stage('Lint')).to.deep.equal({ name: 'Lint', result: 'Interrupted' });
    expect(world.stage('Install')).to.deep.equal({ name: 'Install', result: 'Skipped', reason: 'Cancelled' });
    expect(world.took()).to.include('event Warning Cancelled');
  });

  it('before any attempt leaves no artifacts', async () => {
    world.journal = runJournal({ outcome: { reason: 'Cancelled', message: 'x', level: 0 } });
    world.progress = undefined;
    world.resolved = undefined;
    await finish();
    expect(world.took()).to.deep.equal(['save Ended', 'event Warning Cancelled', 'save Ended']);
    expect(['results.json', 'progress.json', 'events.jsonl'].map((name) => existsSync(file(name)))).to.deep.equal([
      ...[false, false, false],
    ]);
    expect(world.journal.frozen).to.not.have.property('artifacts');
  });

  it('is not held up by commits that cannot be let go', async () => {
    world.fail(KEPT[0] ?? '', new CcError('NoSpace', 'full'));
    await finish();
    expect([world.took().slice(1, 3), world.log.take()]).to.deep.equal([[KEPT[0], 'event Normal Passed'], ['warn']]);
    expect(world.journal.collected).to.equal(true);
  });

  it('wakes who made it, and whose data it promoted', async () => {
    const ownerReferences = [{ kind: 'Sweep', name: 'weekly', uid: 'u' }] as unknown as StoredObject['ownerReferences'];
    world.object = storedRun({ ownerReferences });
    const place = { name: 'canon', uid: 'u', domain: 'd' };
    world.journal.promotionMemory = { ...attemptMemory(), stepStartedMs: 0, place };
    await finish();
    expect(world.took().slice(-2)).to.deep.equal(['enqueue Sweep/weekly', 'enqueue Canonical/canon']);
  });

  describe('and of its record', () => {
    const remove = () => removeRun(world.pass());
    beforeEach(() => {
      world.journal = endedJournal();
    });

    it('begins where its file is proven absent, and not where it came back', async () => {
      expect(await remove()).to.deep.equal({ outcome: 'Requeue', afterMs: 0, reason: 'Destroying' });
      expect(world.took()).to.deep.equal(['confirm absent', 'mark destroying']);
      world.absent = false;
      expect(await remove()).to.deep.equal({ outcome: 'Requeue', afterMs: 1_000, reason: 'FileReturned' });
      expect(world.took()).to.deep.equal(['confirm absent']);
      expect(existsSync(world.directories.root)).to.equal(true);
    });

    it('asks for no file of one that we made', async () => {
      world.object = storedRun({ source: 'State', deletion: { state: 'Started' } as never });
      await remove();
      expect(world.took()).to.deep.equal(['mark destroying']);
    });

    it('takes the artifacts first, and is done', async () => {
      world.object = storedRun({ deletion: { state: 'Destroying' } as never });
      world.fail('remove notes', new CcError('NoSpace', 'full'));
      expect(await codeOf(remove())).to.equal('NoSpace');
      expect(existsSync(world.directories.root)).to.equal(false);
      expect(await remove()).to.deep.equal({ outcome: 'Done' });
      expect(world.took()).to.deep.equal(['remove notes', 'remove notes']);
    });
  });
});
