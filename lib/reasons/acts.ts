// What is done, or waited for: reasons of `Reconciling` and of `nextAction`.
import type { StageName } from '../api/generated/types.ts';
import { type Meaning, NOTHING } from './meaning.ts';

const doing = (meaning: string): Meaning => [meaning, NOTHING];

/** What every kind does. */
const COMMON = {
  Retrying: ['The last pass failed, as the message says, and is tried again.', 'See what the message names.'],
  Stalled: ['Nothing is tried until the spec changes or somebody says so.', '`ccctl retry KIND/NAME`.'],
  NotAccepted: ['Nothing is done until the spec is accepted.', '`ccctl describe` says what was refused.'],
  Claim: doing('The domain is claimed.'),
  Accept: doing('The spec comes into force.'),
  Refuse: ['The spec is refused; the one that was accepted last stays in force.', '`ccctl describe` says why.'],
  Undeploy: doing('The app is taken down.'),
  StartDestroying: doing('From here on there is no way back: the data goes.'),
  Destroy: doing('The data goes.'),
  Forget: doing('The record goes, the data stays, as `deletionPolicy: Retain` wants.'),
  FileMissing: ['The app is taken down after `deletionGrace`.', 'Put the file back if it was a mistake.'],
  Renamed: ['The app is taken down after `deletionGrace`.', 'Put the old name back if it was a mistake.'],
} as const satisfies Readonly<Record<string, Meaning>>;

const CANONICALS = {
  RepairLease: doing('A lease whose holder is over is cleared away.'),
  Verify: doing('The known-good is read and compared with its digests.'),
  RestoreVolumes: doing('Volumes that are gone are restored from the snapshot.'),
  Tidy: doing('What an operation left beside the volumes is put away.'),
  EmptyTrash: doing('What was put away is removed.'),
  Prepare: doing('A copy of the known-good is made beside the volumes.'),
  Look: doing('An older generation, or the prepared copy, is read.'),
  FindNewest: doing('The newest release is looked up.'),
  Seed: doing('A run of the newest release is made.'),
  Seeding: doing('The seed run is under way.'),
  SeedFailed: ['Nothing is done until a new tag or a spec change.', '`ccctl retry canonical/NAME` tries again.'],
  NeverReleased: ['A release is looked for at each `resync`.', 'Release one, then `ccctl reconcile canonical/NAME`.'],
  Leased: doing('A run works on the known-good.'),
  RunsEnding: doing('The run that works on the known-good ends first.'),
  DataRetention: ['The data goes at the time that is named.', 'Put the file back to keep it.'],
} as const satisfies Readonly<Record<string, Meaning>>;

const WARM_SERVICES = {
  Operate: doing('A step of the operation under way is done.'),
  FindVersions: doing('Releases are looked up and judged.'),
  Begin: doing('A deploy or an upgrade begins.'),
  Repair: doing('A repair begins.'),
  DropExpired: doing('A set whose time is over is removed.'),
  NoteWait: doing('An upgrade begins to wait for runs that use the service.'),
} as const satisfies Readonly<Record<string, Meaning>>;

const SWEEPS = {
  Sweeping: doing('A sweep is under way.'),
  NoteSchedule: doing('The schedule is noted.'),
  Start: doing('A sweep starts.'),
  AskService: doing('A warm service is told to look for releases.'),
  EndService: doing('What came of a warm service is noted.'),
  ListRecipes: doing('The enrolled recipes are listed.'),
  Decide: doing('A recipe is fetched, and judged by its newest version.'),
  CreateRun: doing('The run of a row is made.'),
  CancelRun: doing('That run is cancelled.'),
  EndRecipe: doing('How it ended is noted.'),
  Conclude: doing('The sweep ends.'),
  Report: doing('Its report is written.'),
} as const satisfies Readonly<Record<string, Meaning>>;

const STAGES: Readonly<Record<StageName, Meaning>> = {
  Prepare: doing('Source, commit, base and profile are found and frozen.'),
  Lint: doing('The recipe is linted.'),
  Reattach: doing('The known-good comes up on its data.'),
  Install: doing('The base version is installed.'),
  Upgrade: doing('It is upgraded to the tested commit.'),
  Backup: doing('It is backed up.'),
  Restore: doing('Its data is wiped and put back.'),
  Custom: doing('The tests are run.'),
  Teardown: doing('The app is torn down, or torn down again at the time that is named.'),
  Promote: doing('The known-good is replaced.'),
};

const RUNS = {
  Pending: doing('The run has not begun.'),
  Testing: doing('An attempt is under way.'),
  TearingDown: doing('The app is torn down.'),
  Promoting: doing('The known-good is replaced.'),
  HeldForALook: ['The failed app is kept, as `holdOnFailure` says.', '`ccctl cancel run/NAME` ends that early.'],
  InfraFault: doing('The next attempt waits.'),
  StartAttempt: doing('An attempt begins.'),
  AbandonAttempt: doing('An attempt that was cut off is given up, and torn down.'),
  EndTests: doing('The tests are ended.'),
  RunStep: doing('A step of a stage is done.'),
  SkipStage: doing('A stage is skipped.'),
  FailStage: doing('The time of a stage is over.'),
  Judge: doing('The verdict is written.'),
  EndHold: doing('The failed app is kept no longer.'),
  TearDown: doing('The app is torn down.'),
  GiveUpTeardown: doing('The run ends although something is left; the teardown goes on.'),
  Promote: doing('The known-good is replaced.'),
  Finish: doing('Results and artifacts are written.'),
  RemoveArtifacts: doing('The artifacts go, their time being over.'),
  Remove: doing('The record goes.'),
} as const satisfies Readonly<Record<string, Meaning>>;

/** Every act, wait and stage that an object may name. */
export const ACT_MEANINGS = { ...COMMON, ...CANONICALS, ...WARM_SERVICES, ...SWEEPS, ...STAGES, ...RUNS } as const;

export type ActReason = keyof typeof ACT_MEANINGS;
