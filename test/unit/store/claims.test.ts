import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { FileClaims } from '../../../lib/store/claims.ts';
import type { Claim } from '../../../lib/store/store.ts';
import { CallCounts } from '../../rig/call-counts.ts';
import { codeOf } from '../../rig/code-of.ts';

function claim(overrides: Partial<Claim> = {}): Claim {
  return { domain: 'notes.ci.example.org', kind: 'Run', name: 'notes', uid: 'u1', attempt: 1, ...overrides };
}

describe('FileClaims', () => {
  let directory: string;
  let claims: FileClaims;
  const open = () => new FileClaims(new RecordFiles(directory), join(directory, 'claims'));
  beforeEach(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'ccci-claims-')));
    claims = open();
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('claims once, says so on disk, and is idempotent for the same owner', async () => {
    await claims.claim(claim());
    await claims.claim(claim());
    expect(await open().list()).to.deep.equal([claim()]);
  });

  it('I17 one domain has one owner, however many ask at once', async () => {
    const uids = ['u1', 'u2', 'u3', 'u4'];
    const asked = await Promise.allSettled(uids.map((uid) => open().claim(claim({ uid }))));
    const refused = asked.filter((result) => result.status === 'rejected');
    expect(refused).to.have.length(3);
    expect(refused.every(({ reason }) => hasCode(reason, 'Conflict'))).to.equal(true);
    const winner = uids[asked.findIndex(({ status }) => status === 'fulfilled')];
    expect((await claims.get(claim().domain))!.uid).to.equal(winner);
  });

  it('the next attempt of the owner takes it over', async () => {
    await claims.claim(claim());
    await claims.claim(claim({ attempt: 2 }));
    expect((await claims.get(claim().domain))!.attempt).to.equal(2);
  });

  it('I17 is released by its owner only; releasing what is absent is success', async () => {
    await claims.claim(claim());
    await claims.release(claim().domain, 'somebody-else');
    expect(await claims.get(claim().domain)).to.deep.equal(claim());
    await claims.release(claim().domain, 'u1');
    await claims.release(claim().domain, 'u1');
    expect(await claims.list()).to.deep.equal([]);
  });

  it('reads a file once while it stays the same, and again whatever else becomes of it', async () => {
    const path = join(directory, 'claims', `${claim().domain}.json`);
    const get = () => claims.get(claim().domain);
    await claims.claim(claim());
    const counts = CallCounts.on(join(directory, 'claims'));
    try {
      expect([await get(), await get()]).to.deep.equal([claim(), claim()]);
      expect(counts.take()).to.deep.equal({ statSync: 2 });
    } finally {
      counts.stop();
    }
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"attempt": 1', '"attempt": 7'));
    expect((await get())?.attempt, 'edited').to.equal(7);
    expect((await get())?.attempt, 'edited, asked twice').to.equal(7);
    await rm(path);
    expect((await get())?.attempt, 'removed, and in the log').to.equal(1);
    await rm(join(directory, 'records.jsonl'));
    expect(await get(), 'the log removed').to.deep.equal(claim());
    await rm(path);
    await get();
    expect(await get(), 'told to the log anew').to.deep.equal(claim());
    await writeFile(path, 'garbage');
    await rm(join(directory, 'records.jsonl'));
    expect(await codeOf(get())).to.equal('Damaged');
  });

  it('gives nobody the claim of another to change', async () => {
    await claims.claim(claim());
    for (const _ of [1, 2]) expect(Object.isFrozen(await claims.get(claim().domain))).to.equal(true);
  });

  it('refuses what is no domain', async () => {
    for (const domain of ['', '../x', 'a/b', 'a..b', '.a', 'a\0b']) {
      const error = await claims.get(domain).catch((caught: unknown) => caught);
      expect(hasCode(error, 'InvalidInput'), domain).to.equal(true);
    }
    expect(await readdir(directory)).to.deep.equal([]);
  });
});
