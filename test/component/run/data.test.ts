import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalSpec } from '../../../lib/api/index.ts';
import { condition, stageOf } from './bench.ts';
import { DATA, enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

describe('the data of a cold run', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const run = async (ci: NonNullable<CanonicalSpec['ci']>) => {
    await enrol(notes, { ci });
    await notes.bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
    return notes.bench.finish('r1');
  };
  const losesNote = {
    ...HEALTHY,
    onStart: async (volumes: readonly { path: string }[]) => rm(join(volumes[0]?.path ?? '', 'note'), { force: true }),
  };

  it('an upgrade that loses it fails', async () => {
    notes.bench.platform.behave(notes.head, losesNote);
    const status = await run({ data: DATA });
    expect(stageOf(status, 'Upgrade')).to.deep.include({ result: 'Failed', reason: 'DataLost' });
  });

  it('a verify that passes on wiped data makes the restore Unverified, not red', async () => {
    const status = await run({ data: { ...DATA, verify: { command: ['true'], from: 'Profile' } } });
    expect(stageOf(status, 'Restore')).to.deep.include({ result: 'Unverified', reason: 'VerifyProvesNothing' });
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(status.level).to.equal(2);
  });

  it('the tests after an unverified restore find the app up, with its data put back @nightly', async () => {
    const tests = [{ name: 'note', command: ['./verify.sh'], from: 'Profile' as const }];
    const verify = { command: ['true'], from: 'Profile' as const };
    const status = await run({ data: { ...DATA, verify }, tests });
    expect(stageOf(status, 'Custom').result).to.equal('Passed');
  });

  it('so do they where nothing but emptying the volume wipes it @nightly', async () => {
    const tests = [{ name: 'note', command: ['./verify.sh'], from: 'Profile' as const }];
    const seed = { command: ['./seed.sh'], from: 'Profile' as const };
    const status = await run({ data: { seed, verify: { command: ['true'], from: 'Profile' } }, tests });
    expect(stageOf(status, 'Restore').reason).to.equal('VerifyProvesNothing');
    expect(stageOf(status, 'Custom').result).to.equal('Passed');
  });

  it('T38 a restore that the app does not read fails', async () => {
    let starts = 0;
    notes.bench.platform.behave(notes.head, {
      ...HEALTHY,
      onStart: async (volumes) => {
        starts += 1;
        if (starts > 1) await losesNote.onStart(volumes);
      },
    });
    const status = await run({ data: DATA });
    expect(stageOf(status, 'Restore')).to.deep.include({ result: 'Failed', reason: 'DataLost' });
    expect(status.blame).to.equal('Recipe');
  });

  it('a backup that holds no file is no backup @nightly', async () => {
    for (const commit of [notes.base, notes.head]) notes.bench.platform.behave(commit, { services: [{ name: 'app' }] });
    const status = await run({});
    expect(stageOf(status, 'Backup')).to.deep.include({ result: 'Failed', reason: 'BackupIncomplete' });
    expect(stageOf(status, 'Restore')).to.deep.include({ result: 'Skipped', reason: 'BackupFailed' });
  });
});
