import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { CcError } from '../../../lib/errors.ts';
import { condition, stageOf } from './bench.ts';
import { enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

const unreachable = (): CcError => new CcError('Unreachable', 'the engine does not answer');

describe('infrastructure faults in a run', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const create = (spec: object = {}) =>
    notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, ...spec });
  const run = async (spec: object = {}) => {
    await create(spec);
    return notes.bench.finish('r1');
  };

  it('are retried twice, each time at another domain, after a teardown', async () => {
    notes.bench.platform.failNext('deploy', unreachable());
    notes.bench.platform.failNext('deploy', unreachable());
    const status = await run();
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['InfraFault', 'InfraFault', undefined]);
    const deployed = notes.bench.platform.calls.filter(({ method }) => method === 'deploy').map(({ domain }) => domain);
    expect(new Set(deployed).size).to.equal(3);
    expect(status.deploys?.count).to.equal(1);
  });

  it('end the run as InfraError after two retries; no stage stays open @nightly', async () => {
    for (let i = 0; i < 3; i += 1) notes.bench.platform.failNext('deploy', unreachable());
    const status = await run();
    expect(condition(status, 'Succeeded')).to.equal('False/InfraError');
    expect(status.blame).to.equal('Infra');
    expect(status.verdict).to.equal(undefined);
    expect(status.attempts).to.have.lengthOf(3);
    expect(stageOf(status, 'Install').result).to.equal('Interrupted');
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
  });

  it('T13 include a source that cannot be fetched: stale tags are never tested', async () => {
    expect(condition(await run(), 'Succeeded')).to.equal('True/Passed');
    await rm(join(notes.recipe.directory, '.git', 'HEAD'));
    await writeFile(join(notes.recipe.directory, '.git', 'HEAD'), 'no head\n');
    await notes.bench.write('Run', 'r2', { recipe: 'notes', source: notes.recipe.directory });
    const status = await notes.bench.finish('r2');
    expect(condition(status, 'Succeeded')).to.equal('False/InfraError');
    expect(status.blame).to.equal('Infra');
    expect(status).not.to.have.property('commit');
  });

  it('a source that comes back lets the next attempt pass @nightly', async () => {
    const head = join(notes.recipe.directory, '.git', 'HEAD');
    await rename(head, `${head}.away`);
    await writeFile(head, 'no head\n');
    await create();
    const waits = async () => (await notes.bench.journal('r1').catch(() => undefined))?.infraRetries === 1;
    await notes.bench.until(waits, 'a first fault');
    await rename(`${head}.away`, head);
    expect(condition(await notes.bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
  });

  it('T63 a wall clock that jumps back a day does not make the retry wait a day', async () => {
    notes.bench.platform.failNext('deploy', unreachable());
    await create();
    const waits = async () => (await notes.bench.journal('r1').catch(() => undefined))?.retryAt !== undefined;
    await notes.bench.until(waits, 'a first fault');
    const { clock } = notes.bench;
    const now = clock.now.bind(clock);
    clock.now = () => now() - 86_400_000;
    const skippedMs = clock.skippedMs;
    await notes.bench.finish('r1');
    expect(clock.skippedMs - skippedMs).to.be.below(3_600_000);
  });

  it('I3 an attempt whose domain another object holds touches nothing there and goes on elsewhere', async () => {
    const { claims } = notes.bench.store;
    const key = await create();
    const { uid } = notes.bench.object(key);
    const { runDomain } = await import('../../../lib/app/domain.ts');
    const domain = runDomain('notes', uid, 1, notes.bench.settings.zone);
    await claims.claim({ domain, kind: 'Canonical', name: 'other', uid: 'other', attempt: 0 });
    const status = await notes.bench.finish('r1');
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(notes.bench.platform.calls.filter((call) => call.domain === domain)).to.deep.equal([]);
    expect((await claims.get(domain))?.uid).to.equal('other');
  });

  it('T85 I19 no stage passes whose memory is lost: the first journal of each step cannot be written', async () => {
    await enrol(notes);
    const { store } = notes.bench;
    const write = store.writeJournal.bind(store);
    const seen = new Set<string>();
    store.writeJournal = async (of, journal) => {
      const { memory, promotionMemory } = journal as RunJournal;
      const at = JSON.stringify([memory?.cursor, promotionMemory?.steps?.done]);
      if (of.kind === 'Run' && !seen.has(at)) {
        seen.add(at);
        throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write', errno: -5 });
      }
      await write(of, journal);
    };
    const status = await run({ source: undefined });
    expect(condition(status, 'Succeeded'), JSON.stringify(status.stages)).to.equal('True/Passed');
    expect(status.attempts).to.have.lengthOf(1);
    expect(stageOf(status, 'Restore')).to.include({ result: 'Passed', evidence: 'Hooks' });
    expect(status.promotion?.result).to.equal('Promoted');
    expect(seen.size).to.be.greaterThan(40);
  });

  for (const { file, attempts } of [
    { file: 'resolved.json', attempts: 2 },
    { file: 'progress.json', attempts: 1 },
  ])
    it(`a ${file} that cannot be read costs ${attempts - 1} attempts, not the run @nightly`, async () => {
      await create();
      const installs = async () =>
        (await notes.bench.journal('r1').catch(() => undefined))?.memory?.cursor.stage === 'Install';
      await notes.bench.until(installs, 'Install');
      const { uid } = notes.bench.object({ kind: 'Run', name: 'r1' });
      const { runDirectoryName } = await import('../../../lib/app/domain.ts');
      const directory = join(notes.bench.settings.stateDirectory, 'runs', runDirectoryName('r1', uid));
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, file), '{"format":1,');
      const status = await notes.bench.finish('r1');
      expect(condition(status, 'Succeeded')).to.equal('True/Passed');
      expect(status.attempts).to.have.lengthOf(attempts);
    });

  it('I8 a crash in mid-test costs an attempt; the third ends the run @nightly', async () => {
    await create();
    for (let crash = 0; crash < 3; crash += 1) {
      const tests = async (): Promise<boolean> => {
        const journal = await notes.bench.journal('r1').catch(() => undefined);
        return journal?.attempts.length === crash + 1 && journal.memory?.cursor.stage === 'Lint';
      };
      await notes.bench.until(tests, 'an attempt');
      await notes.bench.restart();
    }
    const status = await notes.bench.finish('r1');
    expect(condition(status, 'Succeeded')).to.equal('False/InfraError');
    expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['Crash', 'Crash', 'Crash']);
    expect(await notes.bench.store.claims.list()).to.deep.equal([]);
  });

  it('a graceful stop between two looks is no crash @nightly', async () => {
    await create();
    const tests = async () => (await notes.bench.journal('r1').catch(() => undefined))?.memory?.cursor.stage === 'Lint';
    await notes.bench.until(tests, 'an attempt');
    await notes.bench.runs.stopped();
    await notes.bench.restart();
    const status = await notes.bench.finish('r1');
    expect(status.attempts?.[0]?.reason).to.equal('Shutdown');
    expect((await notes.bench.journal('r1')).crashes).to.equal(0);
  });

  it('I8 a crash between judging and the end does not judge again @nightly', async () => {
    await create();
    const judged = async () => (await notes.bench.journal('r1').catch(() => undefined))?.step === 'TearingDown';
    await notes.bench.until(judged, 'the verdict');
    const { outcome } = await notes.bench.journal('r1');
    notes.bench.platform.behave(notes.head, { ...HEALTHY, unsupported: 'nothing of it runs any more' });
    await notes.bench.restart();
    const status = await notes.bench.finish('r1');
    expect(status.verdict).to.equal(outcome?.verdict);
    expect(status.attempts).to.have.lengthOf(1);
  });

  it('too little room keeps a run pending, without limit', async () => {
    await notes.bench.close();
    notes = await notesBench({ diskFloorBytes: Number.MAX_SAFE_INTEGER });
    await create();
    for (let pass = 0; pass < 20; pass += 1) await notes.bench.step();
    const status = (await notes.bench.status({ kind: 'Run', name: 'r1' })) as Awaited<ReturnType<typeof run>>;
    expect(condition(status, 'Succeeded')).to.equal('Unknown/Pending');
    expect(status.queue?.reason).to.equal('DiskFloor');
    expect(status.nextAction?.reason).to.equal('DiskFloor');
    expect(await notes.bench.store.claims.list()).to.deep.equal([]);
  });
});
