import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { claimProbes } from '../../../lib/cli/doctor/directory-probes.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { storedCanonical } from '../../builders/stored-object.ts';

describe('the check of claims', () => {
  let state: string;
  let records: RecordFiles;

  beforeEach(async () => {
    state = mkdtempSync(join(tmpdir(), 'cc-ci-claims-'));
    records = new RecordFiles(state);
    const notes = storedCanonical({ name: 'notes', uid: 'u1' });
    await records.write(statePaths(state).object(notes), notes);
    await claim('notes.example.org', { kind: 'Canonical', name: 'notes', uid: 'u1' });
  });
  afterEach(() => rm(state, { recursive: true }));

  const claim = (domain: string, owner: object) =>
    records.write(join(statePaths(state).claims, `${domain}.json`), { domain, attempt: 0, ...owner });
  const finding = async () => {
    const [probe] = claimProbes(state);
    return await probe?.look(new AbortController().signal);
  };

  it('is content where each has an owner', async () => {
    expect(await finding()).to.deep.include({ verdict: 'Ok' });
  });

  for (const [what, owner] of [
    ['an object that is not there', { kind: 'Run', name: 'gone', uid: 'u2' }],
    ['an object that was made anew', { kind: 'Canonical', name: 'notes', uid: 'other' }],
  ] as const) {
    it(`I17 names what is claimed by ${what}`, async () => {
      await claim('lost.example.org', owner);
      const found = await finding();
      expect(found).to.include({ verdict: 'Unknown' });
      expect(found?.message).to.include('lost.example.org').and.not.include('notes.example.org');
    });
  }

  it('T84 I17 names a claim that cannot be read, and writes nothing', async () => {
    const path = join(statePaths(state).claims, 'torn.example.org.json');
    await writeFile(path, '{');
    expect(await finding()).to.include({ verdict: 'Unknown' });
    expect(await records.peek(path).catch(() => 'still damaged')).to.equal('still damaged');
  });
});
