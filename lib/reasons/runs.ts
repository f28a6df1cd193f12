// What the reasons of runs mean, besides those of their stages.
import type { QueueReason, RunDependency, RunStatus } from '../api/generated/types.ts';
import type { IneligibleReason } from '../known-good/promotion-eligibility.ts';
import type { PromotionFailure } from '../known-good/promotion-steps.ts';
import { type Meaning, NOTHING } from './meaning.ts';

/** Reasons of `Succeeded`. */
export const SUCCEEDED_REASONS = {
  Pending: ['It has not begun: `status.queue` says what it waits for.', NOTHING, 'operations.md#the-queue'],
  Running: ['It is under way.', NOTHING],
  Retrying: ['An attempt ended by no fault of the recipe; the next one follows.', NOTHING],
  Suspended: ['It does not start.', '`ccctl resume run/NAME`, or `suspend: false` in the file.'],
  Passed: ['All required stages and tests passed.', NOTHING],
  Failed: ['A stage failed.', 'See the first failed stage and `status.blame`.'],
  TimedOut: [
    '`timeouts.total` was over; stage and last probe are in the message, logs and tasks were saved first. Blame is `Infra` while the engine was away, the disk was below its floor, or the run was still being prepared.',
    'See what it waited for, or give it more time.',
  ],
  Cancelled: ['Somebody said `ccctl cancel` or removed the Run, or a newer command of its pull request came.', NOTHING],
  InfraError: [
    'A fault of the infrastructure, the disk floor in mid-run included, came back after two retries, or the controller died three times (`CrashBudget`).',
    'Mend what the message names, then `ccctl retry run/NAME`.',
  ],
  TeardownFailed: [
    'Something of the app is left: it is listed in `TornDown`, and tried again for ever.',
    'Remove what holds it; the message names it.',
  ],
  NotVerified: ['A look failed before the run was seen.', 'Go by the message of `Reconciling` or `Stalled`.'],
} as const satisfies Readonly<Record<string, Meaning>>;

export type SucceededReason = keyof typeof SUCCEEDED_REASONS;

/** Reasons of `TornDown`. */
export const TORN_DOWN_REASONS = {
  Verified: ['`True`: a listing shows that nothing of the run is left.', NOTHING],
  InUse: ['`False`: the app of the run exists, as it should now.', NOTHING],
  Remaining: ['`False`: the message names what is left.', 'Nothing: it is tried again, at least every minute.'],
} as const satisfies Readonly<Record<string, Meaning>>;

/** What a run waits for: `status.queue`. */
export const QUEUE_MEANINGS: Readonly<Record<QueueReason, Meaning>> = {
  DiskFloor: [
    '`disk.floor` has to be free on the disk of the state directory.',
    '`ccctl doctor --clean`, or more disk.',
  ],
  Slot: ['One of the `maxRuns`.', 'Wait, or raise `maxRuns`.'],
  MemoryFloor: [
    'Memory: `memory.floor` has to stay free beside what the last run of the recipe took, and what active runs have still to take.',
    'Wait, lower `maxRuns` or `memory.floor`, or end what else takes memory.',
  ],
  Lease: [
    'A quick run: the known-good of its recipe, on which `holder` works, or for which others have waited longer.',
    'Wait; `ccctl describe canonical/NAME` names the holder.',
  ],
};

/** Why a quick run was made cold: `status.fallback`. */
export const FALLBACK_MEANINGS: Readonly<Record<NonNullable<RunStatus['fallback']>, Meaning>> = {
  NoCanonical: ['Nobody enrols the recipe.', 'Enrol it with a Canonical.'],
  NoKnownGood: ['Nothing was promoted yet.', 'Wait for the seed, or start a cold run of a release.'],
  SnapshotDamaged: ['A digest of the known-good differs.', 'See its Canonical.'],
};

/** Why a run deployed a provider of sign-on for itself: `status.dependencies`. */
export const PROVIDER_MEANINGS: Readonly<Record<NonNullable<RunDependency['reason']>, Meaning>> = {
  NotDeployed: ['The WarmService is not deployed.', '`ccctl describe ws/NAME`.'],
  UnderOperation: ['The WarmService is being upgraded, or repaired.', NOTHING],
  NotAnswering: ['The WarmService does not answer.', '`ccctl describe ws/NAME`.'],
  Deleting: ['The WarmService is being deleted.', 'Put its file back, or take it out of `ci.dependsOn`.'],
};

/** Why a green run did not promote: `Skipped` in `status.promotion`. */
export const INELIGIBLE_MEANINGS: Readonly<Record<IneligibleReason, Meaning>> = {
  NotGreen: ['A required stage did not pass, or the run was quick.', 'See the stage.'],
  PullRequest: ['Runs of pull requests never promote.', 'Merge, tag a release, and run that.'],
  EnvOverridden: ['The Run has an `env` of its own.', 'Leave it out.'],
  PromotionNever: ['The Run says `promotion: Never`.', 'Leave it out.'],
  NotEnrolled: ['No Canonical enrols the recipe.', 'Enrol it.'],
  OtherSource: ["The Run tests another source than the Canonical's.", 'Leave `spec.source` out.'],
  Suspended: ['The Canonical is suspended.', '`ccctl resume canonical/NAME`.'],
  NotReleased: ['The commit is none of an annotated version tag.', 'Release it: `git tag -a`.'],
  OlderThanKnownGood: ['The known-good is newer.', NOTHING],
  TagMoved: [
    'The known-good has that version at another commit.',
    'Do not move tags: release the change as a version of its own.',
  ],
};

/** Why a promotion failed. The old known-good stands, and the run stays green. */
export const PROMOTION_MEANINGS: Readonly<Record<PromotionFailure, Meaning>> = {
  Failed: [
    'The version did not come up on the known-good data, or `verify` failed there.',
    'See `logs/promote-service-NAME.log` of the run.',
  ],
  DeadlineExceeded: [
    'A step took longer than its time: the longest of deploy, health and test; what copies data has as long as a run.',
    'Give `timeouts` more.',
  ],
  NotEnrolled: ['The Canonical went while it waited.', 'Put its file back.'],
  NotEligible: ['While it waited, another run promoted something newer, or it ceased to be eligible.', NOTHING],
  Cancelled: ['Somebody cancelled it.', NOTHING],
  DiskFloor: ['There was not enough space for another generation.', 'Free disk space.'],
  CrashBudget: ['The controller died in three tries.', 'See its log.'],
};
