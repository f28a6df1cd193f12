import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { runDirectoryName } from '../../../lib/app/domain.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { loseRecord } from '../../rig/record-places.ts';
import { CANONICAL_DOMAIN, DATA, enrol, HEAD_VERSION, type Notes, notesBench } from './enrolled.ts';

const key = { kind: 'Run', name: 'a' } as const;

describe('a run whose record is lost', function () {
  this.timeout(60_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes, { ci: { data: DATA } });
    notes.bench.enqueue(await notes.bench.write('Run', 'a', { recipe: 'notes', ref: HEAD_VERSION }));
  });
  afterEach(() => notes.bench.close());

  const state = (): string => notes.bench.settings.stateDirectory;
  const directory = (): string => join(state(), 'runs', runDirectoryName('a', notes.bench.object(key).uid));
  const destroyed = (): number =>
    notes.bench.platform.calls.filter(({ method, domain }) => method === 'destroy' && domain === CANONICAL_DOMAIN)
      .length;
  const last = () => notes.bench.thrown.at(-1);
  const step = async () => (await notes.bench.store.readJournal<RunJournal>(key))?.step;

  it('T84 I19 is not tested again where its journal is gone from both places', async () => {
    await notes.bench.finish('a');
    const results = readFileSync(join(directory(), 'results.json'), 'utf8');
    loseRecord(state(), 'objects/Run/a/journal.json');
    await notes.bench.restart();
    await notes.bench.pass(key);
    expect(last()).to.be.instanceOf(DamagedRecord);
    expect(notes.bench.runs.owns(notes.bench.object(key))).to.equal(true);
    expect(readFileSync(join(directory(), 'results.json'), 'utf8')).to.equal(results);
    expect(await step()).to.equal(undefined);
  });

  it('T84 goes on where only what shows its stages is gone: they are in its journal @nightly', async () => {
    const promotes = async () => (await step()) === 'Promoting';
    await notes.bench.until(promotes, 'the promotion');
    rmSync(join(directory(), 'progress.json'));
    await notes.bench.restart();
    const status = await notes.bench.finish('a');
    expect(status.promotion?.result).to.equal('Promoted');
    expect(status.stages?.every(({ result }) => result !== 'Pending')).to.equal(true);
    expect(existsSync(join(directory(), 'progress.json'))).to.equal(true);
  });

  it('T84 while it promotes (resolved.json) stalls, destroys nothing, and keeps what it holds', async () => {
    const deployed = async () => (await notes.bench.store.readJournal<RunJournal>(key))?.promotionMemory?.steps?.done;
    await notes.bench.until(async () => (await deployed())?.includes('Deploy') === true, 'the deploy of the promotion');
    const before = destroyed();
    rmSync(join(directory(), 'resolved.json'));
    await notes.bench.restart();
    await notes.bench.pass(key);
    expect(last()).to.be.instanceOf(DamagedRecord);
    expect(existsSync(join(state(), 'canonicals/notes/lease.json'))).to.equal(true);
    expect(destroyed()).to.equal(before);
    expect(await step()).to.equal('Promoting');
  });
});
