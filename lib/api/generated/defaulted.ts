/* Written by `npm run generate` from schemas/. Do not edit. */

import type {
  AlertSink,
  AppTimeouts,
  CommandSource,
  Commit,
  DeletionPolicy,
  Dependency,
  DomainName,
  Duration,
  Env,
  ExecCheck,
  ExpectedSkip,
  ForgeWebhookConfig,
  InstallProfile,
  Labels,
  MetricsConfig,
  Name,
  ProcessConfig,
  PullRequest,
  RecipeName,
  RunMode,
  RunTimeouts,
  SecretItem,
  SiteConfig,
  SourceCredential,
  WarmServiceRef,
} from './types.ts';

/**
 * What is wanted of a live-warm service.
 */
export interface DefaultedWarmServiceSpec {
  /**
   * Leave everything as it is until this is false again; an operation in flight is finished. Default: false.
   */
  suspend: boolean;
  app: DefaultedAppBlock;
  /**
   * Upgrades. Default: Auto, Minor, every 1h.
   */
  update: DefaultedUpdateSettings;
  /**
   * After a failed upgrade. Default: Snapshot, quarantine 7d.
   */
  rollback: DefaultedRollbackSettings;
  /**
   * Services that come first at boot and in sweeps; a cycle is Stalled. Default: none. Example: [{ warmService: proxy }].
   */
  dependsOn?: WarmServiceRef[];
  /**
   * What it gives to runs. Default: nothing.
   */
  provides?: DefaultedProvides;
  /**
   * Retain: stop managing, leave it running; Delete: undeploy and remove the data. Default: Retain.
   */
  deletionPolicy: DeletionPolicy;
}

/**
 * What is wanted of an enrolled recipe.
 */
export interface DefaultedCanonicalSpec {
  /**
   * Leave everything as it is until this is false again; an operation in flight is finished. Default: false.
   */
  suspend: boolean;
  /**
   * Auto: a missing known-good starts a cold run of the newest tag. Default: Auto.
   */
  seed: 'Auto' | 'Manual';
  app: DefaultedAppBlock;
  /**
   * How much is kept. Default: 2 generations.
   */
  keep: DefaultedKeepSettings;
  /**
   * Delete: the data goes after dataRetention; Retain: it stays. Default: Delete.
   */
  deletionPolicy: DeletionPolicy;
  /**
   * How long the data stays after the file is gone, in running time of the controller. Default: 7d.
   */
  dataRetention: Duration;
  /**
   * How runs test the recipe. Default: base policy Auto, no tests of its own.
   */
  ci: DefaultedCiProfile;
  /**
   * Pull requests that start runs. Default: none.
   */
  trigger?: DefaultedTrigger;
}

/**
 * One test of one commit. After the start only the fields that say so may change.
 */
export interface DefaultedRunSpec {
  /**
   * Do not start until this is false. May change after the start. Default: false.
   */
  suspend: boolean;
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
  mode: RunMode;
  /**
   * Auto: a green cold run of a released tag becomes the known-good. Default: Auto.
   */
  promotion: 'Auto' | 'Never';
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
  ttlAfterFinished: Duration;
}

/**
 * When and what is swept.
 */
export interface DefaultedSweepSpec {
  /**
   * Cron expression. Default: 0 3 * * 0 (Sundays at three).
   */
  schedule: string;
  /**
   * IANA time zone of the schedule. Default: UTC. Example: Europe/London.
   */
  timeZone: string;
  /**
   * Largest delay of the start after the time of the schedule; another one for each time. Default: 10m.
   */
  jitter: Duration;
  /**
   * A known-good that was promoted longer ago is proved again, on the same version. Default: 30d.
   */
  maxAge: Duration;
  /**
   * Start no sweep; one that is under way goes on. Default: false.
   */
  suspend: boolean;
  /**
   * Have the warm services look for upgrades first. Default: true.
   */
  rollWarmServices: boolean;
  /**
   * Which Canonicals take part; one that matches none is an error. Default: all.
   */
  selector: DefaultedLabelSelector;
}

/**
 * Configuration of cc-controller and ccctl: cc-ci.yaml.
 */
export interface DefaultedControllerConfig {
  /**
   * Directory of the spec files. Default: ./specs.
   */
  specDirectory: string;
  /**
   * Directory of everything that the controller keeps. Default: ./.cc-ci.
   */
  stateDirectory: string;
  /**
   * Domain below which apps get theirs. Default: ci.localhost.
   */
  zone: DomainName;
  /**
   * Where apps run, in any case; Auto: Abra where abra and a swarm manager answer, else Swarm, else Process; decided once. Default: Auto.
   */
  platform: 'Auto' | 'Process' | 'Swarm' | 'Abra';
  /**
   * Git URL or path of recipes, with {recipe}; anything without a scheme or host is a path. Default: none, then every object names its source. Example: https://git.coopcloud.tech/coop-cloud/{recipe}.git.
   */
  recipeSource?: string;
  /**
   * Users and passwords for the sources of recipes, by host. Default: none.
   */
  sourceCredentials: SourceCredential[];
  /**
   * Runs at the same time. Default: 1.
   */
  maxRuns: number;
  /**
   * Time between two looks at an object at rest. Default: 10m.
   */
  resync: Duration;
  /**
   * How long a spec file must be gone, in running time, before that is a deletion. Default: 30s.
   */
  deletionGrace: Duration;
  /**
   * First and last port that apps get on this host. Default: 20000-29999.
   */
  hostPorts: string;
  /**
   * Recipes whose untrusted commits may run their own tests and hooks. Default: none. Example: [notes].
   */
  allowRecipeTests: RecipeName[];
  /**
   * What each container of an untrusted commit may take. Default: 1GiB of memory, 1 core, 512 processes.
   */
  untrusted: DefaultedUntrustedConfig;
  /**
   * Artifacts of runs. Default: those of 500.
   */
  artifacts: DefaultedArtifactsConfig;
  /**
   * Guard of the memory. Default: floor 512MiB.
   */
  memory: DefaultedMemoryConfig;
  /**
   * Process platform.
   */
  process: ProcessConfig;
  /**
   * Swarm platform.
   */
  swarm: DefaultedSwarmConfig;
  /**
   * Abra platform.
   */
  abra: DefaultedAbraConfig;
  /**
   * Disk guards. Default: prune above 80%, floor 2GiB.
   */
  disk: DefaultedDiskConfig;
  /**
   * Alerts. Default: no sinks.
   */
  alerts: DefaultedAlertsConfig;
  /**
   * Metrics. Default: no server.
   */
  metrics: MetricsConfig;
  /**
   * The status page. Default: written below the state directory, not served.
   */
  site: SiteConfig;
  /**
   * Forge bridge. Default: off.
   */
  forge: DefaultedForgeConfig;
}

/**
 * Which recipe runs, where and how.
 */
export interface DefaultedAppBlock {
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
  secrets: DefaultedSecrets;
  /**
   * Base URL of the app as the controller reaches it; {domain} and {port:<service>} are filled in. Default: by platform. Example: https://{domain}.
   */
  url?: string;
  /**
   * Probes that must all pass. Default: GET / gives 200 to 399; where no service has a port, running tasks are enough (WeakEvidence).
   *
   * @minItems 1
   */
  health?: DefaultedHealthCheck[];
  /**
   * Passes in a row, 500 ms apart, that count as healthy. Default: 2.
   */
  healthPasses: number;
  /**
   * Deadlines of deploy and health. Default: what the recipe asks for, else deploy 10m, health 5m.
   */
  timeouts: AppTimeouts;
}

/**
 * When and how far the service is upgraded.
 */
export interface DefaultedUpdateSettings {
  /**
   * Auto upgrades to the newest safe version, Manual only on ccctl approve. Default: Auto.
   */
  policy: 'Auto' | 'Manual';
  /**
   * Largest step of the recipe version that is taken unasked. Default: Minor.
   */
  maxBump: 'Patch' | 'Minor' | 'Major';
  /**
   * Pins the version. Default: the newest. Example: 10.7.1+26.6.2.
   */
  version?: string;
  /**
   * Time between looks for new versions. Default: 1h.
   */
  interval: Duration;
  /**
   * Upgrades start only inside. Default: any time.
   */
  window?: DefaultedWindow;
}

/**
 * What is done after a failed upgrade.
 */
export interface DefaultedRollbackSettings {
  /**
   * Snapshot restores the data too (stateful), VersionOnly the version alone. Default: Snapshot.
   */
  strategy: 'Snapshot' | 'VersionOnly';
  /**
   * How long a version that failed is not tried again, and what its rollback replaced is kept. Default: 7d.
   */
  quarantine: Duration;
}

/**
 * What the service gives to runs.
 */
export interface DefaultedProvides {
  /**
   * Single sign-on.
   */
  sso?: DefaultedSsoProvider;
}

/**
 * How much is kept.
 */
export interface DefaultedKeepSettings {
  /**
   * Known-good generations that are kept. Default: 2.
   */
  generations: number;
}

/**
 * How runs of the recipe test it.
 */
export interface DefaultedCiProfile {
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
  upgrade: DefaultedUpgradeProfile;
  /**
   * Data hooks. Default: none.
   */
  data?: DefaultedDataProfile;
  /**
   * Tests of the Custom stage. Default: none.
   */
  tests?: DefaultedCheckTest[];
  /**
   * Skips that do not cap the level. Default: none. Example: [{ stage: Backup, reason: stateless }].
   */
  expectedSkips?: ExpectedSkip[];
  /**
   * Deadlines. Default: total 60m, test 10m, teardown 5m.
   */
  timeouts: DefaultedCiTimeouts;
}

/**
 * Forge repository whose pull requests start runs.
 */
export interface DefaultedTrigger {
  /**
   * Software of the forge. Default: Gitea.
   */
  forge: 'Gitea' | 'Forgejo';
  /**
   * Owner and name. Example: coop-cloud/notes.
   */
  repository: string;
}

/**
 * Chooses Canonicals by label.
 */
export interface DefaultedLabelSelector {
  /**
   * All of these must match. Default: none, which matches everything.
   */
  matchLabels: Labels;
}

/**
 * What each container of an untrusted commit may take on a swarm: set where the recipe sets nothing, and the most where it sets more.
 */
export interface DefaultedUntrustedConfig {
  /**
   * Memory of each container: bytes with B, KiB, MiB, GiB or TiB, from 16MiB. Default: 1GiB.
   */
  memory: string;
  /**
   * Cores of each container. Default: 1.
   */
  cpus: number;
  /**
   * Processes and threads of each container. Default: 512.
   */
  pids: number;
}

/**
 * Artifacts of runs that have ended.
 */
export interface DefaultedArtifactsConfig {
  /**
   * Artifacts of so many ended runs stay; of older ones they go before ttlAfterFinished, and the verdict stays. Default: 500.
   */
  keep: number;
}

/**
 * Guard of the memory.
 */
export interface DefaultedMemoryConfig {
  /**
   * Memory that is to stay free when another run starts, beside what the recipe and the runs under way are still to take: bytes with B, KiB, MiB, GiB or TiB. Default: 512MiB.
   */
  floor: string;
}

/**
 * The Docker Swarm platform.
 */
export interface DefaultedSwarmConfig {
  /**
   * Socket of the engine. Default: /var/run/docker.sock.
   */
  socket: string;
  /**
   * Base URL of apps; {domain} is filled in. Default: https://{domain}.
   */
  baseUrl: string;
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
export interface DefaultedAbraConfig {
  /**
   * Program; a bare name is looked up on PATH, with a slash it is a path. Default: abra.
   */
  binary: string;
  /**
   * Server name as abra knows it. Default: default.
   */
  server: string;
}

/**
 * Guards of the disk.
 */
export interface DefaultedDiskConfig {
  /**
   * Fill level above which unused images older than a day are pruned, per cent. Default: 80%.
   */
  pruneAbove: string;
  /**
   * Free space below which no run starts: bytes with B, KiB, MiB, GiB or TiB. Default: 2GiB.
   */
  floor: string;
}

/**
 * Alerts.
 */
export interface DefaultedAlertsConfig {
  /**
   * Where they go, 16 at most. Default: nowhere but the status and ccctl.
   *
   * @maxItems 16
   */
  sinks: AlertSink[];
}

/**
 * The forge whose pull requests start runs.
 */
export interface DefaultedForgeConfig {
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
  pollInterval: Duration;
  /**
   * Default: polling only.
   */
  webhook: ForgeWebhookConfig;
  /**
   * Who may start runs, beside the owner of a repository and the members of the organisation that owns it: logins, org:NAME, team:ORGANISATION/NAME. Default: nobody. Example: [ada, team:coop-cloud/maintainers].
   *
   * Items: A login of the forge, org:NAME or team:ORGANISATION/NAME.
   */
  authorised: string[];
}

/**
 * Where the values of the secrets of the app come from.
 */
export interface DefaultedSecrets {
  /**
   * Generate: what the recipe names and the set lacks is generated. Default: Generate.
   */
  policy: 'Generate';
  /**
   * Secrets with a given value; they override generation. Default: none.
   */
  items?: SecretItem[];
}

/**
 * One probe: exactly one of http, tcp, exec.
 */
export interface DefaultedHealthCheck {
  http?: DefaultedHttpCheck;
  tcp?: DefaultedTcpCheck;
  exec?: ExecCheck;
}

/**
 * Times in which upgrades may start.
 */
export interface DefaultedWindow {
  /**
   * Cron expression of the start of the window. Example: 0 2 * * *.
   */
  schedule: string;
  /**
   * IANA time zone of the schedule. Default: UTC. Example: Europe/London.
   */
  timeZone: string;
  /**
   * How long the window stays open. Example: 2h.
   */
  duration: Duration;
}

/**
 * A single sign-on provider for runs.
 */
export interface DefaultedSsoProvider {
  /**
   * Software of the provider.
   */
  type: 'Keycloak';
  /**
   * Name of its administrator. Default: admin.
   */
  adminUser: string;
  /**
   * Secret of the recipe that holds the password. Default: admin_password.
   */
  adminPasswordSecret: string;
}

/**
 * What happens in the upgrade.
 */
export interface DefaultedUpgradeProfile {
  /**
   * Where it starts. Default: policy Auto.
   */
  base: DefaultedUpgradeBase;
  /**
   * Set on the upgrade, on top of the env kept with the data. Default: none.
   */
  env?: Env;
}

/**
 * How test data is made, looked for and removed.
 */
export interface DefaultedDataProfile {
  /**
   * Puts data in, once after Install.
   */
  seed?: DefaultedDataHook;
  /**
   * Passes where that data is there.
   */
  verify?: DefaultedDataHook;
  /**
   * Removes it. Default: the backed-up paths are emptied.
   */
  wipe?: DefaultedDataHook;
  /**
   * Where no data hook is given: Auto writes a token of the run's own into each store that is recognised, and looks for it again. Default: Auto.
   */
  canaries?: 'Auto' | 'None';
}

/**
 * A test of the deployed app: exactly one of command (with from) and http.
 */
export interface DefaultedCheckTest {
  /**
   * Name of the test, unique in the list. Example: login.
   */
  name: Name;
  /**
   * A request to the app.
   */
  http?: DefaultedHttpCheck;
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
  required: boolean;
}

/**
 * Deadlines of runs.
 */
export interface DefaultedCiTimeouts {
  /**
   * Whole run without Teardown and Promote. Default: 60m.
   */
  total: Duration;
  /**
   * One test. Default: 10m.
   */
  test: Duration;
  /**
   * The teardown, tried again after. Default: 5m.
   */
  teardown: Duration;
}

/**
 * A GET request; redirects are not followed.
 */
export interface DefaultedHttpCheck {
  /**
   * Path and query below the URL of the app, with a leading slash. Default: /. Example: /healthz.
   */
  path: string;
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
export interface DefaultedTcpCheck {
  /**
   * Host name or address. Default: 127.0.0.1.
   */
  host: string;
  /**
   * Port, 1 to 65535. Example: 64738.
   */
  port: number;
}

/**
 * Version that the upgrade starts from.
 */
export interface DefaultedUpgradeBase {
  /**
   * Auto: the known-good, else the newest older release; None: no upgrade stage; Version: the one named by version. Default: Auto.
   */
  policy: 'Auto' | 'None' | 'Version';
  /**
   * Version tag; only and always with policy Version. Example: 1.2.0+3.4.5.
   */
  version?: string;
}

/**
 * One action on the data of the app: exactly one of command (with from) and http.
 */
export interface DefaultedDataHook {
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
  http?: DefaultedHttpAction;
}

/**
 * An HTTP request to the app; redirects are not followed.
 */
export interface DefaultedHttpAction {
  /**
   * Method of the request. Default: GET.
   */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /**
   * Path and query below the URL of the app, with a leading slash. Default: /. Example: /healthz.
   */
  path: string;
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
