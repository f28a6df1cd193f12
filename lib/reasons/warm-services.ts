// What the reasons of warm services mean.
import { type Meaning, NOTHING } from './meaning.ts';

const UNDER_WAY = 'Nothing: it is under way, or about to be.';

/** Reasons of `Ready`, `Stalled` and `Reconciling` of a WarmService. */
export const WARM_SERVICE_REASONS = {
  Healthy: ['`Ready` is `True`: the last good version runs and is healthy.', NOTHING],
  UpToDate: ['It is at rest.', NOTHING],
  NotDeployed: ['Nothing is deployed yet.', UNDER_WAY],
  Deploy: ['The first deploy.', UNDER_WAY],
  Upgrade: ['An upgrade, or an edit of the spec.', UNDER_WAY],
  RollBack: ['The way back to the version before, with its data.', UNDER_WAY],
  Recover: ['What was deployed is deployed again on the data that is there.', UNDER_WAY],
  DependsOn: ['The services that the message names come first.', 'Wait, or correct `dependsOn`.'],
  DependencyCycle: ['Stalled: `dependsOn` goes in a circle.', 'Take one `dependsOn` of the circle out.'],
  NeverReleased: [
    'Stalled: the recipe has no annotated version tag.',
    'Release one (`git tag -a`), then `ccctl reconcile ws/NAME`.',
  ],
  NothingAllowed: [
    'Stalled: every release failed, is forbidden by `update`, or is older than what has begun the data.',
    'A new tag, a spec change or `ccctl retry ws/NAME`.',
  ],
  Unhealthy: [
    'The app does not answer as `app.health` wants it. Nobody else changed it, so it is not deployed again by itself, and no newer version is tried on it. A service that ended with exit code 0 where the recipe says `restart_policy: on-failure` is started again by nobody: let the recipe say `any`.',
    'Its logs say why: mend the cause, edit the spec, or `ccctl rollback ws/NAME --to SET`.',
  ],
  BackOff: ['The next repair waits.', NOTHING],
  Flapping: [
    'Stalled: repaired five times in five minutes, and left alone since.',
    'See who changes it, then `ccctl retry ws/NAME`.',
  ],
  DataMissing: [
    'Stalled: a volume, a secret or the env is gone that was there when it was healthy; nothing is deployed over it.',
    'Put it back, or `ccctl rollback ws/NAME --to SET`.',
  ],
  RollbackFailed: [
    'Stalled: the way back failed. Everything is kept.',
    'Mend what the message names, then `ccctl retry ws/NAME`, which begins with the set again; or choose another set.',
    'warm-services.md',
  ],
  Postponed: [
    'An upgrade could not be prepared. Nothing was touched.',
    'Go by the message; it is tried again at the time in `nextAction`.',
  ],
  Window: ['An upgrade waits for `update.window`.', NOTHING],
  InUse: ['An upgrade waits for runs that use the service, half an hour at the most.', NOTHING],
  Suspended: ['Left as it is.', '`ccctl resume ws/NAME`, or `suspend: false` in the file.'],
  NotVerified: [
    '`Unknown`, not `False`: a look failed before the service was seen in full.',
    'Go by the message of `Reconciling` or `Stalled`.',
  ],
  Deleting: ['The file is gone.', 'Put it back to keep the service.', 'operations.md#recover'],
  Renamed: [
    'The name in its file was changed: this object goes as if the file were gone.',
    'Put the old name back to keep it.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;

export type WarmServiceReason = keyof typeof WARM_SERVICE_REASONS;

/** Reasons of its other conditions. */
export const WARM_SERVICE_SIDE_REASONS = {
  Answers: ['`Healthy` is `True`.', NOTHING],
  Failing: ['`Healthy` is `False`: the message says what was asked and what came.', '`ccctl logs ws/NAME`.'],
  NotLooked: ['`Healthy` is `Unknown`: the app was not asked since it was changed last.', NOTHING],
  NeedsApproval: [
    '`Held`: a version, or an edit of the spec, waits for a person.',
    '`ccctl diff ws/NAME`, then `ccctl approve ws/NAME VERSION`.',
    'warm-services.md',
  ],
  EditFailed: [
    '`Held`: an edit was tried, failed, and was taken back.',
    'Edit again, or `ccctl retry ws/NAME`.',
    'warm-services.md',
  ],
  ChangedByOthers: [
    '`Drifted`: somebody else removed, scaled or updated the app.',
    'Nothing: it is repaired. See who does it where it happens again.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;
