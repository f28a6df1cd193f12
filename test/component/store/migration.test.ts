import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import type { Instance } from '../../../lib/store/instance.ts';
import { migrateState } from '../../../lib/store/migration/migrate.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { filesBelow, KEPT, optionsOf, STEPS, stateOfFormatOne, textsOf, valuesOf } from './migration-bench.ts';

const CHILD = join(import.meta.dirname, 'migration-child.ts');
/** More than a migration changes names. */
const MOST_PLACES = 200;

describe('another format of the state directory', function () {
  this.timeout(240_000);
  let root: string;
  let state: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-migration-'));
    state = join(root, 'state');
  });
  afterEach(() => rm(root, { recursive: true }));

  const instance = () => new RecordFiles(state).peek<Instance>(join(state, 'instance.json'));
  const kept = () => join(state, 'before-format-1');
  async function expectMigrated(): Promise<void> {
    expect(await valuesOf(state)).to.deep.equal([['1'], ['1']]);
    expect(await instance()).to.deep.equal({ instanceId: 'id-1', format: 3, platform: 'Process' });
    expect(await filesBelow(kept())).to.deep.equal(KEPT);
    expect((await filesBelow(state)).filter((path) => path.includes('.tmp-before'))).to.deep.equal([]);
  }

  it('is reached step by step, and what was before is kept', async () => {
    await stateOfFormatOne(state);
    const before = await textsOf(state, KEPT);
    const parts: string[] = [];
    await migrateState(optionsOf(state, { onPart: (what) => parts.push(what) }));
    await expectMigrated();
    expect(await textsOf(kept(), KEPT)).to.deep.equal(before);
    expect((await stat(kept())).mode & 0o777).to.equal(0o700);
    expect(parts).to.deep.equal([
      'keeping the state directory as it was in format 1',
      'bringing the state directory to format 2: values are texts',
      'bringing the state directory to format 3: values are lists',
    ]);
    const after = await textsOf(state, KEPT);
    await migrateState(optionsOf(state));
    expect(await textsOf(state, KEPT)).to.deep.equal(after);
  });

  it('is none of a directory that nobody bound, and a newer one is refused untouched', async () => {
    await migrateState(optionsOf(state));
    await stateOfFormatOne(state);
    await migrateState(optionsOf(state));
    const before = await textsOf(state, KEPT);
    expect(await codeOf(migrateState(optionsOf(state, { format: 2 })))).to.equal('Unsupported');
    expect(await textsOf(state, KEPT)).to.deep.equal(before);
  });

  it('is gone on to by a later version where the one of before was killed in the midst', async () => {
    await stateOfFormatOne(state);
    const failing = STEPS.map((step) => ({ ...step, apply: () => Promise.reject(new Error('killed')) }));
    await migrateState(optionsOf(state, { steps: failing, format: 2 })).catch(() => {});
    expect(await instance()).to.deep.include({ format: 2, migration: { from: 1, done: 1 } });
    await migrateState(optionsOf(state));
    await expectMigrated();
  });

  it('T64 is not begun where there is no room for what was before', async () => {
    await stateOfFormatOne(state);
    const before = await textsOf(state, KEPT);
    const calls = await FileCalls.on(state);
    try {
      calls.failNext(/^copyFile .*b\/object\.json/, 'ENOSPC');
      expect(await codeOf(migrateState(optionsOf(state)))).to.equal('ENOSPC');
    } finally {
      calls.stop();
    }
    expect(await textsOf(state, KEPT)).to.deep.equal(before);
    expect((await filesBelow(state)).filter((path) => path.includes('before-format'))).to.deep.equal([]);
    await migrateState(optionsOf(state));
    await expectMigrated();
  });

  it('keeps what is so now where an older version was gone back to in between', async () => {
    await stateOfFormatOne(state);
    await migrateState(optionsOf(state));
    for (const name of ['objects', 'records.jsonl', 'canonicals']) await rm(join(state, name), { recursive: true });
    await stateOfFormatOne(state);
    const before = await textsOf(state, KEPT);
    await migrateState(optionsOf(state));
    expect(await textsOf(kept(), KEPT)).to.deep.equal(before);
  });

  /** Kills a process before its nth change of a name, for each so many, until one has nothing left to do. */
  async function killEach(stride: number): Promise<void> {
    let place = 0;
    for (; place < MOST_PLACES; place += stride) {
      await rm(state, { recursive: true, force: true });
      await stateOfFormatOne(state);
      // The log may have the mark of the beginning, which does not count before it is at its place.
      const names = KEPT.filter((name) => name !== 'records.jsonl');
      const before = await textsOf(state, names);
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, state, String(place)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const [, signal] = await once(child, 'close');
      const untouched = (await instance())?.format === 1;
      const [from, where] = untouched ? [state, 'its place'] : [kept(), 'the copy'];
      expect(await textsOf(from, names), `${where}, killed before change ${place}`).to.deep.equal(before);
      await migrateState(optionsOf(state));
      await expectMigrated();
      if (signal === null) break;
    }
    expect(place).to.be.within(30, MOST_PLACES - 1);
  }

  for (const [stride, where] of [
    [6, 'at some places'],
    [1, 'anywhere @nightly'],
  ] as const)
    it(`is as before for an older version, or refused by it, and the next start goes on: killed ${where}`, () =>
      killEach(stride));
});
