import { expect } from 'chai';
import fc from 'fast-check';
import { nextActionOf } from '../../../controllers/warm-service/next-action.ts';
import { planWarmService, type WarmServiceFacts } from '../../../controllers/warm-service/plan.ts';
import { isGivenUp } from '../../../lib/known-good/warm-record.ts';
import { anyWarmServiceFacts } from '../../builders/any-warm-service-facts.ts';
import {
  GOOD,
  NEWER,
  operationRecord,
  warmServiceFacts,
  warmServiceJournal,
  warmServiceView,
} from '../../builders/warm-service-facts.ts';

const rejection = { reason: 'DomainConflict', message: 'x' } as const;
const newest = { atRunningMs: 0, session: 'this', digest: 'choice', latest: NEWER };
const newer = { journal: warmServiceJournal({ newest: { ...newest, target: NEWER } }) };
const never = { lastGood: undefined, app: { state: 'Absent' } as const };
const edit = (state: 'Allowed' | 'Held' | 'Failed'): Partial<WarmServiceFacts> => ({
  edited: true,
  journal: warmServiceJournal({
    newest: { ...newest, latest: GOOD, target: GOOD, edit: { digest: 'edit', state, reasons: [] } },
  }),
});
const allowed = edit('Allowed');
const closed = { open: false, opensInMs: 5_000 } as const;
const gone = { app: { state: 'Absent' } as const };
const steps = { operation: 'w-1', process: 'this', begun: 1, done: [], undone: [] };
const givenUp = operationRecord({
  type: 'RollBack',
  steps: { ...steps, done: ['Preflight'], failure: 'Failed', undone: ['SaveEvidence', 'Close'] },
});
const inFlight = { journal: warmServiceJournal({ operation: operationRecord() }) };
const kept = warmServiceJournal({ operation: givenUp });
const repaired = (times: number, last = 0): Partial<WarmServiceFacts> => ({
  ...gone,
  runningMs: last,
  journal: warmServiceJournal({ repairs: Array.from({ length: times }, () => last) }),
});
const postponed = { digest: 'spec', count: 1, atRunningMs: 0, message: 'the registry is down' };

const inUse = [{ run: 'r1', realm: 'shop-0a1b2c' }];
const waiting = (commit: string, runningMs: number): Partial<WarmServiceFacts> => ({
  ...{ inUse, runningMs },
  journal: warmServiceJournal({ ...newer.journal, waits: { commit, sinceRunningMs: 0 } }),
});

const ROWS: readonly [string, Partial<WarmServiceFacts>, object][] = [
  ['healthy and up to date', {}, { type: 'Rest', reason: 'UpToDate' }],
  ['not accepted', { rejection, inForce: false, claimed: false }, { type: 'Reject' }],
  ['not accepted, and nobody says so', { rejection, noted: false }, { type: 'Refuse' }],
  ['T102 an edit not accepted: what is in force goes on', { rejection, ...gone }, { type: 'Repair' }],
  ['the domain first', { claimed: false }, { type: 'Claim' }],
  ['an edit is accepted once it is noted', { noted: false }, { type: 'Accept' }],
  [
    'never deployed, and nobody looked',
    { ...never, journal: warmServiceJournal({}), runningMs: 3_600_000 },
    { type: 'FindVersions' },
  ],
  ['never deployed', { ...never, ...newer }, { type: 'Begin', operation: 'Deploy', to: NEWER }],
  [
    'never released',
    { ...never, journal: warmServiceJournal({ newest: { ...newest, latest: undefined } as never }) },
    { type: 'Rest', reason: 'NeverReleased' },
  ],
  [
    'nothing that may be deployed',
    { ...never, journal: warmServiceJournal({ newest }) },
    { type: 'Rest', reason: 'NothingAllowed' },
  ],
  ['a newer one', newer, { type: 'Begin', operation: 'Upgrade', to: NEWER }],
  ['a newer one, outside its window', { ...newer, window: closed }, { type: 'Rest', reason: 'Window', afterMs: 5_000 }],
  [
    'a newer one, and a window far away: drift is looked for meanwhile',
    { ...newer, window: { open: false, opensInMs: 9e9 } },
    { type: 'Rest', reason: 'Window', afterMs: 600_000 },
  ],
  [
    'a newer one, and a window that never opens',
    { ...newer, window: { open: false, opensInMs: undefined } },
    { type: 'Rest', reason: 'Window', afterMs: 600_000 },
  ],
  ['a newer one, and runs that use it', { ...newer, inUse }, { type: 'NoteWait', to: NEWER }],
  ['a newer one that waits for them', waiting(NEWER.commit, 0), { type: 'Rest', reason: 'InUse', afterMs: 600_000 }],
  [
    'a newer one that waited for them, a second before its time',
    waiting(NEWER.commit, 30 * 60_000 - 1_000),
    { type: 'Rest', reason: 'InUse', afterMs: 1_000 },
  ],
  [
    'a newer one that waited for them half an hour',
    waiting(NEWER.commit, 30 * 60_000),
    { type: 'Begin', operation: 'Upgrade', to: NEWER },
  ],
  ['a newer one, where another one waited', waiting(GOOD.commit, 30 * 60_000), { type: 'NoteWait', to: NEWER }],
  [
    'a newer one, but what runs is not well',
    { ...newer, app: { state: 'Unhealthy', commit: GOOD.commit, what: 'x' } },
    { type: 'Rest', reason: 'Unhealthy' },
  ],
  [
    'T54 a newer one that could not be prepared just now',
    { journal: warmServiceJournal({ ...newer.journal, postponed }) },
    { type: 'Rest', reason: 'Postponed', afterMs: 60_000 },
  ],
  [
    'T54 a newer one that could not be prepared often: drift is looked for meanwhile',
    { resyncMs: 5_000, journal: warmServiceJournal({ ...newer.journal, postponed: { ...postponed, count: 9 } }) },
    { type: 'Rest', reason: 'Postponed', afterMs: 5_000 },
  ],
  [
    'T54 a newer one that could not be prepared a while ago',
    { runningMs: 60_000, journal: warmServiceJournal({ ...newer.journal, postponed }) },
    { type: 'Begin' },
  ],
  [
    'T56 one that could not be prepared, with another spec',
    { specDigest: 'other', journal: warmServiceJournal({ ...newer.journal, postponed }) },
    { type: 'Begin' },
  ],
  ['what was found with another spec', { choiceDigest: 'other' }, { type: 'FindVersions' }],
  ['what was found by another process', { session: 'next' }, { type: 'FindVersions' }],
  ['what was found an interval ago', { runningMs: 3_600_000 }, { type: 'FindVersions' }],
  ['gone', gone, { type: 'Repair', to: GOOD, what: 'the app is gone' }],
  ['gone, and a newer one: what was good comes back first', { ...newer, ...gone }, { type: 'Repair', to: GOOD }],
  ['changed', { app: { state: 'Changed', commit: GOOD.commit, what: 'scaled' } }, { type: 'Repair', what: 'scaled' }],
  ['another commit runs', { app: { state: 'Up', commit: NEWER.commit, what: '' } }, { type: 'Repair', to: GOOD }],
  [
    'a commit that nobody knows runs',
    { app: { state: 'Unhealthy', commit: '', what: 'x' } },
    { type: 'Repair', to: GOOD, what: `nobody knows what runs instead of ${GOOD.version}` },
  ],
  ['T70 an edit that the gate allows', allowed, { type: 'Begin', operation: 'Upgrade', to: GOOD }],
  ['an edit, outside the window', { ...allowed, window: closed }, { type: 'Begin', operation: 'Upgrade', to: GOOD }],
  ['an edit, and runs that use it', { ...allowed, inUse }, { type: 'NoteWait', to: GOOD }],
  [
    'an edit of what is not well: nothing could be gone back to',
    { ...allowed, app: { state: 'Unhealthy', commit: GOOD.commit, what: 'x' } },
    { type: 'Repair', to: GOOD },
  ],
  ['an edit that nobody has judged', { ...allowed, choiceDigest: 'other' }, { type: 'FindVersions' }],
  [
    'an edit that nobody has judged of what is gone: it may be what it lacks',
    { ...allowed, ...gone, choiceDigest: 'other' },
    { type: 'FindVersions' },
  ],
  ['an edit that is held', edit('Held'), { type: 'Rest', reason: 'UpToDate' }],
  ['an edit that is held, of what is gone', { ...edit('Held'), ...gone }, { type: 'Repair', to: GOOD }],
  ['an edit that failed', edit('Failed'), { type: 'Rest', reason: 'UpToDate' }],
  [
    'unhealthy by itself',
    { app: { state: 'Unhealthy', commit: GOOD.commit, what: 'x' } },
    { type: 'Rest', reason: 'Unhealthy' },
  ],
  ['just repaired', repaired(1), { type: 'Rest', reason: 'BackOff', afterMs: 5_000 }],
  ['repaired three times', repaired(3), { type: 'Rest', reason: 'BackOff', afterMs: 20_000 }],
  ['repaired often, long ago', { ...repaired(4), runningMs: 300_000 }, { type: 'Repair' }],
  ['repaired eight times', repaired(8), { type: 'Rest', reason: 'BackOff', afterMs: 300_000 }],
  [
    'repaired in seconds that a crash forgot',
    { ...repaired(1, 4_000), runningMs: 0 },
    { type: 'Rest', reason: 'BackOff', afterMs: 5_000 },
  ],
  ['repaired before the count of running time was lost', { ...repaired(3, 9e9), runningMs: 0 }, { type: 'Repair' }],
  [
    'left alone, however long',
    { ...gone, runningMs: 9e9, journal: warmServiceJournal({ leftAlone: 'spec' }) },
    { type: 'Rest', reason: 'Flapping' },
  ],
  [
    'T56 left alone with another spec',
    { ...repaired(5), journal: warmServiceJournal({ leftAlone: 'other', repairs: [0, 0, 0, 0, 0] }) },
    { type: 'Repair' },
  ],
  ['I16 its data is gone', { ...gone, missing: ['data'] }, { type: 'Rest', reason: 'DataMissing' }],
  ['I16 its data is gone, and a newer one', { ...newer, missing: ['data'] }, { type: 'Rest', reason: 'DataMissing' }],
  ['suspended', { ...newer, suspended: true }, { type: 'Rest', reason: 'Suspended' }],
  ['suspended, and gone', { ...gone, suspended: true }, { type: 'Rest', reason: 'Suspended' }],
  ['suspended with an upgrade under way', { ...inFlight, suspended: true }, { type: 'Operate' }],
  [
    'waits for others',
    { ...never, waitsFor: { state: 'Services', names: ['a'], absent: [] } },
    { type: 'Rest', reason: 'DependsOn' },
  ],
  [
    'T61 waits for itself',
    { waitsFor: { state: 'Cycle', names: ['shop', 'shop'] } },
    { type: 'Rest', reason: 'DependencyCycle' },
  ],
  ['an upgrade under way', inFlight, { type: 'Operate', next: { next: 'Step', step: 'Preflight' } }],
  [
    'an upgrade that a crash cut off in its first step',
    { ...inFlight, session: 'next' },
    { type: 'Operate', next: { next: 'BeginAgain', begun: 2 } },
  ],
  [
    'T103 an upgrade that was stopped on purpose in its first step',
    {
      session: 'next',
      journal: warmServiceJournal({
        operation: operationRecord({ steps: { ...steps, begun: 3 }, stoppedGracefully: true }),
      }),
    },
    { type: 'Operate', next: { next: 'BeginAgain', begun: 3 } },
  ],
  [
    'an upgrade that crashed three times in its first step',
    { session: 'next', journal: warmServiceJournal({ operation: operationRecord({ steps: { ...steps, begun: 3 } }) }) },
    { type: 'Operate', next: { next: 'Fail', reason: 'CrashBudget' } },
  ],
  ['a rollback that failed', { journal: kept }, { type: 'Rest', reason: 'RollbackFailed' }],
  [
    'a rollback that failed, and a newer one',
    { journal: { ...kept, newest: { ...newest, target: NEWER } } },
    { type: 'Rest', reason: 'RollbackFailed' },
  ],
  ['file gone, the grace time runs', { deletion: 'Missing' }, { type: 'Rest', reason: 'UpToDate' }],
  ['to be deleted', { deletion: 'Started' }, { type: 'Undeploy' }],
  [
    'to be deleted, taken down',
    { deletion: 'Started', journal: warmServiceJournal({ undeployedFor: 0 }) },
    { type: 'StartDestroying' },
  ],
  ['to be retained', { deletion: 'Started', retain: true }, { type: 'StartDestroying' }],
  ['T72 to be deleted in mid-upgrade', { ...inFlight, deletion: 'Started' }, { type: 'Operate' }],
  ['T72 to be retained in mid-upgrade', { ...inFlight, deletion: 'Started', retain: true }, { type: 'Operate' }],
  ['to be deleted, after a rollback that failed', { deletion: 'Started', journal: kept }, { type: 'Undeploy' }],
  ['no way back', { deletion: 'Destroying' }, { type: 'Destroy' }],
  ['no way back, retained', { deletion: 'Destroying', retain: true }, { type: 'Forget' }],
];

describe('plan of a warm service', () => {
  for (const [name, overrides, wanted] of ROWS) {
    it(name, () => {
      const action = planWarmService(warmServiceFacts(overrides));
      expect(action).to.deep.include({
        ...wanted,
        ...('next' in wanted ? { next: (action as { next?: object }).next } : {}),
      });
      if ('next' in wanted) expect((action as { next?: object }).next).to.include(wanted.next as object);
    });
  }

  const always = (holds: (facts: WarmServiceFacts, action: ReturnType<typeof planWarmService>) => void): void =>
    fc.assert(fc.property(anyWarmServiceFacts, (facts) => holds(facts, planWarmService(facts))));

  it('I17 begins nothing while it is suspended, going, not claimed, or its data is missing', () =>
    always((facts, { type }) => {
      const off = facts.suspended || facts.deletion === 'Started' || facts.deletion === 'Destroying';
      if (off || !facts.claimed || facts.missing.length > 0)
        expect(type).to.not.be.oneOf(['Begin', 'Repair', 'FindVersions']);
    }));

  it('ends what is under way before anything else, whatever is wanted meanwhile', () =>
    always((facts, { type }) => {
      const { operation } = facts.journal;
      const isAccepted = facts.rejection === undefined && facts.claimed && facts.noted;
      if (operation === undefined || isGivenUp(operation) || facts.deletion === 'Destroying' || !isAccepted) return;
      expect(type).to.equal('Operate');
    }));

  it('leaves a rollback that was given up to a person', () =>
    always((facts, action) => {
      const { operation } = facts.journal;
      if (operation === undefined || !isGivenUp(operation)) return;
      expect(action.type).to.not.be.oneOf(['Operate', 'Begin', 'Repair', 'FindVersions']);
    }));

  it('takes nothing down that is not to be deleted', () =>
    always(({ deletion, retain }, { type }) => {
      if (type === 'Undeploy') expect({ deletion, retain }).to.deep.equal({ deletion: 'Started', retain: false });
      if (type === 'Destroy') expect({ deletion, retain }).to.deep.equal({ deletion: 'Destroying', retain: false });
    }));

  it('looks again in a time that a timer can wait for', () =>
    always((facts, action) => {
      if (action.type !== 'Rest') return;
      expect(action.afterMs).to.be.within(1, Math.max(facts.resyncMs, 600_000));
    }));

  it('I20 names what comes next, wherever it is not at rest', () =>
    always((facts, action) => {
      if (action.type === 'Rest' && (action.reason === 'UpToDate' || action.reason === 'Suspended')) return;
      const view = warmServiceView(facts);
      const next = nextActionOf({ view, action, platform: 'Process', failure: undefined, now: 1_900_000_000_000 });
      expect(next?.what).to.be.a('string').that.is.not.empty;
    }));
});
