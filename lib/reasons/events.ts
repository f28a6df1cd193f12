// What events mean. There is no event without a row here.
import { type Meaning, NOTHING } from './meaning.ts';

const PASSES = {
  PassFailed: [
    'A pass over the object failed; it is tried again, later each time.',
    '`ccctl describe` has the message.',
  ],
  Stalled: [
    'A pass failed for good: nothing more is tried by itself.',
    '`ccctl describe`, then `ccctl retry KIND/NAME`.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;

const FILES = {
  FileMoved: ['The file of the object has another path now.', NOTHING],
  FileMissing: ['The file is gone; the grace time runs.', 'Put it back within `deletionGrace` if it was a mistake.'],
  FileReturned: ['The file is there again: the object is not deleted.', NOTHING],
  Renamed: ['The file describes another object now; the grace time runs.', 'Put the old name back to keep the object.'],
  DeletionStarted: ['The deletion has begun.', 'Put the file back within `dataRetention` to keep the data.'],
  SpecChanged: ['The file is another generation now.', NOTHING],
  SpecAccepted: ['An edit is in force.', NOTHING],
  SpecRejected: ['An edit does not validate; the last valid spec stays in force.', '`ccctl validate FILE`.'],
  SpecRefused: ['An edit is not in force.', '`ccctl describe` says why, field by field.'],
  StatusNotWritten: ['The status file could not be written.', 'See the rights and the disk of the spec directory.'],
  SourceUnavailable: ['Deletions are held.', '`ccctl get` says why; see the spec directory.'],
  SourceAvailable: ['The spec directory is complete again.', NOTHING],
  DamagedRecord: [
    'A record cannot be read; the object is left alone.',
    'Put it back from a backup, then `ccctl reconcile`.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;

const CANONICALS = {
  Seeding: ['A run was made that tests the newest release.', NOTHING],
  SnapshotDamaged: ['A digest of the known-good differs.', 'Look at the disk.'],
  VolumesRestored: ['Volumes that were lost are back, from the snapshot.', 'See who removes volumes.'],
  LeaseRepaired: [
    'A lease whose holder is over was cleared away. Where data may have been touched under it, the known-good was put back.',
    NOTHING,
  ],
  AncestorDamaged: ['An older generation is damaged. The known-good is not.', 'Look at the disk.'],
  PreparedCopyDamaged: ['The prepared copy of the known-good differed, and is made anew.', 'Look at the disk.'],
  NotPrepared: [
    'The copy of the known-good could not be prepared; a restore takes longer.',
    'Go by the message: room, or the disk.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;

const RUNS = {
  Passed: ['The run ended: all required stages and tests passed.', NOTHING],
  Failed: ['The run ended: a stage failed.', '`ccctl describe run/NAME`.'],
  TimedOut: ['The run ended: `timeouts.total` was over.', '`ccctl describe run/NAME`.'],
  Cancelled: ['The run ended: somebody wanted it.', NOTHING],
  PromotionPromoted: ['Of the Canonical: what the run tested is the known-good.', NOTHING],
  PromotionSkipped: ['Of the Canonical: a green run does not promote; the message says why.', NOTHING],
  PromotionFailed: ['Of the Canonical: a promotion failed; the old known-good stands.', '`ccctl describe run/NAME`.'],
  AttemptStarted: ['An attempt began.', NOTHING],
  InfraFault: [
    'The attempt ended by a fault of the infrastructure; another one follows.',
    'See what the message names.',
  ],
  InfraError: [
    'The run ended by a fault of the infrastructure.',
    'Mend what the message names, then `ccctl retry run/NAME`.',
  ],
  TeardownFailed: ['Something of the app is left. It is tried again.', 'Remove what holds it.'],
  CanonicalNotAccepted: [
    'The Canonical of the recipe was never accepted, so the run is made without it.',
    'Correct its file.',
  ],
  IgnoredComposeKeys: ['The compose file has keys that have no effect on the platform.', NOTHING],
  ColdProvider: ['The run deploys a provider of sign-on for itself.', 'See the WarmService.'],
  FallbackToCold: ['A quick run is made cold.', 'The message says what is missing.'],
  PromotionRetrying: [
    'A step of the promotion failed by a fault of the system, and is tried again.',
    'See the message.',
  ],
} as const satisfies Readonly<Record<string, Meaning>>;

const WARM_SERVICES = {
  DeployStarted: ['The first deploy begins.', NOTHING],
  UpgradeStarted: ['An upgrade begins.', NOTHING],
  Deploy: ['A first deploy ended; the message says how.', NOTHING],
  Upgrade: ['An upgrade ended; the message says how.', NOTHING],
  RollBack: ['A rollback ended; the message says how.', NOTHING],
  Recover: ['A repair ended; the message says how.', NOTHING],
  DeployFailed: ['A first deploy failed.', 'An alert says more.', 'alerts.md'],
  UpgradeFailed: ['An upgrade failed; the way back follows.', 'An alert says more.', 'alerts.md'],
  RollBackFailed: ['The way back failed. Nothing is deleted.', 'An alert says more.', 'alerts.md'],
  RecoverFailed: ['A repair failed.', 'An alert says more.', 'alerts.md'],
  Held: ['A version, or an edit, waits for a person.', '`ccctl diff ws/NAME`, then `ccctl approve`.'],
  ApprovalVoided: ['An approval lets nothing through any more.', 'Look at the version again.'],
  InUse: ['An upgrade waits for runs that use the service.', NOTHING],
  ChangedInUse: [
    'An operation begins although runs use the service: they are tried again if they fail for it.',
    NOTHING,
  ],
  Drifted: ['Somebody else changed the app; it is repaired.', 'See who does it where it happens again.'],
  OperationRetrying: ['A step failed by a fault of the system, and is tried again.', 'See the message.'],
  StepLeftOut: ['Something could not be tidied away.', 'See the message; it takes room until it is removed.'],
  FailedSetRemoved: ['A failed set was removed, its time being over.', NOTHING],
} as const satisfies Readonly<Record<string, Meaning>>;

const SWEEPS = {
  SweepStarted: ['A sweep began.', NOTHING],
  RunCreated: ['It made the run of a row.', NOTHING],
  SweepEnded: ['It ended; the message has the result.', 'Where it is not `Passed`, `ccctl describe sweep/NAME`.'],
} as const satisfies Readonly<Record<string, Meaning>>;

/** Events of the Canonical that names a repository in `spec.trigger`. */
export const TRIGGER_EVENTS = {
  TriggerEnrolled: ['The repository is watched from now on; older commands start nothing.', NOTHING],
  CommandAccepted: ['A command starts the Run that is named, of the commit that is named.', NOTHING],
  CommandRefused: [
    'A command starts nothing: its author may not, or the request is a draft, closed or gone.',
    'Add the person to `forge.authorised`, or to the organisation.',
  ],
  CommandOver: ['Its Run has ended; the answer is on its way.', NOTHING],
  RunSuperseded: ['A Run is cancelled: a newer command came while it waited, or the request was closed.', NOTHING],
  NotDelivered: [
    'The forge did not take a message: a scope that the token lacks, a comment or commit that is gone. It says whether it is tried again.',
    'Give the token the scope.',
  ],
  ForgeFailing: [
    'The forge does not answer, or refuses the token. Nothing is lost, and it is asked again.',
    'See the forge, or the token.',
  ],
  ForgeAnswers: ['It answers again.', NOTHING],
  NoForge: ['The configuration has no `forge.url`: nothing listens.', 'Set it, or take `spec.trigger` out.'],
  DuplicateRepository: ['Two Canonicals name one repository; the older one has it.', 'Take it out of one.'],
} as const satisfies Readonly<Record<string, Meaning>>;

const CONTROLLER = {
  NotEnrolled: ['A webhook delivery came of a repository that no Canonical names.', 'Enrol it, or remove the webhook.'],
  ConfigurationReloaded: ['The configuration file was read anew; the message names what was taken.', NOTHING],
  ReloadNeeded: [
    'The configuration file says something else than what is in force, all of which a reload takes.',
    '`systemctl reload cc-ci`, or send SIGUSR2.',
  ],
  RestartNeeded: [
    'The configuration file says something else than what is in force, and fields of it need a restart.',
    'Restart it.',
  ],
  ConfigurationInvalid: ['The controller would not start with the configuration file as it is.', 'Correct it.'],
  ConfigurationCurrent: ['The file says again what is in force.', NOTHING],
  DiskFull: [
    'The disk is fuller than `disk.pruneAbove`, and no image can go.',
    'Free disk space: `ccctl doctor --clean`.',
  ],
  SiteNotServed: ['`site.listen` is taken.', 'Free the address, or choose another.'],
  SiteFilesForeign: [
    "Somebody else's file lies in the place of a page, and stays.",
    'Remove it, or choose another `site.directory`.',
  ],
  SiteNotWritten: [
    'The status page could not be written; it is tried every minute.',
    'See rights and disk of `site.directory`.',
  ],
  SiteWritten: ['It is written again.', NOTHING],
} as const satisfies Readonly<Record<string, Meaning>>;

/** Every event. */
export const EVENT_MEANINGS = {
  ...PASSES,
  ...FILES,
  ...CANONICALS,
  ...RUNS,
  ...WARM_SERVICES,
  ...SWEEPS,
  ...TRIGGER_EVENTS,
  ...CONTROLLER,
} as const;

/** What an event may be called. */
export type EventReason = keyof typeof EVENT_MEANINGS;
