import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { FileClaims } from '../../../lib/store/claims.ts';
import type { Claim } from '../../../lib/store/store.ts';

function claim(overrides: Partial<Claim> = {}): Claim {
  return { domain: 'notes.ci.example.org', kind: 'Run', name: 'notes', uid: 'u1', attempt: 1, ...overrides };
}

describe('FileClaims', () => {
  let directory: string;
  let claims: FileClaims;
  const open = () => new FileClaims(new RecordFiles(directory), join(directory, 'claims'));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-claims-'));
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

  it('refuses what is no domain', async () => {
    for (const domain of ['', '../x', 'a/b', 'a..b', '.a', 'a\0b']) {
      const error = await claims.get(domain).catch((caught: unknown) => caught);
      expect(hasCode(error, 'InvalidInput'), domain).to.equal(true);
    }
    expect(await readdir(directory)).to.deep.equal([]);
  });
});
