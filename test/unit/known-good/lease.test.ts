import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { systemCode } from '../../../lib/errors.ts';
import { acquireLease, holdsLease, readLease, releaseLease, UNKNOWN_LEASE } from '../../../lib/known-good/lease.ts';
import { readVolumesState } from '../../../lib/known-good/volumes-state.ts';

const clock = { ...systemClock, now: () => 1_700_000_000_000 };
const mine = { holder: 'notes-1', uid: 'u1', attempt: 1 };
const other = { holder: 'canonical', uid: 'u2', attempt: 1 };

describe('lease', () => {
  let directory: string;
  beforeEach(() => {
    directory = fs.mkdtempSync(join(tmpdir(), 'cc-ci-lease-'));
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  it('is free at first, then held, then free', async () => {
    expect(await readLease(directory)).to.equal(undefined);
    const lease = await acquireLease(directory, mine, clock);
    expect(lease).to.deep.equal({ ...mine, since: '2023-11-14T22:13:20.000Z' });
    expect(await readLease(directory)).to.deep.equal(lease);
    expect(await releaseLease(directory, mine)).to.equal(true);
    expect(await releaseLease(directory, mine)).to.equal(true);
    expect(fs.readdirSync(directory)).to.deep.equal([]);
  });

  it('is held by one of many who ask at once, and all are told the same', async () => {
    const wanted = Array.from({ length: 20 }, (_, index) => ({ holder: `run-${index}`, uid: `u${index}`, attempt: 1 }));
    const got = await Promise.all(wanted.map((one) => acquireLease(directory, one, clock)));
    expect(new Set(got.map((lease) => lease.holder)).size).to.equal(1);
    expect(wanted.filter((one, index) => holdsLease(got[index], one))).to.have.length(1);
    expect(fs.readdirSync(directory)).to.deep.equal(['lease.json']);
  });

  it('asked for again by its holder is the same lease, since the first time', async () => {
    const first = await acquireLease(directory, mine, clock);
    const later = { ...clock, now: () => clock.now() + 60_000 };
    expect(await acquireLease(directory, mine, later)).to.deep.equal(first);
  });

  for (const foreign of [other, { ...mine, attempt: 2 }, { ...mine, uid: 'u9' }]) {
    it(`is neither given to nor released by ${JSON.stringify(foreign)}`, async () => {
      const lease = await acquireLease(directory, mine, clock);
      expect(holdsLease(await acquireLease(directory, foreign, clock), foreign)).to.equal(false);
      expect(await releaseLease(directory, foreign)).to.equal(false);
      expect(await readLease(directory)).to.deep.equal(lease);
    });
  }

  it('that cannot be read is held by nobody we know, until that is released on purpose', async () => {
    for (const text of ['', '{"hold', '[]', '{"holder":"x"}', 'null']) {
      fs.writeFileSync(join(directory, 'lease.json'), text);
      expect(await readLease(directory), text).to.deep.equal(UNKNOWN_LEASE);
      expect(holdsLease(await acquireLease(directory, mine, clock), mine)).to.equal(false);
      expect(await releaseLease(directory, mine)).to.equal(false);
      expect(await releaseLease(directory, UNKNOWN_LEASE)).to.equal(true);
      expect(holdsLease(await acquireLease(directory, mine, clock), mine)).to.equal(true);
      await releaseLease(directory, mine);
    }
  });

  it("T81 that the system cannot look at now is not nobody's, nor are its volumes unknown", async () => {
    const unreachable = join(directory, 'x'.repeat(300));
    for (const look of [readLease(unreachable), readVolumesState(unreachable)]) {
      const error = await look.then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(systemCode(error)).to.equal('ENAMETOOLONG');
    }
  });

  it('I6 does not end with time', async () => {
    await acquireLease(directory, mine, clock);
    const muchLater = { ...clock, now: () => clock.now() + 10 ** 11 };
    expect(holdsLease(await acquireLease(directory, other, muchLater), other)).to.equal(false);
  });
});
