import { expect } from 'chai';
import fc from 'fast-check';
import { type CanonicalFacts, planCanonical, VERIFY_INTERVAL_MS } from '../../../controllers/canonical/plan.ts';
import { canonicalFacts, canonicalJournal, DAMAGED, INTACT, LEASE } from '../../builders/canonical-facts.ts';
import { anyCanonicalFacts } from '../../builders/generated-facts.ts';

const absent = { knownGood: { state: 'Absent' } as const };
const damaged = { journal: canonicalJournal({ verified: DAMAGED }) };
const unprepared = (generation: string) => ({
  journal: canonicalJournal({
    verified: INTACT,
    notPrepared: { generation, reason: 'NoRoom', message: 'full', atRunningMs: 0 },
  }),
});
const looking = (...looks: [string, number][]) => ({
  looks: looks.map(([what, atRunningMs]) => ({ what, atRunningMs })),
  journal: canonicalJournal({ verified: { ...INTACT, atRunningMs: 10 } }),
  runningMs: VERIFY_INTERVAL_MS + 1,
});
const seed = { run: 'notes-seed-x', hash: 'abcd1234', tag: '1.1.0+1.1.0' };
const rejection = { reason: 'DomainConflict', message: 'x' } as const;

const ROWS: readonly [string, Partial<CanonicalFacts>, object][] = [
  ['idle', {}, { type: 'Rest', reason: 'Idle' }],
  ['not accepted', { rejection, inForce: false, claimed: false }, { type: 'Reject' }],
  ['not accepted, and nobody says so', { rejection, inForce: false, noted: false }, { type: 'Refuse' }],
  ['T102 an edit not accepted', { rejection, noted: false }, { type: 'Refuse' }],
  ['T102 an edit not accepted: what is in force goes on', { rejection }, { type: 'Rest', reason: 'Idle' }],
  [
    'T102 an edit not accepted: lost volumes come back all the same',
    { rejection, volumesPresent: false },
    { type: 'RestoreVolumes' },
  ],
  ['an edit accepted once it is noted', { noted: false }, { type: 'Accept' }],
  ['the domain first', { claimed: false }, { type: 'Claim' }],
  ['a run holds the lease', { lease: LEASE, leaseHolderAlive: true }, { type: 'Rest', reason: 'Leased' }],
  ['the holder is over', { lease: LEASE }, { type: 'RepairLease' }],
  ['not verified by this process', { journal: canonicalJournal() }, { type: 'Verify', id: 'g1' }],
  [
    'verified by the process before',
    { journal: canonicalJournal({ verified: { ...INTACT, session: 'old' } }) },
    { type: 'Verify' },
  ],
  ['verified yesterday', { runningMs: VERIFY_INTERVAL_MS }, { type: 'Verify' }],
  ['I16 a volume is lost', { volumesPresent: false }, { type: 'RestoreVolumes', id: 'g1' }],
  ['I15 a restore never ended', { leavings: 'Unfinished' }, { type: 'RestoreVolumes', id: 'g1' }],
  ['a crash left something', { leavings: 'Litter' }, { type: 'Tidy' }],
  ['a crash left something, but the known-good is damaged', { ...damaged, leavings: 'Litter' }, { type: 'Seed' }],
  ['no copy is prepared', { prepared: 'Absent' }, { type: 'Prepare' }],
  ['no copy is prepared, suspended', { prepared: 'Absent', suspended: true }, { type: 'Rest', reason: 'Idle' }],
  [
    'no copy is prepared, of what is not read yet',
    { prepared: 'Absent', journal: canonicalJournal() },
    { type: 'Verify' },
  ],
  [
    'no copy is prepared, and a volume is lost',
    { prepared: 'Absent', volumesPresent: false },
    { type: 'RestoreVolumes' },
  ],
  ['no copy is prepared, and a crash left something', { prepared: 'Absent', leavings: 'Litter' }, { type: 'Tidy' }],
  ['no copy could be prepared', { prepared: 'Absent', ...unprepared('g1') }, { type: 'Rest', reason: 'Idle' }],
  ['no copy of another generation could be prepared', { prepared: 'Absent', ...unprepared('g0') }, { type: 'Prepare' }],
  [
    'no copy could be prepared at the resync before',
    { prepared: 'Absent', ...unprepared('g1'), runningMs: 600_000 },
    { type: 'Prepare' },
  ],
  [
    'no copy is prepared while a run works',
    { prepared: 'Absent', lease: LEASE, leaseHolderAlive: true },
    { type: 'Rest' },
  ],
  ['an ancestor was read yesterday', looking(['g0', 1]), { type: 'Look', what: 'g0' }],
  ['the one that was read first comes first', looking(['g0', 1], ['prepared', 0]), { type: 'Look', what: 'prepared' }],
  ['an ancestor will be read soon', looking(['g0', 5]), { reason: 'Idle', afterMs: 4 }],
  [
    'an ancestor was read yesterday, and a run works',
    { ...looking(['g0', 1]), lease: LEASE, leaseHolderAlive: true },
    { reason: 'Leased' },
  ],
  ['something was put away', { trash: true }, { type: 'EmptyTrash' }],
  [
    'something was put away, a run works',
    { trash: true, lease: LEASE, leaseHolderAlive: true },
    { type: 'EmptyTrash' },
  ],
  ['something was put away, the known-good is damaged: the seed first', { ...damaged, trash: true }, { type: 'Seed' }],
  ['something was put away, the seed runs', { ...damaged, trash: true, seedRunning: true }, { type: 'EmptyTrash' }],
  ['something was put away, nothing seeds', { ...absent, trash: true, suspended: true }, { type: 'EmptyTrash' }],
  ['something was put away, the holder is over', { trash: true, lease: LEASE }, { type: 'RepairLease' }],
  [
    'deleted, and never known to be good',
    {
      ...absent,
      deletion: 'Started',
      neverGood: true,
      journal: canonicalJournal({ undeployedFor: 0 }),
    },
    { type: 'StartDestroying' },
  ],
  ['nobody knows what the volumes hold', { volumes: { state: 'Unknown' } }, { type: 'RestoreVolumes' }],
  ['dirty is a legal idle state', { volumes: { state: 'Dirty', generation: 'g1' } }, { type: 'Rest', reason: 'Idle' }],
  ['damaged: seeded again', damaged, { type: 'Seed' }],
  ['damaged, but Manual', { ...damaged, seedPolicy: 'Manual' }, { type: 'Rest', reason: 'NoKnownGood' }],
  ['none: seeded', { ...absent, journal: canonicalJournal() }, { type: 'Seed', hash: 'abcd1234' }],
  ['none, suspended', { ...absent, suspended: true }, { type: 'Rest', reason: 'NoKnownGood' }],
  ['the seed runs', { ...absent, seedRunning: true }, { type: 'Rest', reason: 'Seeding' }],
  ['the newest tag is old news', { ...absent, runningMs: 600_000 }, { type: 'FindNewest' }],
  [
    'the seed failed',
    { ...absent, journal: canonicalJournal({ seed: { ...seed, result: 'NotPromoted' } }) },
    { type: 'Rest', reason: 'SeedFailed' },
  ],
  [
    'another tag is another seed',
    { ...absent, journal: canonicalJournal({ seed: { ...seed, hash: 'old', result: 'NotPromoted' } }) },
    { type: 'Seed' },
  ],
  ['missing is not deleted', { deletion: 'Missing' }, { type: 'Rest', reason: 'Idle' }],
  ['deleted: undeployed first', { deletion: 'Started' }, { type: 'Undeploy' }],
  [
    'deleted while a run works on it',
    { deletion: 'Started', lease: LEASE, leaseHolderAlive: true },
    { type: 'Rest', reason: 'RunsEnding' },
  ],
  [
    'kept for a while',
    { deletion: 'Started', journal: canonicalJournal({ undeployedFor: 0 }) },
    { type: 'Rest', reason: 'DataRetention', afterMs: 1_000_000 },
  ],
  [
    'kept long enough',
    { deletion: 'Started', journal: canonicalJournal({ undeployedFor: 0 }), runningMs: 1_000_000 },
    { type: 'StartDestroying' },
  ],
  [
    'a second deletion undeploys again',
    { deletion: 'Started', deletionStartedRunningMs: 5, journal: canonicalJournal({ undeployedFor: 0 }) },
    { type: 'Undeploy' },
  ],
  ['no way back', { deletion: 'Destroying' }, { type: 'Destroy' }],
  ['no way back, data stays', { deletion: 'Destroying', retain: true }, { type: 'Forget' }],
  // How long it rests, to the millisecond, and what goes before what.
  ['idle until the next resync', {}, { reason: 'Idle', afterMs: 600_000 }],
  ['idle until its verification is old', { runningMs: VERIFY_INTERVAL_MS - 1 }, { reason: 'Idle', afterMs: 1 }],
  [
    'verified later than at 0',
    { journal: canonicalJournal({ verified: { ...INTACT, atRunningMs: 7 } }), runningMs: VERIFY_INTERVAL_MS },
    { reason: 'Idle', afterMs: 7 },
  ],
  [
    'another generation verified',
    { journal: canonicalJournal({ verified: { ...INTACT, generation: 'g0' } }) },
    { type: 'Verify', id: 'g1' },
  ],
  ['a holder that is alive', { lease: LEASE, leaseHolderAlive: true }, { reason: 'Leased', afterMs: 600_000 }],
  [
    'an end of runs',
    { deletion: 'Started', lease: LEASE, leaseHolderAlive: true, retain: true },
    { reason: 'RunsEnding', afterMs: 1_000 },
  ],
  ['deleted: a lease of who is over is in nobody’s way', { deletion: 'Started', lease: LEASE }, { type: 'Undeploy' }],
  [
    'deleted, its data stays',
    { deletion: 'Started', retain: true, journal: canonicalJournal({ undeployedFor: 0 }) },
    { type: 'StartDestroying' },
  ],
  [
    'deleted, though not in force',
    { deletion: 'Destroying', rejection, inForce: false, noted: false },
    { type: 'Destroy' },
  ],
  [
    'deleted, never good but for a pointer',
    { deletion: 'Started', neverGood: true, journal: canonicalJournal({ undeployedFor: 0 }) },
    { reason: 'DataRetention' },
  ],
  [
    'deleted, no pointer, yet of worth',
    { ...absent, deletion: 'Started', journal: canonicalJournal({ undeployedFor: 0 }) },
    { reason: 'DataRetention' },
  ],
  [
    'kept for the rest of its time',
    {
      deletion: 'Started',
      deletionStartedRunningMs: 40,
      journal: canonicalJournal({ undeployedFor: 40 }),
      runningMs: 50,
    },
    { reason: 'DataRetention', afterMs: 999_990 },
  ],
  ['the journal says that there are no volumes', { volumes: { state: 'Missing' } }, { type: 'RestoreVolumes' }],
  ['lost volumes go before litter', { volumesPresent: false, leavings: 'Litter' }, { type: 'RestoreVolumes' }],
  ['an unreadable one is seeded anew', { knownGood: { state: 'Unreadable', reason: 'x' } }, { type: 'Seed' }],
  ['a seed under way', { ...absent, seedRunning: true }, { reason: 'Seeding', afterMs: 600_000 }],
  [
    'a seed that nobody has settled',
    { ...absent, journal: canonicalJournal({ seed }) },
    { reason: 'Seeding', afterMs: 600_000 },
  ],
  [
    'a seed that failed',
    { ...absent, journal: canonicalJournal({ seed: { ...seed, result: 'NotPromoted' } }) },
    { reason: 'SeedFailed', afterMs: 600_000 },
  ],
  [
    'a seed under way, suspended',
    { ...absent, seedRunning: true, suspended: true },
    { reason: 'NoKnownGood', afterMs: 600_000 },
  ],
  [
    'no release',
    { ...absent, journal: canonicalJournal(), seedHash: undefined },
    { reason: 'NeverReleased', afterMs: 600_000 },
  ],
  ['nobody has looked for a release', { ...absent, journal: { format: 1, history: [] } }, { type: 'FindNewest' }],
  [
    'another process has',
    { ...absent, journal: canonicalJournal({ newest: { tag: '1', atRunningMs: 0, session: 'old' } }) },
    { type: 'FindNewest' },
  ],
  ['the newest tag is news yet', { ...absent, runningMs: 599_999 }, { type: 'Seed' }],
  [
    'and was found later than at 0',
    {
      ...absent,
      runningMs: 600_001,
      journal: canonicalJournal({ newest: { tag: '1', atRunningMs: 2, session: 'this' } }),
    },
    { type: 'Seed' },
  ],
];

describe('the plan of a canonical', () => {
  for (const [why, given, wanted] of ROWS) {
    it(why, () => expect(planCanonical(canonicalFacts(given))).to.deep.include(wanted));
  }

  it('I7 I17 destroys and forgets only where the way back was given up before', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (one) => {
        const { type } = planCanonical(one);
        if (type === 'Destroy' || type === 'Forget') expect(one.deletion).to.equal('Destroying');
        if (type === 'StartDestroying') expect(one.deletion).to.equal('Started');
      }),
    );
  });

  it('I17 keeps the data for its retention, in running time', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (one) => {
        const nobodys = one.neverGood && one.knownGood.state === 'Absent';
        if (planCanonical(one).type !== 'StartDestroying' || one.retain || nobodys) return;
        expect(one.runningMs - one.deletionStartedRunningMs).to.be.at.least(one.dataRetentionMs);
      }),
    );
  });

  it('I6 touches nothing while a run holds the lease', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (one) => {
        const { type } = planCanonical({ ...one, lease: LEASE, leaseHolderAlive: true });
        // What was put away is nobody's.
        const allowed = ['Rest', 'Reject', 'Refuse', 'Claim', 'Accept', 'EmptyTrash', 'Destroy', 'Forget'];
        expect(allowed).to.include(type);
      }),
    );
  });

  it('neither claims nor seeds what is not accepted or suspended', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (one) => {
        const { type } = planCanonical(one);
        if (type === 'Claim' || type === 'Seed') expect(one.rejection === undefined || one.inForce).to.equal(true);
        if (type === 'Accept') expect(one.rejection).to.equal(undefined);
        if (type === 'Seed' || type === 'FindNewest') expect(one.suspended).to.equal(false);
      }),
    );
  });

  it('I20 comes back by itself whatever it rests for', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (one) => {
        const action = planCanonical(one);
        if (action.type === 'Rest') expect(action.afterMs).to.be.above(0);
      }),
    );
  });

  it('decides the same from the facts as they are kept in decisions.jsonl', () => {
    fc.assert(
      fc.property(anyCanonicalFacts, (one) => {
        expect(planCanonical(JSON.parse(JSON.stringify(one)) as CanonicalFacts)).to.deep.equal(planCanonical(one));
      }),
    );
  });
});
