import fc from 'fast-check';
import type { CanonicalFacts } from '../../controllers/canonical/plan.ts';
import type { RunJournal } from '../../controllers/run/journal.ts';
import type { RunFacts } from '../../controllers/run/plan.ts';
import { TEST_STAGES } from '../../controllers/run/run-operation.ts';
import type { RunState } from '../../lib/run-record/run-end.ts';
import { canonicalFacts, canonicalJournal, DAMAGED, INTACT, LEASE } from './canonical-facts.ts';
import { attemptMemory, NOW, runFacts, runProgress, testingJournal } from './run-facts.ts';

const rejection = { reason: 'DomainConflict', message: 'x' } as const;
const cancel = { reason: 'Cancelled', by: 'somebody' } as const;
const failedSeed = { run: 'notes-seed-x', hash: 'abcd1234', tag: '1.1.0+1.1.0', result: 'NotPromoted' } as const;

/** Everything a canonical's plan may be asked. */
export const anyCanonicalFacts: fc.Arbitrary<CanonicalFacts> = fc
  .record({
    runningMs: fc.nat(200_000_000),
    rejection: fc.option(fc.constant(rejection), { nil: undefined }),
    inForce: fc.boolean(),
    noted: fc.boolean(),
    claimed: fc.boolean(),
    deletion: fc.constantFrom('None', 'Missing', 'Started', 'Destroying'),
    retain: fc.boolean(),
    suspended: fc.boolean(),
    seedPolicy: fc.constantFrom('Auto', 'Manual'),
    knownGood: fc.constantFrom<CanonicalFacts['knownGood']>(
      { state: 'Present', id: 'g1' },
      { state: 'Absent' },
      { state: 'Unreadable', reason: 'x' },
    ),
    volumesPresent: fc.boolean(),
    leavings: fc.constantFrom('None', 'Litter', 'Unfinished'),
    trash: fc.boolean(),
    prepared: fc.constantFrom('Sealed', 'Absent'),
    looks: fc.constantFrom([], [{ what: 'g0', atRunningMs: 0 }]),
    neverGood: fc.boolean(),
    volumes: fc.constantFrom<CanonicalFacts['volumes']>({ state: 'Missing' }, { state: 'Unknown' }, { state: 'Dirty' }),
    lease: fc.option(fc.constant(LEASE), { nil: undefined }),
    leaseHolderAlive: fc.boolean(),
    seedHash: fc.constantFrom(undefined, 'abcd1234'),
    seedRunning: fc.boolean(),
    journal: fc.constantFrom(
      canonicalJournal(),
      canonicalJournal({ verified: INTACT }),
      canonicalJournal({ verified: DAMAGED, undeployedFor: 0 }),
      canonicalJournal({ seed: failedSeed }),
    ),
  })
  .map((record) => canonicalFacts(record));

const STATES = ['Pending', 'Running', 'Passed', 'Failed', 'Skipped', 'Unverified', 'Interrupted'] as const;
const STEPS: readonly RunState[] = ['Pending', 'Testing', 'Holding', 'TearingDown', 'Promoting', 'Ended'];

const journals: fc.Arbitrary<RunJournal> = fc
  .record({
    step: fc.constantFrom(...STEPS),
    session: fc.constantFrom('this', 'old'),
    cancelled: fc.boolean(),
    crashes: fc.nat(2),
    infraRetries: fc.nat(2),
    fault: fc.option(fc.constant({ message: 'away' }), { nil: undefined }),
    teardown: fc.option(fc.record({ tries: fc.nat(3), startedRunningMs: fc.nat(10_000_000) }), { nil: undefined }),
    judged: fc.boolean(),
    graceful: fc.boolean(),
    tornDown: fc.boolean(),
    collected: fc.boolean(),
    artifactsRemoved: fc.boolean(),
    retryAt: fc.option(fc.integer({ min: NOW - 100_000_000, max: NOW + 100_000_000 }), { nil: undefined }),
    memory: fc.option(fc.record({ up: fc.boolean(), stage: fc.constantFrom(...TEST_STAGES.Cold), step: fc.nat(6) }), {
      nil: undefined,
    }),
  })
  .map(({ cancelled, memory, retryAt, fault, teardown, judged, graceful, ...rest }) =>
    testingJournal({
      ...rest,
      ...(fault ? { fault } : {}),
      ...(teardown ? { teardown: { ...teardown, remaining: ['volume data'] } } : {}),
      ...(judged ? { outcome: { reason: 'Passed' as const, verdict: 'Passed' as const, level: 5, message: '' } } : {}),
      ...(graceful ? { stoppedGracefully: true } : {}),
      ...(cancelled ? { cancel } : {}),
      ...(retryAt === undefined ? {} : { retryAt }),
      ...(memory
        ? { memory: attemptMemory({ up: memory.up, cursor: { stage: memory.stage, step: memory.step } }) }
        : {}),
    }),
  );

/** Everything a run's plan may be asked. */
export const anyRunFacts: fc.Arbitrary<RunFacts> = fc
  .record({
    journal: journals,
    progress: fc.option(
      fc
        .tuple(...TEST_STAGES.Cold.map(() => fc.constantFrom(...STATES)))
        .map((states) => runProgress(Object.fromEntries(TEST_STAGES.Cold.map((name, index) => [name, states[index]])))),
      { nil: undefined },
    ),
    monotonicMs: fc.nat(10_000_000),
    runningMs: fc.nat(10_000_000),
    suspended: fc.boolean(),
    deletion: fc.constantFrom('None', 'Missing', 'Started', 'Destroying'),
    position: fc.nat(3),
    created: fc.boolean(),
  })
  .map(({ position, ...rest }) => runFacts({ ...rest, queue: { position, reason: 'Slot' } }));
