// What conditions and their reasons mean. The kinds may state no reason that has no row here.
import type { ConditionType } from '../api/generated/types.ts';
import { type Meaning, NOTHING } from './meaning.ts';

/** Every type of condition. */
export const CONDITION_MEANINGS: Readonly<Record<ConditionType, Meaning>> = {
  Accepted: [
    'The file is in force. `False`: the spec that was accepted last is, if there was one. `Unknown`: the claim on the domain is not made yet.',
    'Where it is `False`, correct the file: `ccctl validate FILE` and `ccctl describe` name the place.',
  ],
  Ready: [
    'A Canonical has an intact known-good whose data can be put back; a WarmService runs its last good version and is healthy; a Sweep has something to test and could fetch it.',
    'Where it is `False`, go by the reason.',
  ],
  Succeeded: ['A run passed. `Unknown` until it is over, then `True` or `False` for good.', 'Go by the reason.'],
  TornDown: [
    "Nothing of the run's apps is left, by listing.",
    'Nothing: it is tried until it is so; `ccctl describe` lists what is left.',
  ],
  Healthy: ['The app answers as `app.health` wants it.', 'Where it is `False`, `ccctl logs ws/NAME`.'],
  Reconciling: [
    'Something is being done, or is tried again. Absent at rest.',
    'Nothing: `nextAction` says what comes next.',
  ],
  Stalled: [
    'Nothing more is tried until the spec changes, a tag appears or somebody says `ccctl retry`.',
    'Go by the reason; then `ccctl retry KIND/NAME`.',
  ],
  Held: [
    'A version, or an edit of the spec, waits for a person.',
    '`ccctl diff ws/NAME`, then `ccctl approve ws/NAME VERSION`, or leave it.',
    'warm-services.md',
  ],
  Drifted: ['Somebody else changed the app.', 'Nothing: it is repaired. See who does it where it happens again.'],
};

const DELETING: Meaning = [
  'The file is gone.',
  'Put it back within `dataRetention` to keep the data, or give it up at once: `ccctl delete KIND/NAME --purge`.',
  'operations.md#recover',
];
const RENAMED: Meaning = [
  'The name in the file was changed: this object goes as if its file were gone, and the new one begins.',
  'Put the old name back to keep it.',
];
const NOT_VERIFIED: Meaning = [
  '`Unknown`, not `False`: a look failed before the object was seen in full.',
  'Go by the message of `Reconciling` or `Stalled`.',
];
const DAMAGED: Meaning = [
  'A record of the object is lost or cannot be read, at its place and as copy; nothing of the object is touched.',
  'Put the file that the message names back from a backup, then `ccctl reconcile KIND/NAME`.',
  'state-directory.md',
];

/** Reasons of `Accepted`. */
export const ACCEPTED_REASONS = {
  Valid: ['`True`: the spec is in force.', NOTHING],
  Pending: ['`Unknown`: the claim on the domain comes first.', NOTHING],
  InvalidSpec: ['The file does not validate.', '`ccctl validate FILE` names line, column and what was expected.'],
  Unreadable: [
    'A dangling link, a directory or a pipe bears the name of a spec file, or the file may not be read; an object that it held before goes on by its last valid spec.',
    'Correct the link or the rights.',
  ],
  DuplicateName: ['Two files describe one object.', 'Rename or remove the later one.'],
  DuplicateRecipe: ['There is another Canonical of the recipe.', 'Remove one of them.'],
  DomainConflict: ['Another object has that domain.', 'Choose another `app.domain`.'],
  ImmutableField: [
    'A field was edited that an object keeps for life. A started Run may only change `suspend`, `holdOnFailure`, `ttlAfterFinished`.',
    'Undo the edit, or make a new object.',
  ],
  Renamed: [
    'The name in the file was changed, and the object that it described before still has recipe or domain.',
    'Put the old name back, or give its data up with `ccctl delete KIND/OLD --purge`.',
  ],
  DamagedRecord: DAMAGED,
} as const satisfies Readonly<Record<string, Meaning>>;

export type AcceptedReason = keyof typeof ACCEPTED_REASONS;

/** Reasons of `Ready` of a Canonical. */
export const CANONICAL_READY_REASONS = {
  KnownGood: ['`True`: the version that the message names is known good.', NOTHING],
  NoKnownGood: [
    'Nothing was promoted yet.',
    'With `seed: Auto` wait; with `Manual` start a cold run of a release: `ccctl run RECIPE --ref TAG`.',
  ],
  Seeding: ['The seed run is under way.', 'Nothing: `ccctl get runs` shows it.'],
  SeedFailed: [
    'The seed run was not promoted.',
    'Look at the run that the message names; then a new tag, a spec change or `ccctl retry canonical/NAME` tries again.',
  ],
  NeverReleased: [
    'The source has no annotated version tag to seed from.',
    'Release one (`git tag -a`), then `ccctl reconcile canonical/NAME`.',
    'maintainer.md',
  ],
  SnapshotDamaged: [
    'A digest of the known-good differs.',
    'Look at the disk. With `seed: Auto` it is seeded anew; live volumes are never taken instead.',
  ],
  VolumesMissing: ['A volume of the known-good is gone.', 'Nothing: it is restored from the snapshot.'],
  NotVerified: NOT_VERIFIED,
  Suspended: ['Neither seeded nor promoted.', '`ccctl resume canonical/NAME`, or `suspend: false` in the file.'],
  Deleting: DELETING,
  Renamed: RENAMED,
} as const satisfies Readonly<Record<string, Meaning>>;

export type CanonicalReadyReason = keyof typeof CANONICAL_READY_REASONS;

/** Reasons of `status.prepared` of a Canonical: no copy of its known-good lies beside the volumes. */
export const PREPARED_REASONS = {
  NoRoom: [
    'There is no room for a copy of the known-good beside the volumes, so a restore copies the snapshot and takes longer.',
    'Free disk space: `disk.floor` and twice the snapshot are wanted. It is tried again at each `resync`.',
  ],
  PrepareFailed: ['That copy could not be made.', 'Go by the message; it is tried again at each `resync`.'],
} as const satisfies Readonly<Record<string, Meaning>>;

/** Reasons of `Ready` of a Sweep. */
export const SWEEP_READY_REASONS = {
  Scheduled: ['`True`: it sweeps by its schedule.', NOTHING],
  NothingEnrolled: [
    'No enrolled Canonical has the labels of `spec.selector`, or there is none at all.',
    'Correct the selector, or enrol a recipe.',
  ],
  FetchFailed: [
    'The last sweep could not fetch the recipes that the message names.',
    'Look at their sources, then `ccctl run sweep/NAME`.',
  ],
  NotVerified: NOT_VERIFIED,
  Suspended: ['No sweep is started.', '`ccctl resume sweep/NAME`, or `spec.suspend: false` in its file.'],
  Deleting: ['The file is gone: what is under way is cancelled first.', 'Put the file back to keep it.'],
  Renamed: RENAMED,
} as const satisfies Readonly<Record<string, Meaning>>;

export type SweepReadyReason = keyof typeof SWEEP_READY_REASONS;

/** Reasons of `Stalled` that no kind has for itself. */
export const STALLED_REASONS = {
  NoSource: ['Nothing says where the recipe comes from.', 'Set `app.source`, or `recipeSource` in the configuration.'],
  InvalidSource: [
    'The source is no absolute path and no git URL, or nothing can be fetched from it.',
    'Correct it; a password belongs into `sourceCredentials`.',
    'operations.md#sources-that-need-a-password',
  ],
  StillDeployed: [
    'The app of the Canonical is deployed although nobody works on it, and could not be taken down.',
    "See the controller's log, undeploy it, then `ccctl retry canonical/NAME`.",
  ],
  DamagedRecord: DAMAGED,
  Failed: ['The pass failed for good.', 'Go by the message, then `ccctl retry KIND/NAME`.'],
} as const satisfies Readonly<Record<string, Meaning>>;

/** What a pass may stall an object with. */
export type StallReason = keyof typeof STALLED_REASONS;

/** Why deletions are held: `SourceUnavailable` in `ccctl get`. */
export const SOURCE_REASONS = {
  DirectoryMissing: ['The spec directory is not there.', 'Mount it, or create it again.'],
  DirectoryUnreadable: ['The spec directory cannot be read in full.', 'Correct its rights, or see its file system.'],
  MarkerMissing: [
    'The marker of this instance is gone from the spec directory.',
    'Bring the files back; the marker returns with most of them.',
  ],
  MarkerForeign: [
    'Another instance owns the spec directory.',
    'Give another directory, or take this one over: `cc-controller --adopt-spec-directory`.',
  ],
  MassDeletion: [
    'More than half of three or more objects are gone at once.',
    'Bring their files back, or say that it is meant: `ccctl delete --confirm-mass`.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;
