// What the words of a sweep mean.
import type { SweepReason, SweepResult } from '../api/generated/types.ts';
import { type Meaning, NOTHING } from './meaning.ts';

/** Why a recipe is tested, or not. */
export const SWEEP_ROW_MEANINGS: Readonly<Record<SweepReason, Meaning>> = {
  NewVersion: ['Run: the newest release is newer than the known-good.', NOTHING],
  NoKnownGood: ['Run: there is nothing to compare with.', NOTHING],
  KnownGoodDamaged: ['Run: the known-good is damaged.', 'Look at the disk.'],
  TooOld: ['Run: the known-good was promoted longer than `maxAge` ago, so the same version is proved again.', NOTHING],
  NoNewVersion: ['Skip: the newest release is the known-good, or older.', NOTHING],
  NeverReleased: ['Skip: there is no annotated version tag.', 'Release one: `git tag -a`.'],
  FetchFailed: [
    'Skip: three tries failed, or the source is wrong. `Ready` of the Sweep is `False`.',
    'Look at the source.',
  ],
  Suspended: ['Skip: the Canonical is suspended.', '`ccctl resume canonical/NAME`.'],
  NotAccepted: ['Skip: the file of the Canonical is not in force.', '`ccctl describe canonical/NAME`.'],
  Removed: ['Skip: the Canonical went meanwhile.', NOTHING],
};

/** The result of a sweep: the first of these that holds. */
export const SWEEP_RESULT_MEANINGS: Readonly<Record<SweepResult, Meaning>> = {
  Cancelled: ['Somebody said `ccctl cancel sweep/NAME`.', NOTHING],
  NothingEnrolled: ['It had nothing to test.', 'Correct `spec.selector`, or enrol a recipe.'],
  Failed: ['A recipe is red.', 'See its run: `ccctl describe sweep/NAME`.'],
  ServiceFailed: ['A warm service failed or was rolled back.', '`ccctl describe ws/NAME`.'],
  FetchFailed: ['A recipe could not be fetched.', 'Look at its source.'],
  InfraError: ['Runs failed by the infrastructure alone.', '`ccctl doctor`, then `ccctl run sweep/NAME`.'],
  Passed: ['Everything is green, or was skipped for a good reason.', NOTHING],
};

/** Why a warm service is `Failed` or `Skipped` in a sweep, besides the reasons of its condition `Ready`. */
export const SWEPT_SERVICE_MEANINGS = {
  NotLooked: ['Failed: it did not look for releases within ten minutes.', '`ccctl describe ws/NAME`.'],
  NotSettled: ['Failed: what it does did not end within three hours.', '`ccctl describe ws/NAME`.'],
  Postponed: ['Failed: its upgrade could not be prepared.', '`ccctl describe ws/NAME` has the message.'],
  DependencyCycle: ['Failed: its `dependsOn` goes in a circle.', 'Take one `dependsOn` of the circle out.'],
  RollbackFailed: [
    'Failed: the way back of an upgrade failed.',
    '`ccctl describe ws/NAME`, then `ccctl retry ws/NAME`.',
  ],
  DamagedRecord: ['Failed: its records cannot be read.', 'Put the file that `ccctl describe ws/NAME` names back.'],
  Suspended: ['Skipped: it is suspended.', '`ccctl resume ws/NAME`.'],
  NotAccepted: ['Skipped: its file is not in force.', '`ccctl describe ws/NAME`.'],
  Removed: ['Skipped: it went meanwhile.', NOTHING],
  NeverReleased: ['Skipped: its recipe has no annotated version tag.', 'Release one: `git tag -a`.'],
  Window: ['Skipped: its upgrade waits for its window.', NOTHING],
  NotBegun: ['Skipped: its upgrade did not begin within a minute.', '`ccctl describe ws/NAME` says what it waits for.'],
} as const satisfies Readonly<Record<string, Meaning>>;

/** What a Sweep waits for: `nextAction`. */
export const SWEEP_WAITS = {
  Scheduled: ['The time of the next start.', NOTHING],
  Suspended: ['Somebody to resume it.', '`ccctl resume sweep/NAME`.'],
  RunsActive: ['It starts once no run is active.', NOTHING],
  SweepActive: ['It starts once no other sweep is active.', NOTHING],
  WarmService: ['A service that looks for releases or is upgraded.', '`ccctl describe ws/NAME`.'],
  RunActive: ['The run of the row.', NOTHING],
  RunEnds: ['That run, once the sweep is cancelled.', NOTHING],
  FetchRetry: ['The next try of a fetch.', NOTHING],
} as const satisfies Readonly<Record<string, Meaning>>;
