import { COMMON_FAILURES, type OperationDefinition, type OperationJournal } from '../../lib/operation/operation.ts';

/**
 * Forward, whatever the operation. Each step is idempotent, and is resumed after a crash where it was: what an upgrade
 * has copied is never copied again once the new version may have touched the data.
 */
const WARM_STEPS = [
  'Preflight', // commits pinned, revisions checked out, images there, room for a set
  'TakeDown', // and assert by listing that all is gone
  'Snapshot', // the set of the data as it is, its id the operation's
  'SetAside', // the live volumes leave their places: they become the failed set
  'Restore', // the set that is gone back to
  'Deploy',
  'AwaitHealth',
  'Commit', // the record of what is good; of a rollback: that it ended
  'KeepFailed', // what went aside becomes a set that can be read and gone back to
  'Collect',
] as const;
export type WarmStep = (typeof WARM_STEPS)[number];

export const WARM_BACK = [
  'SaveEvidence', // logs and tasks, before anything is killed
  'TakeDown', // of what never was healthy
  'SetAside', // what a first deploy has begun, where nothing was there before; other data stays in its place
  'Close', // journal what follows: quarantine, alert, rollback
] as const;
export type WarmBackStep = (typeof WARM_BACK)[number];

export const WARM_FAILURES = COMMON_FAILURES;
export type WarmFailure = (typeof WARM_FAILURES)[number];

export type WarmOperationType = 'Deploy' | 'Upgrade' | 'RollBack' | 'Recover';
export type WarmOperation = OperationDefinition<WarmStep, WarmBackStep>;
export type WarmSteps = OperationJournal<WarmStep, WarmBackStep, WarmFailure>;

/** Faults of the ground in a row that a step may meet before the operation fails. */
const FAULTS = 6;
/** Of a rollback: nothing but a person is left after it, so an engine may be away as long as its steps may take. */
const ROLL_BACK_FAULTS = 30;

/** The first deploy, and that of another version on data of which nothing was ever healthy. */
const DEPLOY: WarmOperation = {
  steps: ['Preflight', 'Deploy', 'AwaitHealth', 'Commit', 'Collect'],
  commit: 'Commit',
  back: ['SaveEvidence', 'TakeDown', 'SetAside', 'Close'],
  begins: 3,
  faults: FAULTS,
};

/** To another version, with a way back that is proven before anything is taken down. Rolled back by its own operation. */
const UPGRADE: WarmOperation = {
  steps: ['Preflight', 'TakeDown', 'Snapshot', 'Deploy', 'AwaitHealth', 'Commit', 'Collect'],
  commit: 'Commit',
  back: ['SaveEvidence', 'Close'],
  begins: 3,
  faults: FAULTS,
};

/** Back to a version and, where a set is named, its data. There is no way back from it: it ends, or a person is told. */
const ROLL_BACK: WarmOperation = {
  steps: ['Preflight', 'TakeDown', 'SetAside', 'Restore', 'Deploy', 'AwaitHealth', 'Commit', 'KeepFailed', 'Collect'],
  commit: 'Commit',
  back: ['SaveEvidence', 'Close'],
  begins: 10,
  faults: ROLL_BACK_FAULTS,
};

/** The same version again, on the data that is there: somebody removed, scaled or changed the app. */
const RECOVER: WarmOperation = {
  steps: ['Preflight', 'Deploy', 'AwaitHealth', 'Commit'],
  commit: 'Commit',
  back: ['SaveEvidence', 'Close'],
  begins: 3,
  faults: FAULTS,
};

/** The definition of each operation. */
export const WARM_OPERATIONS: Readonly<Record<WarmOperationType, WarmOperation>> = {
  Deploy: DEPLOY,
  Upgrade: UPGRADE,
  RollBack: ROLL_BACK,
  Recover: RECOVER,
};
