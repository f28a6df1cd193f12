import { expect } from 'chai';
import fc from 'fast-check';
import { warmServiceStatus } from '../../../controllers/warm-service/conditions.ts';
import { planWarmService, type RestReason, type WarmServiceFacts } from '../../../controllers/warm-service/plan.ts';
import type { WarmServiceStatus } from '../../../lib/api/index.ts';
import { violations } from '../../../lib/store/spec-codec-validate.ts';
import { anyWarmServiceFacts } from '../../builders/any-warm-service-facts.ts';
import {
  GOOD,
  NEWER,
  operationRecord,
  warmServiceFacts,
  warmServiceJournal,
  warmServiceView,
} from '../../builders/warm-service-facts.ts';

const NOW = Date.UTC(2030, 0, 2, 3, 4, 5);
const newest = { atRunningMs: 0, session: 'this', digest: 'choice', latest: NEWER };
const newer = { journal: warmServiceJournal({ newest: { ...newest, target: NEWER } }) };
const gone = { app: { state: 'Absent' } as const };
const never = { lastGood: undefined, ...gone };
const unhealthy = { app: { state: 'Unhealthy', commit: GOOD.commit, what: 'x' } } as const;
const givenUp = operationRecord({
  type: 'RollBack',
  steps: {
    operation: 'w-1',
    process: 'this',
    begun: 1,
    done: [],
    undone: ['SaveEvidence', 'Close'],
    failure: 'Failed',
  },
  failure: { reason: 'Failed', message: 'the set is damaged' },
});
const postponed = { digest: 'spec', count: 1, atRunningMs: 0, message: 'the registry is down' };

function shown(facts: WarmServiceFacts): WarmServiceStatus {
  const action = planWarmService(facts);
  return warmServiceStatus({ view: warmServiceView(facts), action, platform: 'Process', failure: undefined, now: NOW });
}

function of(status: WarmServiceStatus, type: string): string | undefined {
  const found = status.conditions.find((one) => one.type === type);
  return found && `${found.status}/${found.reason}`;
}

/** Reason, facts, and what Ready, Stalled and Reconciling say; the next action and whether it has a time. */
type Row = [RestReason, Partial<WarmServiceFacts>, (string | undefined)[], 'Nothing' | 'Something' | 'AtATime'];
const WELL = 'True/Healthy';
const ROWS: readonly Row[] = [
  ['UpToDate', {}, [WELL, undefined, undefined], 'Nothing'],
  ['Suspended', { suspended: true }, ['False/Suspended', undefined, undefined], 'Nothing'],
  [
    'DependsOn',
    { ...never, waitsFor: { state: 'Services', names: ['a'], absent: [] } },
    ['False/DependsOn', undefined, 'True/DependsOn'],
    'Something',
  ],
  [
    'DependencyCycle',
    { ...never, waitsFor: { state: 'Cycle', names: ['shop', 'shop'] } },
    ['False/DependencyCycle', 'True/DependencyCycle', undefined],
    'Something',
  ],
  [
    'RollbackFailed',
    { journal: warmServiceJournal({ operation: givenUp }), ...gone },
    ['False/RollbackFailed', 'True/RollbackFailed', undefined],
    'Something',
  ],
  ['DataMissing', { ...gone, missing: ['data'] }, ['False/DataMissing', 'True/DataMissing', undefined], 'Something'],
  [
    'NothingAllowed',
    { ...never, journal: warmServiceJournal({ newest }) },
    ['False/NothingAllowed', 'True/NothingAllowed', undefined],
    'Something',
  ],
  ['Unhealthy', unhealthy, ['False/Unhealthy', undefined, undefined], 'Something'],
  [
    'BackOff',
    { ...gone, journal: warmServiceJournal({ repairs: [0] }) },
    ['False/Unhealthy', undefined, 'True/BackOff'],
    'AtATime',
  ],
  [
    'Flapping',
    { ...gone, journal: warmServiceJournal({ leftAlone: 'spec' }) },
    ['False/Unhealthy', 'True/Flapping', undefined],
    'Something',
  ],
  [
    'Postponed',
    { journal: warmServiceJournal({ ...newer.journal, postponed }) },
    [WELL, undefined, 'True/Postponed'],
    'AtATime',
  ],
  ['Window', { ...newer, window: { open: false, opensInMs: 9e7 } }, [WELL, undefined, undefined], 'AtATime'],
  ['Window', { ...newer, window: { open: false, opensInMs: undefined } }, [WELL, undefined, undefined], 'Something'],
  [
    'InUse',
    {
      ...newer,
      journal: warmServiceJournal({ ...newer.journal, waits: { commit: NEWER.commit, sinceRunningMs: 0 } }),
      inUse: [{ run: 'r1', realm: 'shop-0a1b2c' }],
    },
    [WELL, undefined, undefined],
    'AtATime',
  ],
];

describe('status of a warm service', () => {
  for (const [reason, overrides, conditions, next] of ROWS)
    it(`I20 at rest: ${reason}, next ${next.toLowerCase()}`, () => {
      const facts = warmServiceFacts(overrides);
      expect(planWarmService(facts)).to.deep.include({ type: 'Rest', reason });
      const status = shown(facts);
      expect(['Ready', 'Stalled', 'Reconciling'].map((type) => of(status, type))).to.deep.equal(conditions);
      expect(status.nextAction === undefined).to.equal(next === 'Nothing');
      expect(status.nextAction?.time !== undefined).to.equal(next === 'AtATime');
    });

  it('names when a window opens, not when it is looked at again', () => {
    const { nextAction } = shown(warmServiceFacts({ ...newer, window: { open: false, opensInMs: 24 * 3_600_000 } }));
    expect(nextAction?.time).to.match(/^2030-01-03T03:0[45]:00/);
  });

  it('T54 an upgrade that has touched nothing yet leaves it ready', () => {
    const facts = warmServiceFacts({ journal: warmServiceJournal({ operation: operationRecord() }) });
    expect(of(shown(facts), 'Ready')).to.equal(WELL);
  });

  it('T100 names what it waits for and nobody has', () => {
    const waits = { state: 'Services', names: ['db', 'sso'], absent: ['sso'] } as const;
    const { conditions } = shown(warmServiceFacts({ ...never, waitsFor: waits }));
    expect(conditions.find(({ type }) => type === 'Ready')?.message).to.match(/no such service: sso\./);
  });

  it('is one that the schema allows, whatever is seen', () =>
    fc.assert(
      fc.property(anyWarmServiceFacts, (facts) => {
        const status = JSON.parse(JSON.stringify(shown(facts))) as WarmServiceStatus;
        expect(
          violations('WarmServiceStatus', status).map(({ path, message }) => `${path.join('.')}: ${message}`),
        ).to.deep.equal([]);
        expect(status.conditions.map(({ type }) => type)).to.include.members(['Accepted', 'Ready', 'Healthy']);
        for (const { message } of status.conditions) expect(message).to.be.a('string');
      }),
    ));

  it('I5 is ready only on what is good, and never while it is stalled for its data', () =>
    fc.assert(
      fc.property(anyWarmServiceFacts, (facts) => {
        const status = shown(facts);
        if (of(status, 'Ready') !== WELL) return;
        expect(facts.lastGood).to.deep.equal(GOOD);
        expect(facts.app.state).to.equal('Up');
        expect(of(status, 'Stalled')).to.not.be.oneOf(['True/RollbackFailed', 'True/DataMissing']);
      }),
    ));
});
