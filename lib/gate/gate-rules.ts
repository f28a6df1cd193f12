/** What a rule of the gate stands for, for people. */
export interface GateRule {
  meaning: string;
  remedy: string;
}

const READ_NOTE = 'Read the note, do what it asks, then approve the version.';
const SECOND_LOOK = 'Compare the two versions with `ccctl diff`, then approve.';
const KEEP_DATA = 'Move the data as the recipe says, or make sure that none is lost, then approve.';
const MOVE_DATABASE = 'Dump the database and prepare the move as its maker says, then approve.';

/**
 * The rules of the safety gate: why a version is held. A closed list; `docs/safety-gate.md` has a row for each, and a
 * test holds the two together. `Unsure…`: something could not be understood, which holds as well.
 */
export const GATE_RULES = {
  BumpTooBig: {
    meaning: 'the recipe version rises by more than `update.maxBump`',
    remedy: 'Approve the version, or raise `update.maxBump`.',
  },
  NoteStrong: { meaning: 'a note on the way says that something breaks or is gone', remedy: READ_NOTE },
  NoteFair: { meaning: 'a note on the way speaks of a change or a step by hand', remedy: READ_NOTE },
  NoteWritten: { meaning: 'a note was written for a version on the way', remedy: READ_NOTE },
  UnsureNote: {
    meaning: 'a note on the way cannot be read, or does not say for which version it is',
    remedy: 'Look at `release/` in the repository of the recipe, then approve.',
  },
  ComposeFileGone: {
    meaning: 'a compose file that the app names is gone',
    remedy: 'Take it out of `app.composeFiles` or `COMPOSE_FILE`, and see to the data of its services.',
  },
  ServiceGone: { meaning: 'a service disappears', remedy: KEEP_DATA },
  ServiceStopped: { meaning: 'a service runs no more by itself', remedy: SECOND_LOOK },
  ServiceScaled: {
    meaning: 'a service that writes data gets more than one replica',
    remedy: 'Make sure that its replicas can share a volume, then approve.',
  },
  PlacementChanged: {
    meaning: 'a service may run on other nodes than before',
    remedy: 'Label the nodes, and make sure that the volumes are there, then approve.',
  },
  UserChanged: {
    meaning: 'a service with data runs as another user',
    remedy: 'Make sure that the new user may read and write the data, then approve.',
  },
  PortsChanged: {
    meaning: 'a published port comes, goes or moves',
    remedy: 'See to firewall, other apps on the port, and who uses it, then approve.',
  },
  PrivilegesRaised: {
    meaning: 'a service asks for more power over the host',
    remedy: 'Make sure that it needs and deserves it, then approve.',
  },
  VolumeGone: { meaning: 'a volume is used no more', remedy: KEEP_DATA },
  VolumeMoved: { meaning: 'a volume is mounted elsewhere', remedy: KEEP_DATA },
  VolumeHidden: { meaning: 'a new mount hides a part of a volume', remedy: KEEP_DATA },
  VolumeRenamed: { meaning: 'a volume has another name on the engine', remedy: KEEP_DATA },
  VolumeExternal: {
    meaning: 'a volume is made by others from now on, or no more',
    remedy: 'Make the volume and move the data, then approve.',
  },
  VolumeDriver: { meaning: 'a volume has another driver, or other options of it', remedy: KEEP_DATA },
  VolumeReadOnly: { meaning: 'a volume becomes read-only', remedy: SECOND_LOOK },
  HostPathNew: {
    meaning: 'a service wants a path of the host that it did not want before',
    remedy: 'Make the path on each node, then approve.',
  },
  HostPathMoved: { meaning: 'what a service wrote to a path of the host is elsewhere', remedy: KEEP_DATA },
  DataPathMoved: { meaning: 'a variable that points into a volume points elsewhere', remedy: KEEP_DATA },
  ExternalNew: {
    meaning: 'a network, volume or config is wanted that somebody else has to make',
    remedy: 'Make it, then approve.',
  },
  SecretMissing: {
    meaning: 'a secret has no value, and none can be generated',
    remedy: 'Give it under `app.secrets.items`.',
  },
  SecretNew: {
    meaning: 'a secret is wanted that the app does not have; it would be generated',
    remedy: 'Give its value under `app.secrets.items`; or approve, where any value will do.',
  },
  SecretVersion: {
    meaning: 'the recipe gives a secret another version',
    remedy: 'Give the new value under `app.secrets.items`; or approve, and the old value stays.',
  },
  EnvUnset: { meaning: 'a variable is read that has no value and no default', remedy: 'Set it under `app.env`.' },
  EnvUnread: {
    meaning: 'a setting of the app is read no more',
    remedy: 'Find what took its place and set that under `app.env`, then approve.',
  },
  SampleChanged: {
    meaning: 'the recipe has another value for a setting that the app took over from `.env.sample`',
    remedy: 'Set the new value under `app.env`; or approve, and the old one stays.',
  },
  EnvOverridden: {
    meaning: 'the recipe overrules a setting of the app in `abra.sh`',
    remedy: 'Make sure that the value of the recipe will do, then approve.',
  },
  FileMissing: {
    meaning: 'a config or secret names a file that the recipe does not have',
    remedy: 'Wait for a corrected version: this one cannot be deployed.',
  },
  ConfigStale: {
    meaning: 'a config or secret of the recipe changed and kept its name, which an engine refuses',
    remedy: 'Raise its version in the env of the app, or wait for a corrected version.',
  },
  DatabaseMajor: { meaning: 'a database goes to another major version', remedy: MOVE_DATABASE },
  DatabaseOlder: { meaning: 'a database goes back to an older version', remedy: MOVE_DATABASE },
  DatabaseReplaced: { meaning: 'a database is replaced by another product or build', remedy: MOVE_DATABASE },
  DatabaseFlavour: {
    meaning: 'a database changes the system below it, and with it the order of its texts or its user',
    remedy: 'Reindex, or dump and restore, as its maker says, then approve.',
  },
  DatabaseSettings: {
    meaning: 'a setting changes that a database reads at its first start only',
    remedy: 'Change it inside the database as well, then approve.',
  },
  UnsureDatabase: {
    meaning: 'the tag of a database does not say which major version it is',
    remedy: 'Make sure that the image has the same major version, then approve.',
  },
  ImageReplaced: { meaning: 'another product or build takes over the data of a service', remedy: KEEP_DATA },
  ImageOlder: { meaning: 'an image goes back to an older version', remedy: SECOND_LOOK },
  BackupGone: { meaning: 'a volume is backed up no more', remedy: 'See to its backup, then approve.' },
  CannotBeApp: {
    meaning: 'the version cannot be deployed with this name, env or secrets',
    remedy: 'Correct what the finding names.',
  },
  UnsureLabel: {
    meaning: 'tag and version label name different versions',
    remedy: 'Ask the maintainers which is right, then approve.',
  },
  UnsureVersion: {
    meaning: 'what runs has no recipe version, so that the step cannot be measured',
    remedy: SECOND_LOOK,
  },
  UnsureFrom: {
    meaning: 'what runs cannot be read any more, so that there is nothing to compare with',
    remedy: SECOND_LOOK,
  },
  UnsureTo: {
    meaning: 'the version cannot be read',
    remedy: 'Correct the env of the app where the finding names it, or wait for a corrected version.',
  },
} as const satisfies Readonly<Record<string, GateRule>>;

/** The code of a rule of {@link GATE_RULES}. */
export type GateCode = keyof typeof GATE_RULES;
