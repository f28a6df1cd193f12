import { expect } from 'chai';
import { canonicalStatus } from '../../../controllers/canonical/conditions.ts';
import type { CanonicalView } from '../../../controllers/canonical/observe.ts';
import { type CanonicalFacts, planCanonical } from '../../../controllers/canonical/plan.ts';
import type { CanonicalStatus } from '../../../lib/api/index.ts';
import { CcError, TerminalError } from '../../../lib/errors.ts';
import type { PassFailure } from '../../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { canonicalJournal, canonicalView, DAMAGED, INTACT, LEASE, manifest } from '../../builders/canonical-facts.ts';
import { HEAD } from '../../builders/resolved-run.ts';
import { NOW } from '../../builders/run-facts.ts';
import { enrolledCanonical, TIME } from '../../builders/stored-object.ts';

interface Seen {
  facts?: Partial<CanonicalFacts>;
  view?: Partial<CanonicalView>;
  failure?: PassFailure;
  now?: number;
}

function statusOf({ facts = {}, view: changes = {}, failure, now = NOW }: Seen): CanonicalStatus {
  const view = canonicalView(facts, { object: enrolledCanonical(), ...changes });
  return canonicalStatus({ view, action: planCanonical(view.facts), platform: 'Process', failure, now });
}
/** `Status/Reason` of a condition. */
const is = (type: string, seen: Seen) => {
  const found = statusOf(seen).conditions.find((one) => one.type === type);
  return found && `${found.status}/${found.reason}`;
};

const absent = { knownGood: { state: 'Absent' } as const };
const rejection = { reason: 'DomainConflict', message: 'x' } as const;
const seed = { run: 'seed-1', hash: 'abcd1234', tag: '1' } as const;
const [running, failed] = [canonicalJournal({ seed }), canonicalJournal({ seed: { ...seed, result: 'NotPromoted' } })];
const untagged = canonicalJournal({ newest: { atRunningMs: 0, session: 'this' } });
const unreleased = { ...absent, journal: untagged, seedHash: undefined };
const damaged = { journal: canonicalJournal({ verified: DAMAGED, seed: { ...seed, result: 'NotPromoted' } }) };
const unverified = { journal: canonicalJournal({ verified: { ...INTACT, session: 'before' } }) };
const retry: PassFailure = { error: new CcError('Unreachable', 'x'), terminal: false, failures: 1, retryAt: NOW };
const stalls: PassFailure = { error: new TerminalError('NoSource', 'x'), terminal: true, failures: 1 };
const begun = { deletion: 'Started', journal: canonicalJournal({ undeployedFor: 0 }) } as const;

describe('the status of a canonical: whether it is ready', () => {
  for (const [why, seen, wanted] of [
    ['deleted, whatever else', { facts: { deletion: 'Started', rejection, inForce: false } }, 'False/Deleting'],
    ['being destroyed', { facts: { deletion: 'Destroying' } }, 'False/Deleting'],
    ['missing is not deleted', { facts: { deletion: 'Missing' } }, 'True/KnownGood'],
    [
      'not in force, though suspended',
      { facts: { rejection, inForce: false, suspended: true } },
      'False/DomainConflict',
    ],
    ['an edit was refused', { facts: { rejection } }, 'True/KnownGood'],
    ['suspended, whatever is known', { facts: { ...absent, suspended: true } }, 'False/Suspended'],
    ['cannot be read', { facts: { knownGood: { state: 'Unreadable', reason: 'x' } } }, 'False/SnapshotDamaged'],
    ['seeded by hand', { facts: { ...absent, seedPolicy: 'Manual', journal: failed } }, 'False/NoKnownGood'],
    ['its seed failed', { facts: { ...absent, journal: failed } }, 'False/SeedFailed'],
    ['its seed of before failed', { facts: { ...absent, journal: failed, seedHash: 'new' } }, 'False/Seeding'],
    ['never released', { facts: unreleased }, 'False/NeverReleased'],
    [
      'nobody has looked for a release',
      { facts: { ...absent, journal: { format: 1, history: [] } } },
      'False/NoKnownGood',
    ],
    ['its seed is under way', { facts: { ...absent, journal: running } }, 'False/Seeding'],
    ['damaged', { facts: { journal: canonicalJournal({ verified: DAMAGED }) } }, 'False/SnapshotDamaged'],
    [
      'another one is damaged',
      { facts: { journal: canonicalJournal({ verified: { ...DAMAGED, generation: 'g0' } }) } },
      'True/KnownGood',
    ],
    [
      'a volume is lost, though nobody knows more',
      { facts: { volumesPresent: false }, failure: retry },
      'False/VolumesMissing',
    ],
    ['not verified, and the pass failed', { facts: unverified, failure: retry }, 'Unknown/NotVerified'],
    ['not verified yet', { facts: unverified }, 'True/KnownGood'],
    ['verified, and the pass failed', { failure: retry }, 'True/KnownGood'],
    [
      'another one is verified, and the pass failed',
      { facts: { journal: canonicalJournal({ verified: { ...INTACT, generation: 'g0' } }) }, failure: retry },
      'Unknown/NotVerified',
    ],
  ] satisfies [string, Seen, string][]) {
    it(`${why}: ${wanted}`, () => expect(is('Ready', seen)).to.equal(wanted));
  }
});

describe('the status of a canonical: whether it stalls or goes on', () => {
  for (const [why, seen, stalled, reconciling] of [
    ['at rest', {}, undefined, undefined],
    ['never released', { facts: unreleased }, 'True/NeverReleased', undefined],
    ['never released, by hand', { facts: { ...unreleased, seedPolicy: 'Manual' } }, undefined, undefined],
    ['never released, suspended', { facts: { ...unreleased, suspended: true } }, undefined, undefined],
    [
      'no release any more, known good',
      { facts: { journal: { ...untagged, verified: INTACT } } },
      undefined,
      undefined,
    ],
    ['its seed failed', { facts: { ...absent, journal: failed } }, 'True/SeedFailed', undefined],
    ['the seed of a damaged one failed', { facts: damaged }, 'True/SeedFailed', undefined],
    ['a seed failed, another is good', { facts: { journal: { ...failed, verified: INTACT } } }, undefined, undefined],
    ['its seed is under way', { facts: { ...absent, journal: running } }, undefined, 'True/Seeding'],
    ['damaged and suspended', { facts: { ...damaged, suspended: true } }, undefined, undefined],
    ['rests for a lease', { facts: { lease: LEASE, leaseHolderAlive: true } }, undefined, undefined],
    ['not in force', { facts: { rejection, inForce: false } }, undefined, undefined],
    ['not in force, not noted', { facts: { rejection, inForce: false, noted: false } }, undefined, undefined],
    ['an edit is refused', { facts: { rejection, noted: false } }, undefined, 'True/Refuse'],
    ['verifies', { facts: unverified }, undefined, 'True/Verify'],
    ['a pass failed', { failure: retry }, undefined, 'True/Retrying'],
    ['a pass failed for good', { facts: unverified, failure: stalls }, 'True/NoSource', undefined],
  ] satisfies [string, Seen, string | undefined, string | undefined][]) {
    it(`${why}: Stalled ${stalled}, Reconciling ${reconciling}`, () => {
      expect([is('Stalled', seen), is('Reconciling', seen)]).to.deep.equal([stalled, reconciling]);
    });
  }
});

describe('the status of a canonical: its facts', () => {
  it('names the known-good with its parts', () => {
    const volumes = [{ name: 'data', files: 1, bytes: 4, digest: 'sha256:1' }];
    expect(statusOf({}).knownGood).to.deep.equal({
      ...{ generation: 'g1', version: '1.1.0+1.1.0', commit: HEAD, run: 'r1', promotedTime: TIME },
      snapshot: { digest: 'sha256:2', bytes: 4, volumes },
    });
    const { run: _, ...unnamed } = manifest();
    expect(statusOf({ view: { manifest: unnamed } }).knownGood?.run).to.equal('');
  });

  it('names domain, lease, volumes and history', () => {
    const entry = { version: '1', commit: HEAD, result: 'Promoted', run: 'r1', time: TIME } as const;
    const journal = canonicalJournal({ domain: 'own.example.org', history: [entry], verified: INTACT });
    expect(statusOf({ facts: { journal, lease: LEASE } })).to.deep.include({
      ...{ domain: 'own.example.org', lease: { run: 'r1', uid: 'uid-r1', since: TIME }, history: [entry] },
      volumes: { state: 'Clean', generation: 'g1' },
    });
    const { domain: _, ...undecided } = canonicalJournal();
    const bare = statusOf({ facts: { journal: undecided } });
    expect(bare.domain).to.equal('warm-canon-notes.example.org');
    expect(bare).to.not.have.any.keys('lease', 'history', 'problems', 'suspended', 'deletion', 'lastHandledRequest');
  });

  it('tells of a file that is not valid: which generation is in force', () => {
    const rejected = { reason: 'InvalidSpec', problems: [{ path: 'spec', message: 'wrong' }] } as never;
    const lastHandledRequest = { id: 'r', verb: 'retry', time: TIME, result: 'Done', message: '' } as const;
    const object = { ...enrolledCanonical(), generation: 2, rejected, lastHandledRequest } as StoredObject;
    const status = statusOf({ view: { object } });
    expect(status).to.deep.include({ observedGeneration: 1, lastHandledRequest });
    expect(is('Accepted', { view: { object }, facts: { rejection } })).to.equal('False/InvalidSpec');
    expect(status.conditions.find(({ type }) => type === 'Accepted')?.message).to.equal('wrong');
  });

  it('says who suspended it', () => {
    const object = enrolledCanonical();
    const by = (suspended: boolean, view: Partial<CanonicalView> = {}) =>
      statusOf({ facts: { suspended }, view }).suspended;
    expect(by(true)).to.deep.equal({ by: 'Spec', file: '/specs/notes.yaml' });
    expect(by(true, { object: { ...object, suspended: true } })).to.deep.equal({ by: 'Request' });
    expect(by(false)).to.equal(undefined);
  });

  it('has promotions that failed in its history, in time order, and where the app of the known-good answered', () => {
    const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toISOString();
    const of = (run: string, seconds: number) => ({ version: '1', commit: HEAD, run, time: at(seconds) });
    const entry = (run: string, seconds: number) => ({ ...of(run, seconds), result: 'Promoted' as const });
    const journal = canonicalJournal({ history: [entry('r3', 30), entry('r1', 10)] });
    const failedPromotions = ['r4', 'r2'].map((run, index) => ({ ...of(run, 40 - 20 * index), uid: `uid-${run}` }));
    const shown = manifest({ url: 'http://127.0.0.1:20001' });
    const { history, url } = statusOf({ facts: { journal }, view: { failedPromotions, manifest: shown } });
    expect(history?.map(({ run, result }) => `${run} ${result}`)).to.deep.equal([
      ...['r4 PromotionFailed', 'r3 Promoted', 'r2 PromotionFailed', 'r1 Promoted'],
    ]);
    expect(history?.[0]).to.not.have.property('uid');
    expect([url, statusOf({}).url]).to.deep.equal(['http://127.0.0.1:20001', undefined]);
  });

  it('says what its deletion leaves, and when its data goes: to the minute, never in the past', () => {
    const deletion = (facts: Partial<CanonicalFacts>, now = NOW) => {
      const object = { ...enrolledCanonical(), deletion: { state: 'Started' } as never };
      const left = ['volume data', 'snapshots'];
      return statusOf({ facts: { ...begun, ...facts }, view: { object, left }, now }).deletion;
    };
    const all = ['volume data', 'snapshots'];
    const minute = (count: number) => new Date(NOW + count * 60_000).toISOString();
    expect(deletion({ dataRetentionMs: 120_000 })).to.deep.equal({ remaining: all, destroyTime: minute(2) });
    expect(deletion({ dataRetentionMs: 120_001 }, NOW + 59_999)?.destroyTime).to.equal(minute(3));
    expect(deletion({ dataRetentionMs: 120_000, runningMs: 90_000 })?.destroyTime).to.equal(minute(1));
    const late = { dataRetentionMs: 120_000, runningMs: 900_000, deletionStartedRunningMs: 60_000 };
    expect(deletion(late)?.destroyTime).to.equal(minute(0));
    expect(deletion({ dataRetentionMs: 120_000, ...absent, neverGood: true })?.destroyTime).to.equal(minute(0));
    const journal = canonicalJournal({ remaining: ['volume data'] });
    expect(deletion({ journal })?.remaining).to.deep.equal(['volume data']);
    expect(deletion({ retain: true })).to.deep.equal({ remaining: [] });
    const missing = { ...enrolledCanonical(), deletion: { state: 'Missing' } as never };
    expect(statusOf({ view: { object: missing } }).deletion).to.equal(undefined);
  });
});

describe('the status of a canonical: what comes next', () => {
  const next = (seen: Seen) => statusOf(seen).nextAction;
  for (const [why, seen, reason, named] of [
    ['the lease is another’s', { facts: { lease: LEASE, leaseHolderAlive: true } }, 'Leased', 'run/r1'],
    [
      'a run is to end',
      { facts: { deletion: 'Started', lease: LEASE, leaseHolderAlive: true } },
      'RunsEnding',
      'run/r1',
    ],
    ['a seed is under way', { facts: { ...absent, journal: running } }, 'Seeding', 'run/seed-1'],
    ['a seed failed', { facts: { ...absent, journal: failed } }, 'SeedFailed', 'retry'],
    ['no release', { facts: unreleased }, 'NeverReleased', 'release'],
    ['not accepted', { facts: { rejection, inForce: false } }, 'NotAccepted', 'accepted'],
    ['its file is gone', { facts: { deletion: 'Missing' } }, 'FileMissing', 'deletionGrace'],
    ['an act', { facts: { volumesPresent: false } }, 'RestoreVolumes', 'RestoreVolumes'],
    ['a failure, whatever else', { facts: { rejection, inForce: false }, failure: stalls }, 'Stalled', 'retry'],
  ] satisfies [string, Seen, string, string][]) {
    it(`${why}: ${reason}`, () => {
      expect(next(seen)?.reason).to.equal(reason);
      expect(next(seen)?.what).to.include(named);
      expect(next(seen)).to.not.have.property('time');
    });
  }

  it('nothing at rest', () => expect(next({})).to.equal(undefined));

  it('its data goes at a full minute that does not move while it is waited for', () => {
    const at = (now: number, left: number) =>
      next({ facts: { ...begun, dataRetentionMs: left }, now: NOW + now })?.time;
    const minute = (count: number) => new Date(NOW + count * 60_000).toISOString();
    expect([at(0, 60_000), at(0, 60_001), at(59_999, 60_000)]).to.deep.equal([minute(1), minute(2), minute(1)]);
  });
});
