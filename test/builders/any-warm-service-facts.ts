import fc from 'fast-check';
import type { OperationRecord } from '../../controllers/warm-service/journal.ts';
import { WARM_BACK, WARM_OPERATIONS, type WarmOperationType } from '../../controllers/warm-service/operations.ts';
import type { WarmServiceFacts } from '../../controllers/warm-service/plan.ts';
import { GOOD, NEWER, operationRecord, warmServiceFacts, warmServiceJournal } from './warm-service-facts.ts';

const times = fc.nat(10_000_000);

/** Operations however far they have come, and however they are going. */
const operations: fc.Arbitrary<OperationRecord> = fc
  .record({
    type: fc.constantFrom<WarmOperationType>('Deploy', 'Upgrade', 'RollBack', 'Recover'),
    far: fc.nat(10),
    back: fc.nat(WARM_BACK.length),
    failed: fc.boolean(),
    begun: fc.integer({ min: 1, max: 4 }),
    process: fc.constantFrom('this', 'old'),
    faults: fc.nat(40),
  })
  .map(({ type, far, back, failed, begun, process, faults }) =>
    operationRecord({
      type,
      steps: {
        ...{ operation: 'w-1', process, begun, done: WARM_OPERATIONS[type].steps.slice(0, far) },
        ...(failed ? { failure: 'Failed' as const } : {}),
        undone: failed ? WARM_OPERATIONS[type].back.slice(0, back) : [],
      },
      ...(faults === 0 ? {} : { fault: { count: faults, message: 'away' } }),
    }),
  );

const journals = fc
  .record({
    operation: fc.option(operations, { nil: undefined }),
    newest: fc.option(
      fc.record({
        ...{ atRunningMs: times, session: fc.constantFrom('this', 'old'), digest: fc.constantFrom('choice', 'other') },
        latest: fc.constantFrom(GOOD, NEWER, undefined),
        target: fc.constantFrom(GOOD, NEWER, undefined),
      }),
      { nil: undefined },
    ),
    repairs: fc.array(times, { maxLength: 8 }),
    leftAlone: fc.constantFrom(undefined, 'spec', 'other'),
    postponed: fc.option(
      fc.record({
        ...{ digest: fc.constantFrom('spec', 'other'), count: fc.integer({ min: 1, max: 2000 }) },
        ...{ atRunningMs: times, message: fc.constant('the registry is down') },
      }),
      { nil: undefined },
    ),
    undeployedFor: fc.constantFrom(undefined, 0),
  })
  .map((journal) => warmServiceJournal(JSON.parse(JSON.stringify(journal))));

/** Everything the plan of a warm service may be asked. */
export const anyWarmServiceFacts: fc.Arbitrary<WarmServiceFacts> = fc
  .record({
    journal: journals,
    runningMs: times,
    resyncMs: fc.integer({ min: 1000, max: 600_000 }),
    rejection: fc.constantFrom(undefined, { reason: 'DomainConflict' as const, message: 'x' }),
    inForce: fc.boolean(),
    noted: fc.boolean(),
    claimed: fc.boolean(),
    deletion: fc.constantFrom<WarmServiceFacts['deletion']>('None', 'Missing', 'Started', 'Destroying'),
    retain: fc.boolean(),
    suspended: fc.boolean(),
    waitsFor: fc.constantFrom<WarmServiceFacts['waitsFor']>(
      { state: 'Nobody' },
      { state: 'Services', names: ['a'], absent: ['a'] },
      { state: 'Cycle', names: ['shop', 'a', 'shop'] },
    ),
    lastGood: fc.constantFrom(undefined, GOOD),
    app: fc.constantFrom<WarmServiceFacts['app']>(
      { state: 'Absent' },
      { state: 'Up', commit: GOOD.commit, what: '' },
      { state: 'Up', commit: NEWER.commit, what: '' },
      { state: 'Unhealthy', commit: GOOD.commit, what: 'x' },
      { state: 'Changed', commit: GOOD.commit, what: 'scaled' },
    ),
    missing: fc.constantFrom([], ['data']),
    edited: fc.boolean(),
    window: fc.constantFrom<WarmServiceFacts['window']>(
      { open: true },
      { open: false, opensInMs: 1 },
      { open: false, opensInMs: 1e12 },
      { open: false, opensInMs: undefined },
    ),
    inUse: fc.constantFrom([], [{ run: 'r1', realm: 'shop-0a1b2c' }]),
    reached: fc.constantFrom<WarmServiceFacts['reached']>('Open', 'Ready', 'Committed'),
    touched: fc.boolean(),
    late: fc.boolean(),
  })
  .map((facts) => warmServiceFacts(facts));
