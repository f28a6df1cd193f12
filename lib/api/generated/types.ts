/* Written by `npm run generate` from schemas/. Do not edit. */

/**
 * A length of time: one or more whole numbers with a unit, largest first: ms, s, m, h, d. Example: 90s, 10m, 1h30m, 7d.
 */
export type Duration = string;

/**
 * A moment, RFC 3339 in UTC with milliseconds. Example: 2026-03-01T02:00:00.000Z.
 */
export type Time = string;

/**
 * A DNS label: lower-case letters, digits and hyphens, 1 to 63 characters, no hyphen at either end. Example: keycloak.
 */
export type Name = string;

/**
 * Labels by key, for selection. Default: none. Example: { team: web }.
 */
export interface Labels {
  /**
   * Value of the label, at most 63 characters.
   */
  [key: string]: string;
}

/**
 * Environment variables of the app by name; values are strings (quote numbers and true/false). Default: none. Example: { GREETING: hello }.
 */
export interface Env {
  /**
   * Value of the variable. {domain} and {port:<service>} are filled in.
   */
  [key: string]: string;
}

/**
 * Which recipe runs, where and how.
 */
export interface AppBlock {
  /**
   * Recipe to run; immutable. Example: notes.
   */
  recipe: RecipeName;
  /**
   * Git URL or local path of the recipe. Default: recipeSource of the configuration. Example: https://git.example.org/coop-cloud/notes.git.
   */
  source?: string;
  /**
   * DNS name of the app, unique over all objects, immutable once resolved. Default: by kind, shown in status.domain. Example: warm-notes.ci.example.org.
   */
  domain?: DomainName;
  /**
   * The app's environment, on top of the recipe's .env.sample; {domain} and {port:<service>} are filled in. Default: none. Example: { GREETING: hello }.
   */
  env?: Env;
  /**
   * Compose files, merged in this order. Default: COMPOSE_FILE of the env, else compose.yml. Example: [compose.yml, compose.postgres.yml].
   *
   * @minItems 1
   *
   * Items: File name relative to the recipe.
   */
  composeFiles?: string[];
  /**
   * Where secret values come from. Default: all are generated.
   */
  secrets?: Secrets;
  /**
   * Base URL of the app as the controller reaches it; {domain} and {port:<service>} are filled in. Default: by platform. Example: https://{domain}.
   */
  url?: string;
  /**
   * Probes that must all pass. Default: GET / gives 200 to 399; where no service has a port, running tasks are enough (WeakEvidence).
   *
   * @minItems 1
   */
  health?: HealthCheck[];
  /**
   * Passes in a row, 500 ms apart, that count as healthy. Default: 2.
   */
  healthPasses?: number;
  /**
   * Deadlines of deploy and health. Default: what the recipe asks for, else deploy 10m, health 5m.
   */
  timeouts?: AppTimeouts;
}

/**
 * Where the values of the secrets of the app come from.
 */
export interface Secrets {
  /**
   * Generate: what the recipe names and the set lacks is generated. Default: Generate.
   */
  policy?: 'Generate';
  /**
   * Secrets with a given value; they override generation. Default: none.
   */
  items?: SecretItem[];
}

/**
 * A secret whose value is given instead of generated.
 */
export interface SecretItem {
  /**
   * Name of the secret in the compose file. Example: smtp_password.
   */
  name: string;
  /**
   * File that holds the value, absolute or relative to the spec file. Example: /run/keys/smtp.
   */
  file: string;
}

/**
 * A GET request; redirects are not followed.
 */
export interface HttpCheck {
  /**
   * Path and query below the URL of the app, with a leading slash. Default: /. Example: /healthz.
   */
  path?: string;
  /**
   * Statuses that pass. Default: 200 to 399. Example: [200].
   *
   * @minItems 1
   *
   * Items: An HTTP status, 100 to 599.
   */
  status?: number[];
  /**
   * Text that the body of the answer must hold. Default: not looked at. Example: ok.
   */
  contains?: string;
}

/**
 * A TCP connection that must be accepted.
 */
export interface TcpCheck {
  /**
   * Host name or address. Default: 127.0.0.1.
   */
  host?: string;
  /**
   * Port, 1 to 65535. Example: 64738.
   */
  port: number;
}

/**
 * A command inside a service; exit 0 passes.
 */
export interface ExecCheck {
  /**
   * Service of the compose file. Example: app.
   */
  service: string;
  /**
   * Program and arguments, no shell. Example: [pg_isready].
   *
   * @minItems 1
   *
   * Items: One argument.
   */
  command: string[];
}

/**
 * One probe: exactly one of http, tcp, exec.
 */
export interface HealthCheck {
  http?: HttpCheck;
  tcp?: TcpCheck;
  exec?: ExecCheck;
}

/**
 * Deadlines of the app.
 */
export interface AppTimeouts {
  /**
   * From the start of the deploy until the spec is applied. Default: the recipe's label coop-cloud.<stack>.timeout, else 10m.
   */
  deploy?: Duration;
  /**
   * From the applied spec until healthy. Default: what the deploy left of the recipe's label coop-cloud.<stack>.timeout, else 5m; longer by the longest start_period of its health checks.
   */
  health?: Duration;
}

/**
 * An HTTP request to the app; redirects are not followed.
 */
export interface HttpAction {
  /**
   * Method of the request. Default: GET.
   */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /**
   * Path and query below the URL of the app, with a leading slash. Default: /. Example: /healthz.
   */
  path?: string;
  /**
   * Body of the request. Default: none. Example: '{"title":"kept"}'.
   */
  body?: string;
  /**
   * Statuses that pass. Default: 200 to 399. Example: [201].
   *
   * @minItems 1
   *
   * Items: An HTTP status, 100 to 599.
   */
  status?: number[];
  /**
   * Text that the body of the answer must hold. Default: not looked at. Example: ok.
   */
  contains?: string;
}

/**
 * Where the file of a command comes from: Recipe (the tested commit) or Profile (the .ci directory beside the spec file).
 */
export type CommandSource = 'Recipe' | 'Profile';

/**
 * A named command that runs around the install.
 */
export interface CommandHook {
  /**
   * Name of the hook, shown in results. Example: oidc.
   */
  name: Name;
  /**
   * Program and arguments, no shell. A program with a slash stays below the root that from names. Example: [./login.py].
   *
   * @minItems 1
   *
   * Items: One argument.
   */
  command: string[];
  /**
   * Root of the command: Recipe or Profile. Needed with command.
   */
  from: CommandSource;
}

/**
 * One action on the data of the app: exactly one of command (with from) and http.
 */
export interface DataHook {
  /**
   * Program and arguments, no shell. A program with a slash stays below the root that from names. Example: [./login.py].
   *
   * @minItems 1
   *
   * Items: One argument.
   */
  command?: string[];
  /**
   * Root of the command: Recipe or Profile. Needed with command.
   */
  from?: CommandSource;
  /**
   * A request to the app.
   */
  http?: HttpAction;
}

/**
 * A test of the deployed app: exactly one of command (with from) and http.
 */
export interface CheckTest {
  /**
   * Name of the test, unique in the list. Example: login.
   */
  name: Name;
  /**
   * A request to the app.
   */
  http?: HttpCheck;
  /**
   * Program and arguments, no shell. A program with a slash stays below the root that from names. Example: [./login.py].
   *
   * @minItems 1
   *
   * Items: One argument.
   */
  command?: string[];
  /**
   * Root of the command: Recipe or Profile. Needed with command.
   */
  from?: CommandSource;
  /**
   * Dependencies (their as) that the test needs; without them it is skipped. Default: none. Example: [sso].
   */
  requires?: Name[];
  /**
   * Deadline of the test. Default: ci.timeouts.test. Example: 2m.
   */
  timeout?: Duration;
  /**
   * A required test that is skipped fails the run. Default: true.
   */
  required?: boolean;
}

/**
 * Names a WarmService.
 */
export interface WarmServiceRef {
  /**
   * Name of the WarmService. Example: proxy.
   */
  warmService: Name;
}

/**
 * A WarmService that runs need, under a name.
 */
export interface Dependency {
  /**
   * Name of the WarmService. Example: keycloak.
   */
  warmService: Name;
  /**
   * What the run calls it; sso is the one with variables for commands. Example: sso.
   */
  as: Name;
}

/**
 * Who the object is. People write name, labels and annotations; the rest is kept by the controller and ignored in spec files.
 */
export interface Metadata {
  /**
   * Name of the object, unique per kind: a DNS label. Example: notes.
   */
  name: Name;
  labels?: Labels;
  /**
   * Free notes by key; never used for selection. Default: none.
   */
  annotations?: {
    /**
     * Value of the annotation.
     */
    [key: string]: string;
  };
  /**
   * Unique for ever, kept by the controller.
   */
  uid?: string;
  /**
   * Counts changes of the canonical spec, from 1; kept by the controller.
   */
  generation?: number;
  /**
   * When the object was first seen; kept by the controller.
   */
  creationTimestamp?: Time;
  /**
   * When the deletion began; absent while the object is wanted; kept by the controller.
   */
  deletionTimestamp?: Time;
  /**
   * The objects that created this one; kept by the controller.
   */
  ownerReferences?: OwnerReference[];
}

/**
 * The object that created this one.
 */
export interface OwnerReference {
  /**
   * Kind of the owner.
   */
  kind: 'WarmService' | 'Canonical' | 'Run' | 'Sweep';
  /**
   * Name of the owner.
   */
  name: Name;
  /**
   * Uid of the owner.
   */
  uid: string;
}

/**
 * One aspect of the state of the object.
 */
export interface Condition {
  type: ConditionType;
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * Why, one word in CamelCase. Example: InvalidSpec.
   */
  reason: CamelCase;
  /**
   * Why, for people; no times or counters.
   */
  message: string;
  /**
   * When status last changed.
   */
  lastTransitionTime: Time;
  /**
   * Generation that it speaks of.
   */
  observedGeneration: number;
}

/**
 * What the condition is about.
 */
export type ConditionType =
  'Accepted' | 'Ready' | 'Succeeded' | 'TornDown' | 'Healthy' | 'Reconciling' | 'Stalled' | 'Held' | 'Drifted';

/**
 * What the controller will do next with an object that is not at rest.
 */
export interface NextAction {
  /**
   * The action. Example: retry the deploy.
   */
  what: string;
  /**
   * Why. Example: Unreachable.
   */
  reason: CamelCase;
  /**
   * When, at the latest; absent where it waits for something else.
   */
  time?: Time;
}

/**
 * The last request of a person that was handled.
 */
export interface HandledRequest {
  /**
   * Name of the request file without extension.
   */
  id: string;
  /**
   * What was asked for.
   */
  verb: 'reconcile' | 'suspend' | 'resume' | 'approve' | 'cancel' | 'retry' | 'rollback' | 'run' | 'delete';
  /**
   * Who asked.
   */
  by?: string;
  /**
   * When it was handled.
   */
  time: Time;
  /**
   * Whether it was done.
   */
  result: 'Done' | 'Refused';
  /**
   * What came of it, for people.
   */
  message?: string;
}

/**
 * Why the object is suspended; absent while it is not.
 */
export interface Suspension {
  /**
   * Spec: spec.suspend is true; Request: ccctl suspend.
   */
  by: 'Spec' | 'Request';
  /**
   * Spec file that says so.
   */
  file?: string;
  /**
   * Who asked for it.
   */
  user?: string;
  /**
   * When it was asked for.
   */
  time?: Time;
}

/**
 * A fault in the spec file, with its place.
 */
export interface SourceProblem {
  /**
   * Path of the file.
   */
  file: string;
  /**
   * Line, from 1.
   */
  line: number;
  /**
   * Column, from 1.
   */
  column: number;
  /**
   * Field. Example: spec.app.recipe.
   */
  path: string;
  /**
   * What was found and what was expected.
   */
  message: string;
  /**
   * What to do about it.
   */
  remedy?: string;
  /**
   * Kind of the fault. Example: UnknownField.
   */
  code: CamelCase;
}

/**
 * Progress of a deletion.
 */
export interface DeletionStatus {
  /**
   * When the app was, or will be, undeployed.
   */
  undeployTime?: Time;
  /**
   * When the data goes, or went.
   */
  destroyTime?: Time;
  /**
   * What is left.
   *
   * Items: One thing that is left. Example: volume data.
   */
  remaining: string[];
}

/**
 * An edit that validates and is not in force: what was accepted before is.
 */
export interface RefusedSpec {
  /**
   * Generation of the edit.
   */
  generation: number;
  /**
   * Why. Example: ImmutableField.
   */
  reason: CamelCase;
  /**
   * Why, in words, and what to do.
   */
  message: string;
  /**
   * The fields in which it differs from the spec in force, at most 20.
   */
  changes: SpecChange[];
}

/**
 * One field that an edit changes. Lists and numbers are written as JSON.
 */
export interface SpecChange {
  /**
   * Path of the field. Example: spec.app.recipe.
   */
  field: string;
  /**
   * The value that is in force; absent: the field is not there.
   */
  inForce?: string;
  /**
   * The value that was refused; absent: the field was taken out.
   */
  refused?: string;
}

/**
 * A version and the commit that it stands for.
 */
export interface RevisionRef {
  /**
   * Version tag; absent where the commit has none.
   */
  version?: string;
  commit: Commit;
}

/**
 * A DNS name in lower case, without a trailing dot. Example: notes.ci.example.org.
 */
export type DomainName = string;

/**
 * The name of a recipe: lower-case letters, digits, dots, hyphens and underscores. Example: notes.
 */
export type RecipeName = string;

/**
 * A stage of a run. Cold: Prepare Lint Install Upgrade Backup Restore Custom Teardown Promote; Quick: Prepare Reattach Upgrade Custom Teardown.
 */
export type StageName =
  'Prepare' | 'Lint' | 'Reattach' | 'Install' | 'Upgrade' | 'Backup' | 'Restore' | 'Custom' | 'Teardown' | 'Promote';

/**
 * Where apps run: Process (child processes of this machine), Swarm (Docker Swarm) or Abra (Docker Swarm through abra).
 */
export type PlatformKind = 'Process' | 'Swarm' | 'Abra';

/**
 * Times in which upgrades may start.
 */
export interface Window {
  /**
   * Cron expression of the start of the window. Example: 0 2 * * *.
   */
  schedule: string;
  /**
   * IANA time zone of the schedule. Default: UTC. Example: Europe/London.
   */
  timeZone?: string;
  /**
   * How long the window stays open. Example: 2h.
   */
  duration: Duration;
}

/**
 * A reason in CamelCase. Example: SeedFailed.
 */
export type CamelCase = string;

/**
 * A full commit id, 40 (or 64) lower-case hexadecimal digits. Example: 7ae7b0f7c0ffee00112233445566778899aabbcc.
 */
export type Commit = string;

/**
 * What happens to the app when its file is removed: Retain leaves everything, Delete undeploys and removes its data.
 */
export type DeletionPolicy = 'Retain' | 'Delete';

/**
 * What is wanted of a live-warm service.
 */
export interface WarmServiceSpec {
  /**
   * Leave everything as it is until this is false again; an operation in flight is finished. Default: false.
   */
  suspend?: boolean;
  app: AppBlock;
  /**
   * Upgrades. Default: Auto, Minor, every 1h.
   */
  update?: UpdateSettings;
  /**
   * After a failed upgrade. Default: Snapshot, quarantine 7d.
   */
  rollback?: RollbackSettings;
  /**
   * Services that come first at boot and in sweeps; a cycle is Stalled. Default: none. Example: [{ warmService: proxy }].
   */
  dependsOn?: WarmServiceRef[];
  /**
   * What it gives to runs. Default: nothing.
   */
  provides?: Provides;
  /**
   * Retain: stop managing, leave it running; Delete: undeploy and remove the data. Default: Retain.
   */
  deletionPolicy?: DeletionPolicy;
}

/**
 * What is known of a WarmService.
 */
export interface WarmServiceStatus {
  /**
   * Generation that the controller has acted on.
   */
  observedGeneration: number;
  /**
   * Accepted, Ready, Healthy; while true also Reconciling, Stalled, Held, Drifted. Sorted by type.
   */
  conditions: Condition[];
  /**
   * What happens next; absent at rest.
   */
  nextAction?: NextAction;
  /**
   * The last request handled; absent before the first.
   */
  lastHandledRequest?: HandledRequest;
  /**
   * Who suspended the object; absent while it is not suspended.
   */
  suspended?: Suspension;
  /**
   * The edit of the spec file that is not in force; absent when there is none.
   */
  refused?: RefusedSpec;
  /**
   * Faults of the spec file; the last valid spec stays in force. Absent when there are none.
   */
  problems?: SourceProblem[];
  /**
   * Progress of the deletion; absent while the object is wanted.
   */
  deletion?: DeletionStatus;
  /**
   * Resolved domain.
   */
  domain?: DomainName;
  /**
   * Base URL of the app.
   */
  url?: string;
  /**
   * Platform that the app runs on.
   */
  platform?: PlatformKind;
  version?: WarmServiceVersions;
  /**
   * What a person let through; absent when nothing.
   */
  approved?: RevisionRef;
  /**
   * Versions that failed.
   */
  quarantine?: QuarantinedVersion[];
  snapshot?: SnapshotStatus;
  /**
   * What rollbacks replaced, newest first, until it expires; absent when there is none. See ccctl get sets.
   */
  failedSets?: FailedSet[];
  /**
   * Absent when idle.
   */
  operation?: WarmServiceOperation;
  /**
   * Runs that use it.
   */
  leases?: RealmLease[];
  /**
   * The last 10, newest first.
   *
   * @maxItems 10
   */
  history?: WarmServiceHistoryEntry[];
}

/**
 * When and how far the service is upgraded.
 */
export interface UpdateSettings {
  /**
   * Auto upgrades to the newest safe version, Manual only on ccctl approve. Default: Auto.
   */
  policy?: 'Auto' | 'Manual';
  /**
   * Largest step of the recipe version that is taken unasked. Default: Minor.
   */
  maxBump?: 'Patch' | 'Minor' | 'Major';
  /**
   * Pins the version. Default: the newest. Example: 10.7.1+26.6.2.
   */
  version?: string;
  /**
   * Time between looks for new versions. Default: 1h.
   */
  interval?: Duration;
  /**
   * Upgrades start only inside. Default: any time.
   */
  window?: Window;
}

/**
 * What is done after a failed upgrade.
 */
export interface RollbackSettings {
  /**
   * Snapshot restores the data too (stateful), VersionOnly the version alone. Default: Snapshot.
   */
  strategy?: 'Snapshot' | 'VersionOnly';
  /**
   * How long a version that failed is not tried again, and what its rollback replaced is kept. Default: 7d.
   */
  quarantine?: Duration;
}

/**
 * A single sign-on provider for runs.
 */
export interface SsoProvider {
  /**
   * Software of the provider.
   */
  type: 'Keycloak';
  /**
   * Name of its administrator. Default: admin.
   */
  adminUser?: string;
  /**
   * Secret of the recipe that holds the password. Default: admin_password.
   */
  adminPasswordSecret?: string;
}

/**
 * What the service gives to runs.
 */
export interface Provides {
  /**
   * Single sign-on.
   */
  sso?: SsoProvider;
}

/**
 * Versions of the service.
 */
export interface WarmServiceVersions {
  /**
   * What runs.
   */
  current?: string;
  /**
   * What was last committed as healthy.
   */
  lastGood?: string;
  /**
   * The newest release.
   */
  latest?: string;
  /**
   * What waits for approval.
   */
  held?: string;
}

/**
 * A version that failed and is not tried again for a while.
 */
export interface QuarantinedVersion {
  /**
   * The version.
   */
  version: string;
  commit: Commit;
  /**
   * Why it failed.
   */
  reason: CamelCase;
  /**
   * When it may be tried again.
   */
  until: Time;
}

/**
 * The last snapshot set.
 */
export interface SnapshotStatus {
  /**
   * Id of the set.
   */
  id: string;
  /**
   * When it was made.
   */
  time: Time;
  /**
   * Size in bytes.
   */
  bytes: number;
  /**
   * Digest of the manifest.
   */
  digest: string;
  /**
   * Version whose data it holds.
   */
  version?: string;
}

/**
 * The data that a rollback took out of use: it can be gone back to with ccctl rollback.
 */
export interface FailedSet {
  /**
   * Id of the set.
   */
  id: string;
  /**
   * Version that wrote it last.
   */
  version: string;
  /**
   * When it was taken out of use.
   */
  time: Time;
  /**
   * What was written in this time is in no other place.
   */
  lossWindow: LossWindow;
  /**
   * When it is removed, if the controller runs until then.
   */
  expires: Time;
}

/**
 * From the set that was gone back to, to the rollback.
 */
export interface LossWindow {
  /**
   * When the data was copied that was put back.
   */
  from: Time;
  /**
   * When the app was down for the rollback.
   */
  to: Time;
}

/**
 * The operation in flight.
 */
export interface WarmServiceOperation {
  /**
   * Id of the operation.
   */
  id: string;
  /**
   * What is being done: the first deploy, another version, the way back, the same version again.
   */
  type: 'Deploy' | 'Upgrade' | 'RollBack' | 'Recover';
  /**
   * How far it is. Example: Deploy.
   */
  step: CamelCase;
  /**
   * Revision before.
   */
  from?: RevisionRef;
  /**
   * Revision after.
   */
  to?: RevisionRef;
  /**
   * When it began.
   */
  startTime: Time;
}

/**
 * A run that uses the service.
 */
export interface RealmLease {
  /**
   * Name of the Run.
   */
  run: Name;
  /**
   * Its realm.
   */
  realm: string;
}

/**
 * A past operation.
 */
export interface WarmServiceHistoryEntry {
  /**
   * Version that was tried.
   */
  version: string;
  commit: Commit;
  /**
   * What came of it.
   */
  result: 'Committed' | 'RolledBack' | 'Held' | 'RollbackFailed';
  /**
   * When it ended.
   */
  time: Time;
  /**
   * How long it took, seconds.
   */
  durationSeconds?: number;
  /**
   * For people.
   */
  message?: string;
}

/**
 * What is wanted of an enrolled recipe.
 */
export interface CanonicalSpec {
  /**
   * Leave everything as it is until this is false again; an operation in flight is finished. Default: false.
   */
  suspend?: boolean;
  /**
   * Auto: a missing known-good starts a cold run of the newest tag. Default: Auto.
   */
  seed?: 'Auto' | 'Manual';
  app: AppBlock;
  /**
   * How much is kept. Default: 2 generations.
   */
  keep?: KeepSettings;
  /**
   * Delete: the data goes after dataRetention; Retain: it stays. Default: Delete.
   */
  deletionPolicy?: DeletionPolicy;
  /**
   * How long the data stays after the file is gone, in running time of the controller. Default: 7d.
   */
  dataRetention?: Duration;
  /**
   * How runs test the recipe. Default: base policy Auto, no tests of its own.
   */
  ci?: CiProfile;
  /**
   * Pull requests that start runs. Default: none.
   */
  trigger?: Trigger;
}

/**
 * What is known of a Canonical.
 */
export interface CanonicalStatus {
  /**
   * Generation that the controller has acted on.
   */
  observedGeneration: number;
  /**
   * Accepted, Ready; while true also Reconciling, Stalled, Drifted. Sorted by type.
   */
  conditions: Condition[];
  /**
   * What happens next; absent at rest.
   */
  nextAction?: NextAction;
  /**
   * The last request handled; absent before the first.
   */
  lastHandledRequest?: HandledRequest;
  /**
   * Who suspended the object; absent while it is not suspended.
   */
  suspended?: Suspension;
  /**
   * The edit of the spec file that is not in force; absent when there is none.
   */
  refused?: RefusedSpec;
  /**
   * Faults of the spec file; the last valid spec stays in force. Absent when there are none.
   */
  problems?: SourceProblem[];
  /**
   * Progress of the deletion; absent while the object is wanted.
   */
  deletion?: DeletionStatus;
  /**
   * Resolved domain.
   */
  domain?: DomainName;
  /**
   * Base URL of the app.
   */
  url?: string;
  /**
   * Platform that the app runs on.
   */
  platform?: PlatformKind;
  /**
   * Absent before the first promotion.
   */
  knownGood?: KnownGood;
  lease?: CanonicalLease;
  volumes?: CanonicalVolumes;
  prepared?: PreparedCopy;
  /**
   * The last 10, newest first.
   *
   * @maxItems 10
   */
  history?: CanonicalHistoryEntry[];
}

/**
 * How much is kept.
 */
export interface KeepSettings {
  /**
   * Known-good generations that are kept. Default: 2.
   */
  generations?: number;
}

/**
 * What happens around the install.
 */
export interface InstallProfile {
  /**
   * Commands before the deploy, in this order. Default: none.
   */
  hooks?: CommandHook[];
}

/**
 * Version that the upgrade starts from.
 */
export interface UpgradeBase {
  /**
   * Auto: the known-good, else the newest older release; None: no upgrade stage; Version: the one named by version. Default: Auto.
   */
  policy?: 'Auto' | 'None' | 'Version';
  /**
   * Version tag; only and always with policy Version. Example: 1.2.0+3.4.5.
   */
  version?: string;
}

/**
 * What happens in the upgrade.
 */
export interface UpgradeProfile {
  /**
   * Where it starts. Default: policy Auto.
   */
  base?: UpgradeBase;
  /**
   * Set on the upgrade, on top of the env kept with the data. Default: none.
   */
  env?: Env;
}

/**
 * How test data is made, looked for and removed.
 */
export interface DataProfile {
  /**
   * Puts data in, once after Install.
   */
  seed?: DataHook;
  /**
   * Passes where that data is there.
   */
  verify?: DataHook;
  /**
   * Removes it. Default: the backed-up paths are emptied.
   */
  wipe?: DataHook;
  /**
   * Where no data hook is given: Auto writes a token of the run's own into each store that is recognised, and looks for it again. Default: Auto.
   */
  canaries?: 'Auto' | 'None';
}

/**
 * A stage that may be skipped without capping the level.
 */
export interface ExpectedSkip {
  /**
   * Stage. Example: Backup.
   */
  stage: StageName;
  /**
   * Why, for people. Example: stateless.
   */
  reason: string;
}

/**
 * Deadlines of runs.
 */
export interface CiTimeouts {
  /**
   * Whole run without Teardown and Promote. Default: 60m.
   */
  total?: Duration;
  /**
   * One test. Default: 10m.
   */
  test?: Duration;
  /**
   * The teardown, tried again after. Default: 5m.
   */
  teardown?: Duration;
}

/**
 * How runs of the recipe test it.
 */
export interface CiProfile {
  /**
   * Services that runs use. Default: none. Example: [{ warmService: keycloak, as: sso }].
   */
  dependsOn?: Dependency[];
  /**
   * Install hooks. Default: none.
   */
  install?: InstallProfile;
  /**
   * The upgrade stage. Default: base policy Auto.
   */
  upgrade?: UpgradeProfile;
  /**
   * Data hooks. Default: none.
   */
  data?: DataProfile;
  /**
   * Tests of the Custom stage. Default: none.
   */
  tests?: CheckTest[];
  /**
   * Skips that do not cap the level. Default: none. Example: [{ stage: Backup, reason: stateless }].
   */
  expectedSkips?: ExpectedSkip[];
  /**
   * Deadlines. Default: total 60m, test 10m, teardown 5m.
   */
  timeouts?: CiTimeouts;
}

/**
 * Forge repository whose pull requests start runs.
 */
export interface Trigger {
  /**
   * Software of the forge. Default: Gitea.
   */
  forge?: 'Gitea' | 'Forgejo';
  /**
   * Owner and name. Example: coop-cloud/notes.
   */
  repository: string;
}

/**
 * One volume of a snapshot.
 */
export interface VolumeDigest {
  /**
   * Short name, as in the compose file.
   */
  name: string;
  /**
   * Number of files.
   */
  files: number;
  /**
   * Size in bytes.
   */
  bytes: number;
  /**
   * Digest of the tree.
   */
  digest: string;
}

/**
 * The snapshot of a known-good.
 */
export interface KnownGoodSnapshot {
  /**
   * Digest of the manifest.
   */
  digest: string;
  /**
   * Size in bytes.
   */
  bytes: number;
  /**
   * Its volumes, sorted by name.
   */
  volumes: VolumeDigest[];
}

/**
 * Version, commit and data that a green cold run proved.
 */
export interface KnownGood {
  /**
   * Id of the generation.
   */
  generation: string;
  /**
   * Version.
   */
  version: string;
  commit: Commit;
  /**
   * Run that promoted it.
   */
  run: Name;
  /**
   * When.
   */
  promotedTime: Time;
  snapshot: KnownGoodSnapshot;
}

/**
 * Who uses the data; absent when free.
 */
export interface CanonicalLease {
  /**
   * Run, or canonical for the reconciler itself.
   */
  run: string;
  /**
   * Uid of the holder.
   */
  uid: string;
  /**
   * Since when.
   */
  since: Time;
}

/**
 * State of the data on disk.
 */
export interface CanonicalVolumes {
  /**
   * Clean: exactly the generation; Dirty: used since; Missing: none; Unknown: not looked at.
   */
  state: 'Clean' | 'Dirty' | 'Missing' | 'Unknown';
  /**
   * Generation that the data came from.
   */
  generation?: string;
}

/**
 * A past promotion or restore.
 */
export interface CanonicalHistoryEntry {
  /**
   * Version.
   */
  version: string;
  commit: Commit;
  /**
   * Run that did it.
   */
  run?: Name;
  /**
   * What came of it.
   */
  result: 'Promoted' | 'PromotionFailed' | 'Restored';
  /**
   * When.
   */
  time: Time;
}

/**
 * The copy of the known-good that lies beside the volumes: a restore puts it in place by renames.
 */
export interface PreparedCopy {
  /**
   * Ready: a restore takes no time; None: it copies the snapshot.
   */
  state: 'Ready' | 'None';
  /**
   * NoRoom: less than the disk floor and the size of the snapshot would be left; PrepareFailed: see the message.
   */
  reason?: 'NoRoom' | 'PrepareFailed';
  /**
   * Why there is none.
   */
  message?: string;
}

/**
 * One test of one commit. After the start only the fields that say so may change.
 */
export interface RunSpec {
  /**
   * Do not start until this is false. May change after the start. Default: false.
   */
  suspend?: boolean;
  /**
   * Recipe to test; its Canonical gives app and ci. Example: notes.
   */
  recipe: RecipeName;
  /**
   * Git URL or local path. Default: the Canonical's, else recipeSource of the configuration.
   */
  source?: string;
  /**
   * Branch, tag, commit or refs/…. Default: the newest version tag, else the remote HEAD. Example: refs/pull/12/head.
   */
  ref?: string;
  /**
   * Pins the commit; it must be contained in ref. Default: what ref points at.
   */
  commit?: Commit;
  /**
   * Default: Cold. Quick reattaches the known-good data: faster, of lower confidence.
   */
  mode?: RunMode;
  /**
   * Auto: a green cold run of a released tag becomes the known-good. Default: Auto.
   */
  promotion?: 'Auto' | 'Never';
  /**
   * Default: none.
   */
  pullRequest?: PullRequest;
  /**
   * On top of the Canonical's; a run with its own env is never promoted. Default: none.
   */
  env?: Env;
  /**
   * Keep the app of a run that failed or timed out that long for a look, then tear it down all the same. May change after the start. Default: not at all. Example: 1h.
   */
  holdOnFailure?: Duration;
  /**
   * Deadlines. Default: the Canonical's.
   */
  timeouts?: RunTimeouts;
  /**
   * How long artifacts (and the file, where the controller wrote it) stay after the end, in running time. May change after the start. Default: 14d.
   */
  ttlAfterFinished?: Duration;
}

/**
 * What is known of a Run.
 */
export interface RunStatus {
  /**
   * Generation that the controller has acted on.
   */
  observedGeneration: number;
  /**
   * Accepted, Succeeded, TornDown; while true also Reconciling, Stalled. Sorted by type.
   */
  conditions: Condition[];
  /**
   * What happens next; absent at rest.
   */
  nextAction?: NextAction;
  /**
   * The last request handled; absent before the first.
   */
  lastHandledRequest?: HandledRequest;
  /**
   * Who suspended the object; absent while it is not suspended.
   */
  suspended?: Suspension;
  /**
   * The edit of the spec file that is not in force; absent when there is none.
   */
  refused?: RefusedSpec;
  /**
   * Faults of the spec file; the last valid spec stays in force. Absent when there are none.
   */
  problems?: SourceProblem[];
  /**
   * Progress of the deletion; absent while the object is wanted.
   */
  deletion?: DeletionStatus;
  /**
   * Verdict of the tests, whatever teardown did; absent when they did not end.
   */
  verdict?: Verdict;
  /**
   * Mode in which it really ran.
   */
  mode?: RunMode;
  /**
   * Why a Quick run ran Cold; absent where it did not.
   */
  fallback?: 'NoCanonical' | 'NoKnownGood' | 'SnapshotDamaged';
  /**
   * How much the result says. High: of a cold run, the authoritative answer; Low: of a quick run.
   */
  confidence?: Confidence;
  /**
   * Its tries, oldest first.
   */
  attempts?: Attempt[];
  version?: RunVersions;
  /**
   * Commit that was tested.
   */
  commit?: Commit;
  /**
   * Resolved domain.
   */
  domain?: DomainName;
  /**
   * Base URL of the app.
   */
  url?: string;
  /**
   * Platform that the app runs on.
   */
  platform?: PlatformKind;
  /**
   * Highest rung reached: 0 install failed, 1 install, 2 upgrade, 3 backup and restore, 4 custom, 5 lint.
   */
  level?: number;
  /**
   * Its stages, in order.
   */
  stages?: StageResult[];
  deploys?: DeployCount;
  /**
   * Its dependencies.
   */
  dependencies?: RunDependency[];
  promotion?: PromotionStatus;
  /**
   * Whose fault the failure is; absent when green or cancelled.
   */
  blame?: Blame;
  /**
   * Only while Pending.
   */
  queue?: QueueStatus;
  /**
   * Directory of the artifacts, relative to the state directory. Example: runs/notes-pr12-0a1b2c3d.
   */
  artifacts?: string;
  /**
   * When the first attempt began.
   */
  startTime?: Time;
  /**
   * When Succeeded left Unknown.
   */
  completionTime?: Time;
}

/**
 * Pull request that the run is for; such a run is never promoted.
 */
export interface PullRequest {
  /**
   * Its number.
   */
  number: number;
  /**
   * Its page.
   */
  url?: string;
  /**
   * Its author.
   */
  author?: string;
}

/**
 * Deadlines; they win over the Canonical's.
 */
export interface RunTimeouts {
  /**
   * Whole run without Teardown and Promote. Default: the Canonical's, else 60m.
   */
  total?: Duration;
  /**
   * Each deploy. Default: the Canonical's, else 10m.
   */
  deploy?: Duration;
  /**
   * From the applied spec until healthy. Default: the Canonical's, else 5m.
   */
  health?: Duration;
  /**
   * One test. Default: the Canonical's, else 10m.
   */
  test?: Duration;
}

/**
 * Cold: fresh app, whole life cycle, the authoritative answer; Quick: on the known-good data, faster, of lower confidence.
 */
export type RunMode = 'Cold' | 'Quick';

/**
 * How much a result says.
 */
export type Confidence = 'Low' | 'High';

/**
 * Verdict of the tests.
 */
export type Verdict = 'Passed' | 'Failed';

/**
 * Whose fault a failure is. PreExisting: the base fails the same check.
 */
export type Blame = 'Recipe' | 'Infra' | 'Configuration' | 'PreExisting';

/**
 * One try of the run.
 */
export interface Attempt {
  /**
   * From 1.
   */
  number: number;
  /**
   * When it began.
   */
  startTime: Time;
  /**
   * When it ended; absent while it lasts.
   */
  endTime?: Time;
  /**
   * Why it ended without a verdict; absent where it did not.
   */
  reason?: CamelCase;
}

/**
 * Versions of the run.
 */
export interface RunVersions {
  /**
   * Where the upgrade started; absent without one.
   */
  base?: string;
  /**
   * What was tested.
   */
  head?: string;
}

/**
 * How a stage stands or ended.
 */
export type StageState = 'Passed' | 'Failed' | 'Skipped' | 'Unverified' | 'Interrupted' | 'Running' | 'Pending';

/**
 * Why a stage ended as it did. A failure has the blame of its reason.
 */
export type StageReason =
  | 'BackupFailed'
  | 'BackupIncomplete'
  | 'BaseInstallFailed'
  | 'BasePolicyNone'
  | 'CanaryRemoved'
  | 'Cancelled'
  | 'ChangedByOthers'
  | 'CommandFailed'
  | 'CommitNotInRef'
  | 'CrashBudget'
  | 'CrashLoop'
  | 'DataLost'
  | 'DeadlineExceeded'
  | 'DiskFloor'
  | 'EnvOverridden'
  | 'ExitedForGood'
  | 'Failed'
  | 'HookFailed'
  | 'InfraError'
  | 'InstallFailed'
  | 'InstallHookFailed'
  | 'InvalidProfile'
  | 'InvalidRecipe'
  | 'InvalidSource'
  | 'KnownGoodLost'
  | 'LintErrors'
  | 'LintUnverified'
  | 'Misconfigured'
  | 'MissingOnHost'
  | 'NoBackupLabels'
  | 'NoIngress'
  | 'NoRouter'
  | 'NoVerifyHook'
  | 'NotEligible'
  | 'NotEnrolled'
  | 'NotFound'
  | 'NotGreen'
  | 'NotReleased'
  | 'NotUpAnyMore'
  | 'NothingSelected'
  | 'NothingToTest'
  | 'OlderThanKnownGood'
  | 'OtherSource'
  | 'PreExisting'
  | 'PrepareFailed'
  | 'PromotionNever'
  | 'PullRequest'
  | 'ReattachFailed'
  | 'RecipeTestsNotAllowed'
  | 'Refused'
  | 'Remaining'
  | 'RestoreDiffers'
  | 'RestoreFailed'
  | 'RolledBack'
  | 'SeedFailed'
  | 'StoreNotRecognised'
  | 'StoreRefused'
  | 'Suspended'
  | 'TagMoved'
  | 'TaskRejected'
  | 'TeardownFailed'
  | 'TestsFailed'
  | 'TimedOut'
  | 'UnknownRef'
  | 'Unplaceable'
  | 'UnsupportedByPlatform'
  | 'UntrustedRecipe'
  | 'UpgradeFailed'
  | 'VerifyProvesNothing'
  | 'WeakEvidence'
  | 'WipeFailed'
  | 'WrongCommit';

/**
 * Why a test did not pass, as the controller knows it: nothing that a test says becomes a reason.
 */
export type TestReason =
  | 'ArtifactsReplaced'
  | 'DeadlineExceeded'
  | 'DependencyNotServed'
  | 'ExitCode'
  | 'InvalidProfile'
  | 'Misconfigured'
  | 'RecipeTestsNotAllowed';

/**
 * Result of one test case.
 */
export interface TestResult {
  /**
   * Name of the test.
   */
  name: string;
  /**
   * How it ended.
   */
  result: 'Passed' | 'Failed' | 'Skipped';
  /**
   * How long it took, seconds.
   */
  durationSeconds?: number;
  reason?: TestReason;
  /**
   * Why, for people.
   */
  message?: string;
}

/**
 * One stage of the run.
 */
export interface StageResult {
  name: StageName;
  result: StageState;
  /**
   * Why; absent where it passed and there is no more to say. Example: BaseInstallFailed.
   */
  reason?: StageReason;
  /**
   * Why, for people.
   */
  message?: string;
  /**
   * Service that failed.
   */
  service?: string;
  /**
   * Exit code of what failed.
   */
  exitCode?: number;
  /**
   * Last lines of the log.
   *
   * @maxItems 20
   *
   * Items: One line, secrets masked.
   */
  logTail?: string[];
  /**
   * When it began.
   */
  startTime?: Time;
  /**
   * When it ended.
   */
  endTime?: Time;
  /**
   * What counted: Hooks (of the profile), Canary (a token in the stores that are named, kind:service), Digests (files came back as they were saved). Example: Canary(postgres:db).
   */
  evidence?: string;
  /**
   * Its test cases.
   */
  tests?: TestResult[];
  usage?: StageUsage;
}

/**
 * What the services of the app used while the stage lasted; absent where none was deployed. Install to Custom are measured.
 */
export interface StageUsage {
  /**
   * How often memory was measured.
   */
  samples: number;
  /**
   * Its services.
   */
  services: ServicePeak[];
  /**
   * Why no service is named: Unreadable, no measurement was answered.
   */
  gap?: UsageGap;
}

/**
 * The most that one service used.
 */
export interface ServicePeak {
  /**
   * Name of the service in the compose file.
   */
  service: string;
  /**
   * The most memory that its tasks had in use together, without file cache.
   */
  peakMemoryBytes?: number;
  /**
   * Why peakMemoryBytes is missing or not the whole.
   */
  memoryGap?: UsageGap;
  /**
   * The most room that its volumes, and what it writes besides, took on disk.
   */
  diskBytes?: number;
  /**
   * Why diskBytes is missing or not the whole.
   */
  diskGap?: UsageGap;
}

/**
 * NotRunning: no task ran when it was looked at; Elsewhere: a part is on another node; Untold: nobody keeps such a figure; Unreadable: it, or a part, could not be read; Cut: the walk through the files ended at its bound.
 */
export type UsageGap = 'NotRunning' | 'Elsewhere' | 'Untold' | 'Unreadable' | 'Cut';

/**
 * Transitions from undeployed to deployed of this attempt's own domains.
 */
export interface DeployCount {
  /**
   * How many there were.
   */
  count: number;
  /**
   * How many were due.
   */
  expected: number;
}

/**
 * A dependency as the run got it.
 */
export interface RunDependency {
  /**
   * Name within the run.
   */
  as: Name;
  /**
   * Warm: the live service; Cold: deployed for this run.
   */
  mode: 'Warm' | 'Cold';
  /**
   * Why the live service was not used; absent when it was.
   */
  reason?: 'Deleting' | 'NotAnswering' | 'NotDeployed' | 'UnderOperation';
  /**
   * Its realm.
   */
  realm?: string;
}

/**
 * What became of the promotion.
 */
export interface PromotionStatus {
  /**
   * What came of it.
   */
  result: 'Promoted' | 'Skipped' | 'Failed';
  /**
   * Why it was skipped or failed. Example: EnvOverridden.
   */
  reason?: CamelCase;
  /**
   * Version that was promoted.
   */
  version?: string;
  /**
   * Generation that was made.
   */
  generation?: string;
}

/**
 * Place in the queue, while Pending.
 */
export interface QueueStatus {
  /**
   * From 1.
   */
  position?: number;
  /**
   * What it waits for. Example: DiskFloor.
   */
  reason: QueueReason;
  /**
   * Who holds what it waits for, where somebody does: a run, or canonical for the Canonical itself.
   */
  holder?: string;
}

/**
 * DiskFloor: less than disk.floor is free; Slot: all of maxRuns are taken; MemoryFloor: memory.floor would not stay free; Lease: others work on the known-good that a quick run needs.
 */
export type QueueReason = 'DiskFloor' | 'Slot' | 'MemoryFloor' | 'Lease';

/**
 * When and what is swept.
 */
export interface SweepSpec {
  /**
   * Cron expression. Default: 0 3 * * 0 (Sundays at three).
   */
  schedule?: string;
  /**
   * IANA time zone of the schedule. Default: UTC. Example: Europe/London.
   */
  timeZone?: string;
  /**
   * Largest delay of the start after the time of the schedule; another one for each time. Default: 10m.
   */
  jitter?: Duration;
  /**
   * A known-good that was promoted longer ago is proved again, on the same version. Default: 30d.
   */
  maxAge?: Duration;
  /**
   * Start no sweep; one that is under way goes on. Default: false.
   */
  suspend?: boolean;
  /**
   * Have the warm services look for upgrades first. Default: true.
   */
  rollWarmServices?: boolean;
  /**
   * Which Canonicals take part; one that matches none is an error. Default: all.
   */
  selector?: LabelSelector;
}

/**
 * What is known of a Sweep.
 */
export interface SweepStatus {
  /**
   * Generation that the controller has acted on.
   */
  observedGeneration: number;
  /**
   * Accepted, Ready; while true also Reconciling, Stalled. Sorted by type.
   */
  conditions: Condition[];
  /**
   * What happens next; absent at rest.
   */
  nextAction?: NextAction;
  /**
   * The last request handled; absent before the first.
   */
  lastHandledRequest?: HandledRequest;
  /**
   * Who suspended the object; absent while it is not suspended.
   */
  suspended?: Suspension;
  /**
   * The edit of the spec file that is not in force; absent when there is none.
   */
  refused?: RefusedSpec;
  /**
   * Faults of the spec file; the last valid spec stays in force. Absent when there are none.
   */
  problems?: SourceProblem[];
  /**
   * Progress of the deletion; absent while the object is wanted.
   */
  deletion?: DeletionStatus;
  /**
   * Schedule time of the last sweep.
   */
  lastScheduleTime?: Time;
  /**
   * Schedule time of the next one.
   */
  nextScheduleTime?: Time;
  /**
   * The last or current one.
   */
  lastSweep?: SweepRecord;
  /**
   * The last 10, newest first.
   *
   * @maxItems 10
   */
  history?: SweepHistoryEntry[];
}

/**
 * Chooses Canonicals by label.
 */
export interface LabelSelector {
  /**
   * All of these must match. Default: none, which matches everything.
   */
  matchLabels?: Labels;
}

/**
 * A warm service in a sweep.
 */
export interface SweptWarmService {
  /**
   * Name of the WarmService.
   */
  name: Name;
  /**
   * What came of it; absent until it is known.
   */
  result?: 'Current' | 'Upgraded' | 'Held' | 'RolledBack' | 'Failed' | 'Skipped';
  /**
   * Why, where the result does not say it. Example: Suspended.
   */
  reason?: CamelCase;
  /**
   * Version that ran before.
   */
  from?: string;
  /**
   * Version that it was upgraded to, or that is held or was taken back.
   */
  to?: string;
}

/**
 * A recipe in a sweep.
 */
export interface SweptRecipe {
  recipe: RecipeName;
  /**
   * Name of the Canonical that enrols it.
   */
  canonical: Name;
  /**
   * Whether it is tested; absent until its turn comes.
   */
  decision?: 'Run' | 'Skip';
  /**
   * Why it is tested, or not.
   */
  reason?: SweepReason;
  /**
   * Version of the known-good.
   */
  from?: string;
  /**
   * The newest release; of a run, the version that is tested.
   */
  to?: string;
  /**
   * Its Run.
   */
  run?: Name;
  /**
   * How the run ended, the reason of its condition Succeeded; Removed: nobody knows. Example: Passed.
   */
  result?: CamelCase;
  /**
   * Whose fault a failure is, of the run or of the fetch.
   */
  blame?: Blame;
  /**
   * Level of the run.
   */
  level?: number;
  /**
   * The first stage of the run that failed.
   */
  failedStage?: StageName;
  /**
   * What became of the promotion; absent where it never came to one.
   */
  promotion?: 'Promoted' | 'Skipped' | 'Failed';
  /**
   * What went wrong, in one sentence.
   */
  message?: string;
}

/**
 * One sweep.
 */
export interface SweepRecord {
  /**
   * Names the sweep: the time of the schedule that it is for, or of the request. Example: 20261129T030000Z.
   */
  occurrence: string;
  /**
   * What started it.
   */
  cause: 'Schedule' | 'Request';
  /**
   * Id of the request that started it.
   */
  request?: string;
  /**
   * When it began.
   */
  startTime: Time;
  /**
   * When it ended; absent while it lasts.
   */
  completionTime?: Time;
  /**
   * Warm services, in order.
   */
  warmServices: SweptWarmService[];
  /**
   * Recipes, in order.
   */
  recipes: SweptRecipe[];
  /**
   * How it ended; absent while it lasts.
   */
  result?: SweepResult;
  /**
   * Directory of sweep.json and sweep.md, below the state directory; absent until they are written.
   */
  report?: string;
}

/**
 * A past sweep.
 */
export interface SweepHistoryEntry {
  /**
   * Names the sweep.
   */
  occurrence: string;
  /**
   * When it began.
   */
  startTime: Time;
  /**
   * When it ended.
   */
  completionTime: Time;
  /**
   * How it ended.
   */
  result: SweepResult;
  /**
   * Green runs.
   */
  passed?: number;
  /**
   * Red runs.
   */
  failed?: number;
  /**
   * Recipes that were not run.
   */
  skipped?: number;
}

/**
 * Why a recipe was tested in a sweep, or was not.
 */
export type SweepReason =
  | 'NewVersion'
  | 'NoKnownGood'
  | 'KnownGoodDamaged'
  | 'TooOld'
  | 'NoNewVersion'
  | 'NeverReleased'
  | 'FetchFailed'
  | 'Suspended'
  | 'NotAccepted'
  | 'Removed';

/**
 * How a sweep ended: Cancelled, NothingEnrolled, Failed (a recipe is red), ServiceFailed (a warm service), FetchFailed, InfraError (no fault but the infrastructure's), else Passed.
 */
export type SweepResult =
  'Passed' | 'Failed' | 'ServiceFailed' | 'FetchFailed' | 'InfraError' | 'NothingEnrolled' | 'Cancelled';

/**
 * Configuration of cc-controller and ccctl: cc-ci.yaml.
 */
export interface ControllerConfig {
  /**
   * Directory of the spec files. Default: ./specs.
   */
  specDirectory?: string;
  /**
   * Directory of everything that the controller keeps. Default: ./.cc-ci.
   */
  stateDirectory?: string;
  /**
   * Domain below which apps get theirs. Default: ci.localhost.
   */
  zone?: DomainName;
  /**
   * Where apps run, in any case; Auto: Abra where abra and a swarm manager answer, else Swarm, else Process; decided once. Default: Auto.
   */
  platform?: 'Auto' | 'Process' | 'Swarm' | 'Abra';
  /**
   * Git URL or path of recipes, with {recipe}; anything without a scheme or host is a path. Default: none, then every object names its source. Example: https://git.coopcloud.tech/coop-cloud/{recipe}.git.
   */
  recipeSource?: string;
  /**
   * Users and passwords for the sources of recipes, by host. Default: none.
   */
  sourceCredentials?: SourceCredential[];
  /**
   * Runs at the same time. Default: 1.
   */
  maxRuns?: number;
  /**
   * Time between two looks at an object at rest. Default: 10m.
   */
  resync?: Duration;
  /**
   * How long a spec file must be gone, in running time, before that is a deletion. Default: 30s.
   */
  deletionGrace?: Duration;
  /**
   * First and last port that apps get on this host. Default: 20000-29999.
   */
  hostPorts?: string;
  /**
   * Recipes whose untrusted commits may run their own tests and hooks. Default: none. Example: [notes].
   */
  allowRecipeTests?: RecipeName[];
  /**
   * What each container of an untrusted commit may take. Default: 1GiB of memory, 1 core, 512 processes.
   */
  untrusted?: UntrustedConfig;
  /**
   * Artifacts of runs. Default: those of 500.
   */
  artifacts?: ArtifactsConfig;
  /**
   * Guard of the memory. Default: floor 512MiB.
   */
  memory?: MemoryConfig;
  /**
   * Process platform.
   */
  process?: ProcessConfig;
  /**
   * Swarm platform.
   */
  swarm?: SwarmConfig;
  /**
   * Abra platform.
   */
  abra?: AbraConfig;
  /**
   * Disk guards. Default: prune above 80%, floor 2GiB.
   */
  disk?: DiskConfig;
  /**
   * Alerts. Default: no sinks.
   */
  alerts?: AlertsConfig;
  /**
   * Metrics. Default: no server.
   */
  metrics?: MetricsConfig;
  /**
   * The status page. Default: written below the state directory, not served.
   */
  site?: SiteConfig;
  /**
   * Forge bridge. Default: off.
   */
  forge?: ForgeConfig;
}

/**
 * What each container of an untrusted commit may take on a swarm: set where the recipe sets nothing, and the most where it sets more.
 */
export interface UntrustedConfig {
  /**
   * Memory of each container: bytes with B, KiB, MiB, GiB or TiB, from 16MiB. Default: 1GiB.
   */
  memory?: string;
  /**
   * Cores of each container. Default: 1.
   */
  cpus?: number;
  /**
   * Processes and threads of each container. Default: 512.
   */
  pids?: number;
}

/**
 * Whom git says to be at one host.
 */
export interface SourceCredential {
  /**
   * Exactly this host, with the port where it is not 443; asked by HTTPS only, but with http:// before it without encryption. Example: git.example.org:8443.
   */
  host: string;
  /**
   * The user. Example: bot.
   */
  user: string;
  /**
   * File that holds the password or token, one line; read at each fetch. Example: /run/keys/git-bot.
   */
  passwordFile: string;
}

/**
 * The process platform.
 */
export interface ProcessConfig {
  /**
   * PATH of apps, hooks and tests. Default: that of the controller. Example: /usr/bin:/bin.
   */
  path?: string;
}

/**
 * The Docker Swarm platform.
 */
export interface SwarmConfig {
  /**
   * Socket of the engine. Default: /var/run/docker.sock.
   */
  socket?: string;
  /**
   * Base URL of apps; {domain} is filled in. Default: https://{domain}.
   */
  baseUrl?: string;
  /**
   * Address that app URLs are reached at, instead of DNS. Default: DNS. Example: 127.0.0.1:443.
   */
  connectTo?: string;
  /**
   * Certificates to trust in addition, PEM. Default: none.
   */
  caFile?: string;
}

/**
 * The abra platform.
 */
export interface AbraConfig {
  /**
   * Program; a bare name is looked up on PATH, with a slash it is a path. Default: abra.
   */
  binary?: string;
  /**
   * Server name as abra knows it. Default: default.
   */
  server?: string;
}

/**
 * Guards of the disk.
 */
export interface DiskConfig {
  /**
   * Fill level above which unused images older than a day are pruned, per cent. Default: 80%.
   */
  pruneAbove?: string;
  /**
   * Free space below which no run starts: bytes with B, KiB, MiB, GiB or TiB. Default: 2GiB.
   */
  floor?: string;
}

/**
 * Artifacts of runs that have ended.
 */
export interface ArtifactsConfig {
  /**
   * Artifacts of so many ended runs stay; of older ones they go before ttlAfterFinished, and the verdict stays. Default: 500.
   */
  keep?: number;
}

/**
 * Guard of the memory.
 */
export interface MemoryConfig {
  /**
   * Memory that is to stay free when another run starts, beside what the recipe and the runs under way are still to take: bytes with B, KiB, MiB, GiB or TiB. Default: 512MiB.
   */
  floor?: string;
}

/**
 * Alerts as POST requests.
 */
export interface AlertWebhook {
  /**
   * Where to; redirects are not followed. Its path and user may be secret and are not shown. Example: https://hooks.example.org/cc-ci.
   */
  url: string;
  /**
   * File with the key that signs each request, one line, in base64 after whsec_; read at each delivery. Default: unsigned. Example: /run/keys/alerts.
   */
  secretFile?: string;
}

/**
 * Where alerts go: exactly one of webhook and command.
 */
export interface AlertSink {
  webhook?: AlertWebhook;
  /**
   * Program and arguments, no shell; a bare program is looked up on PATH, with a slash it is a path. The alert comes on standard input as JSON, and exit code 0 is a delivery. Example: [/usr/local/bin/notify].
   *
   * @minItems 1
   *
   * Items: One argument.
   */
  command?: string[];
}

/**
 * Alerts.
 */
export interface AlertsConfig {
  /**
   * Where they go, 16 at most. Default: nowhere but the status and ccctl.
   *
   * @maxItems 16
   */
  sinks?: AlertSink[];
}

/**
 * Metrics.
 */
export interface MetricsConfig {
  /**
   * Address and port of the metrics server; a bare port is on 127.0.0.1. Default: no server. Example: 127.0.0.1:9464.
   */
  listen?: string;
}

/**
 * The status page: static files that any web server can serve.
 */
export interface SiteConfig {
  /**
   * Where the files are written. Default: site in the state directory. Example: /var/www/cc-ci.
   */
  directory?: string;
  /**
   * Address and port of a plain HTTP server for a look at them; a bare port is on 127.0.0.1. Default: no server. Example: 127.0.0.1:8080.
   */
  listen?: string;
  /**
   * Public address at which the directory is served, for links. Default: links are relative. Example: https://ci.example.org/status/.
   */
  url?: string;
}

/**
 * Webhook of the forge.
 */
export interface ForgeWebhookConfig {
  /**
   * Address and port to listen on; a bare port is on 127.0.0.1. Default: no server. Example: 127.0.0.1:8090.
   */
  listen?: string;
  /**
   * File with the key of the signatures. Needed with listen.
   */
  secretFile?: string;
}

/**
 * The forge whose pull requests start runs.
 */
export interface ForgeConfig {
  /**
   * Base URL of the forge. Default: no bridge. Example: https://git.example.org.
   */
  url?: string;
  /**
   * File with the access token; read at each request. Needed with url.
   */
  tokenFile?: string;
  /**
   * Time between polls. Default: 30s.
   */
  pollInterval?: Duration;
  /**
   * Default: polling only.
   */
  webhook?: ForgeWebhookConfig;
  /**
   * Who may start runs, beside the owner of a repository and the members of the organisation that owns it: logins, org:NAME, team:ORGANISATION/NAME. Default: nobody. Example: [ada, team:coop-cloud/maintainers].
   *
   * Items: A login of the forge, org:NAME or team:ORGANISATION/NAME.
   */
  authorised?: string[];
}
