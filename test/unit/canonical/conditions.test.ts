import { expect } from 'chai';
import { canonicalStatus } from '../../../controllers/canonical/conditions.ts';
import { type CanonicalFacts, planCanonical } from '../../../controllers/canonical/plan.ts';
import { TerminalError } from '../../../lib/errors.ts';
import type { PassFailure } from '../../../lib/runtime/reconciler.ts';
import { canonicalFacts, canonicalJournal, canonicalView, DAMAGED, LEASE } from '../../builders/canonical-facts.ts';
import { NOW } from '../../builders/run-facts.ts';

const statusOf = (facts: Partial<CanonicalFacts>, failure?: PassFailure) => {
  const view = canonicalView(facts);
  return canonicalStatus({ view, action: planCanonical(view.facts), platform: 'Process', failure, now: NOW });
};
const conditions = (facts: Partial<CanonicalFacts>, failure?: PassFailure) =>
  Object.fromEntries(
    statusOf(facts, failure).conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );

const absent = { knownGood: { state: 'Absent' } as const, journal: canonicalJournal() };
const failedSeed = { run: 'notes-seed-x', hash: 'abcd1234', tag: '1', result: 'NotPromoted' } as const;

const ROWS: readonly [string, Partial<CanonicalFacts>, Record<string, string>][] = [
  ['idle', {}, { Accepted: 'True/Valid', Ready: 'True/KnownGood' }],
  ['dirty is ready', { volumes: { state: 'Dirty' } }, { Ready: 'True/KnownGood' }],
  ['damaged', { journal: canonicalJournal({ verified: DAMAGED }) }, { Ready: 'False/SnapshotDamaged' }],
  ['unreadable', { knownGood: { state: 'Unreadable', reason: 'x' } }, { Ready: 'False/SnapshotDamaged' }],
  [
    'a volume is lost',
    { volumesPresent: false },
    { Ready: 'False/VolumesMissing', Reconciling: 'True/RestoreVolumes' },
  ],
  ['never seeded', absent, { Ready: 'False/NoKnownGood', Reconciling: 'True/Seed' }],
  ['the seed failed', { ...absent, journal: canonicalJournal({ seed: failedSeed }) }, { Stalled: 'True/SeedFailed' }],
  ['suspended', { suspended: true }, { Ready: 'False/Suspended' }],
  [
    'not accepted',
    { rejection: { reason: 'DomainConflict', message: 'x' }, inForce: false },
    { Accepted: 'False/DomainConflict', Ready: 'False/DomainConflict' },
  ],
  [
    'T102 an edit not accepted',
    { rejection: { reason: 'ImmutableField', message: 'x' } },
    { Accepted: 'False/ImmutableField', Ready: 'True/KnownGood' },
  ],
  ['not claimed yet', { ...absent, claimed: false, noted: false }, { Accepted: 'Unknown/Pending' }],
  ['claimed, not journaled as accepted', { noted: false }, { Accepted: 'Unknown/Pending' }],
  ['deleted', { deletion: 'Started' }, { Ready: 'False/Deleting' }],
];

describe('the conditions of a canonical', () => {
  for (const [why, facts, wanted] of ROWS) {
    it(why, () => expect(conditions(facts)).to.deep.include(wanted));
  }

  it('that rests are two, neither Reconciling nor Stalled', () => {
    expect(Object.keys(conditions({}))).to.have.members(['Accepted', 'Ready']);
    expect(Object.keys(conditions({ ...absent, suspended: true }))).to.have.members(['Accepted', 'Ready']);
  });

  it('I20 name no failed seed that nobody tries again: suspended, or seeded by hand', () => {
    const failed = { ...absent, journal: canonicalJournal({ seed: failedSeed }) };
    expect(conditions({ ...failed, suspended: true })).not.to.have.property('Stalled');
    expect(conditions({ ...failed, seedPolicy: 'Manual' })).not.to.have.property('Stalled');
  });

  it('of a pass that failed for good say Stalled with its reason', () => {
    const failure = { error: new TerminalError('NoSource', 'x'), terminal: true, failures: 1 };
    expect(conditions(absent, failure)).to.deep.include({ Stalled: 'True/NoSource' });
  });

  it('of a pass that failed say Retrying', () => {
    const failure = { error: new Error('x'), terminal: false, failures: 1, retryInMs: 1 };
    expect(conditions(absent, failure)).to.deep.include({ Reconciling: 'True/Retrying' });
  });

  it('I20 come with a next action whenever it is not at rest', () => {
    for (const [, facts] of ROWS) {
      const status = statusOf(facts);
      const active = status.conditions.some(({ type }) => type === 'Reconciling' || type === 'Stalled');
      if (active) expect(status.nextAction?.what).to.be.a('string');
    }
  });

  it('do not flap: the same facts later give the same status', () => {
    const view = canonicalView({ lease: LEASE, leaseHolderAlive: true });
    const at = (now: number) =>
      canonicalStatus({ view, action: planCanonical(view.facts), platform: 'Process', failure: undefined, now });
    view.journal.conditions = at(NOW).conditions;
    expect(at(NOW + 90_000)).to.deep.equal(at(NOW));
    expect(canonicalFacts().resyncMs).to.be.above(0);
  });
});
