// What the reasons of stages and of tests mean: each message of a red run, and what to do about it.
import type { StageReason, TestReason } from '../api/generated/types.ts';
import { type Meaning, NOTHING } from './meaning.ts';
import { INELIGIBLE_MEANINGS, PROMOTION_MEANINGS, SUCCEEDED_REASONS } from './runs.ts';

const TRUST = 'recipe-profile.md#trust';
const HOOKS = 'recipe-profile.md#data-hooks';
const after = (stage: string): Meaning => [`Skipped: ${stage} failed before.`, 'See that stage.'];
const { Cancelled, InfraError, TeardownFailed, TimedOut } = SUCCEEDED_REASONS;

/** Reasons of stages. Whose fault each is says `lib/run-record/blame.ts`. */
export const STAGE_MEANINGS: Readonly<Record<StageReason, Meaning>> = {
  ...INELIGIBLE_MEANINGS,
  ...PROMOTION_MEANINGS,
  Cancelled,
  InfraError,
  TeardownFailed,
  TimedOut,
  DeadlineExceeded: [
    'It was not up, or a test not done, in its time; the last probe, or the services and health checks that were still starting, are in the message.',
    'See what it waited for, or give it more time in `timeouts`.',
    'recipe-profile.md#stages-and-levels',
  ],
  UnknownRef: ['The source has no such tag, branch or commit.', 'Correct `ref`.'],
  CommitNotInRef: ['The commit is not part of the ref.', 'Correct `commit`, or `ref`.'],
  InvalidSource: ['Nothing can be fetched from the source, and trying again is of no use.', 'Correct the source.'],
  InvalidProfile: ['The profile names a file, a service or a version that is not there.', 'Correct the `ci` block.'],
  KnownGoodLost: [
    'The source has no longer the commit of the known-good.',
    'Push it again, or choose another base with `ci.upgrade.base`.',
  ],
  Misconfigured: [
    "Not the recipe: a secret's file, a right or a setting of this host is wrong.",
    'The message names it and the remedy.',
  ],
  NotFound: ['Not the recipe: a program, a network or an image is missing.', 'The message names it and the remedy.'],
  Refused: ['A rule forbids it.', 'The message names the rule.'],
  UntrustedRecipe: [
    'The platform runs no commits of unknown origin.',
    'Push the commit to the source, or see trust.',
    TRUST,
  ],
  RecipeTestsNotAllowed: ['Hooks or tests of a commit of unknown origin may not run.', 'See trust.', TRUST],
  UnsupportedByPlatform: [
    'The platform cannot do what the recipe asks for; the message names service and key.',
    'Use a platform that can, or add `x-process`.',
    'recipe-profile.md#what-a-recipe-needs',
  ],
  MissingOnHost: [
    'The engine cannot start a task since its host lacks something: the path of a bind mount, a device, a plugin, CPUs.',
    'The message names service, what is missing and what to do.',
  ],
  NoIngress: [
    "The app's tasks run, but its name is not found, nobody listens there for 10 s, or what listens has had no certificate for it for a minute. Where the app was reached before in the attempt, it is an infrastructure fault instead.",
    'Set `swarm.connectTo` to the ingress, or `app.url` to where the app answers, or publish a port and leave `traefik.enable` out. `ccctl doctor` checks the ingress.',
    'operations.md#where-apps-answer',
  ],
  ChangedByOthers: [
    'Somebody else removed, scaled or updated the app under test or ended its supervisor, the host was started anew under it, or it is gone; the message also says what failed first. It is not tried again by itself.',
    'Leave the stack alone, then `ccctl retry run/NAME`.',
  ],
  LintErrors: [
    'The message begins with what hinders most, and says how many more there are.',
    '`lint.json` of the run has each rule, place and remedy, warnings included.',
    'recipe-profile.md#what-a-recipe-needs',
  ],
  LintUnverified: ['Unverified: `abra recipe lint` gave no table that can be read.', 'Run it by hand; `ccctl doctor`.'],
  InvalidRecipe: ['Compose file, env or secrets cannot be read.', 'Correct the place that the message names.'],
  NoRouter: [
    "The app's tasks run, and the ingress answers for itself at the app's domain: no rule of `traefik.http.routers.….rule` in the recipe names it.",
    'Give a router the domain, or say in `app.url` or `app.health` where the app answers. The message has service, label and place.',
  ],
  CommandFailed: ['A command that the platform ran for the recipe failed.', 'See what it said.'],
  CrashLoop: [
    'A service ended three times within a minute.',
    'The last log lines are in the status; `ccctl logs run/NAME`.',
  ],
  ExitedForGood: [
    'A service ended where no restart is allowed or none is left (`max_attempts`).',
    'The last log lines are in the status; a one-shot has to end with exit code 0.',
    'recipe-profile.md#one-shot-and-periodic-services',
  ],
  NotUpAnyMore: [
    'The app was up, and a service of it was down for a minute before the verdict.',
    'The message names it; see its log.',
  ],
  TaskRejected: ['The engine refused a task.', 'The message has the words of the engine.'],
  Unplaceable: ['The engine found no place for a service for 15 s.', 'Correct `placement` or `resources`.'],
  RolledBack: ['The engine took the update back.', 'See the log of the service that failed.'],
  WeakEvidence: [
    'Passed, but nobody could ask the app: no `app.url`, route or port. That its tasks run is all that is known.',
    'Say in `app.url` where it answers, or declare `app.health`.',
    'operations.md#where-apps-answer',
  ],
  BaseInstallFailed: [
    'Not your change: the version before it does not come up. Of `Reattach`: the known-good does not come up on its own data any more.',
    'Pin another version with `ci.upgrade.base`, or mend that release. Of `Reattach`: see what differs on this host since it was promoted, or test with a cold run.',
  ],
  InstallHookFailed: ['An install hook failed.', 'Its log is in `logs/` of the run.'],
  SeedFailed: ['The hook `seed` failed.', 'Its log is in `logs/` of the run.', HOOKS],
  WipeFailed: ['The hook `wipe` failed.', 'Its log is in `logs/` of the run.', HOOKS],
  HookFailed: ['A hook of the `backupbot` labels failed.', 'Its log is in `logs/` of the run.'],
  WrongCommit: [
    'After the upgrade another commit runs than the tested one.',
    'Let each version change what is deployed; see the message.',
  ],
  DataLost: [
    '`verify` fails after the upgrade or the restore, or a canary is gone: data was lost.',
    'See what the new version does with volumes and dumps; for a restore, what the `backupbot` labels leave out.',
    'recipe-profile.md#canaries',
  ],
  BackupIncomplete: [
    'A labelled path is missing, or a link of the app lies on the way to it.',
    'Correct the `backupbot` labels.',
  ],
  RestoreDiffers: [
    'What was put back differs from the artifact. Where the disk changed it, blame is `Infra`.',
    'See the message; then the hooks of the `backupbot` labels.',
  ],
  TestsFailed: ['A test failed, or a required one was skipped.', 'See `status.stages[].tests` and `junit.xml`.'],
  PreExisting: [
    'The page is broken, and was before the upgrade: the tested commit is not to blame, but the run stays red.',
    'Mend the release, or declare tests that say what counts.',
    'recipe-profile.md#the-page-of-an-app-without-tests',
  ],
  NothingToTest: ['Skipped: there is nothing of the kind. Does not cap the level.', NOTHING],
  BasePolicyNone: ['Skipped: `ci.upgrade.base.policy` is `None`.', NOTHING],
  NoBackupLabels: [
    'Skipped: the recipe has volumes and no `backupbot` labels. Caps the level.',
    'Label what is to be backed up, or list the stage in `expectedSkips`.',
    'recipe-profile.md#nothing-to-back-up',
  ],
  NothingSelected: [
    'Skipped: the `backupbot` labels select no data. Caps the level.',
    'Correct the labels, or list the stage in `expectedSkips`.',
    'recipe-profile.md#nothing-to-back-up',
  ],
  NoVerifyHook: [
    'Unverified: nothing shows whether the data is still there.',
    'Add a `verify` hook that fails on wiped data.',
    HOOKS,
  ],
  VerifyProvesNothing: ['Unverified: `verify` passed on wiped data.', 'Let it look for what `seed` put in.', HOOKS],
  StoreNotRecognised: [
    'Unverified: nothing here speaks to the store that the message names.',
    'Add data hooks.',
    'recipe-profile.md#canaries',
  ],
  StoreRefused: [
    'Unverified: the store did not let us in; the message has the words of its client.',
    'Give the service the variables of its image, or add data hooks.',
    'recipe-profile.md#canaries',
  ],
  CanaryRemoved: [
    'Unverified: the app removed a file that it does not know; other data is there.',
    'Add data hooks for real proof.',
    'recipe-profile.md#canaries',
  ],
  Remaining: ['Of `Teardown`: the message names what is left.', 'Nothing: it is tried again, see `TornDown`.'],
  PrepareFailed: after('Prepare'),
  InstallFailed: after('Install'),
  ReattachFailed: after('Reattach'),
  UpgradeFailed: after('Upgrade'),
  BackupFailed: after('Backup'),
  RestoreFailed: after('Restore'),
};

/** Reasons of tests: the word of the controller, never that of the test. */
export const TEST_MEANINGS: Readonly<Record<TestReason, Meaning>> = {
  ArtifactsReplaced: [
    'The test put something else in the place of `$CCCI_ARTIFACTS`.',
    'Let it write into that directory.',
  ],
  DeadlineExceeded: ['It was not done in its time.', 'See its log, or give it a longer `timeout`.'],
  DependencyNotServed: [
    'It requires something that no entry of `ci.dependsOn` is called.',
    'Add it there, or correct `requires`.',
    'recipe-profile.md#sign-on',
  ],
  ExitCode: ['It failed, or skipped itself with exit code 77.', 'Its last line is in the message; its log in `logs/`.'],
  InvalidProfile: ['Its program is missing, or lies outside its directory.', 'Correct `command`.'],
  Misconfigured: ['This host lacks its program, or may not run it.', 'The message names it.'],
  RecipeTestsNotAllowed: ['A test of a commit of unknown origin may not run.', 'See trust.', TRUST],
};
