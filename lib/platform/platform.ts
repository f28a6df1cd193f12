/** Where recipes run. One port, several adapters, one contract suite over all of them (test/contract/platform). */

export type PlatformKind = 'Process' | 'Swarm' | 'Abra';

export interface PlatformIdentity {
  kind: PlatformKind;
  /** Names the engine that holds the data; "volumes missing" is concluded only on the same engine. */
  engineId: string;
}

/** Names an app: nothing else is needed to find everything of it. */
export interface AppRef {
  /** DNS name; unique over all objects. */
  domain: string;
}

/** What each container of an app may take at most. */
export interface ContainerLimits {
  memoryBytes: number;
  /** Cores; fractions are possible. */
  cpus: number;
  /** Processes and threads. */
  pids: number;
}

/** What is to run. Everything in it is resolved: no `.env.sample`, no generation left to do. */
export interface AppSpec extends AppRef {
  recipe: string;
  /** Compose files relative to the revision's directory, merged in this order. */
  composeFiles: readonly string[];
  /** The app's env; values may hold `{port:<service>}` and `{port:<service>.<name>}`, filled in by the platform. */
  env: Readonly<Record<string, string>>;
  /** Compose name of each secret → absolute path of a 0600 file with its value. */
  secrets: Readonly<Record<string, string>>;
  /**
   * Set for a commit that nobody trusts: it is deployed within these limits, and not at all where it asks for more than
   * its own. The process platform, which keeps nothing apart, is never given one.
   */
  limits?: ContainerLimits;
}

/** One commit of a recipe, checked out for this app alone; the platform may keep running from the directory. */
export interface Revision {
  commit: string;
  /** Version tag or label; absent where the commit has none. */
  version?: string;
  directory: string;
  /** Bare git repository that has the commit and the recipe's tags; an adapter that needs a clone makes it from there. */
  repository?: string;
}

export type TaskState = 'Starting' | 'Running' | 'Exited' | 'Rejected' | 'Unplaceable';

/** One task of a service, current or past. Times are milliseconds since the epoch. */
export interface TaskObservation {
  state: TaskState;
  /** The task belongs to the current specification (not to the one before an update). */
  current: boolean;
  startedAt?: number;
  endedAt?: number;
  exitCode?: number;
  /** The engine's own words, where it has any; of one that is starting, which check of its health it waits for. */
  message?: string;
  /** What the host lacks to run it: no version of the recipe can help it. */
  hostLacks?: HostLack;
}

/** Something of the host, a path for instance, with what to do about it. */
export interface HostLack {
  what: string;
  /** One sentence. */
  remedy: string;
}

export interface ServiceObservation {
  name: string;
  image: string;
  /** Wanted number of tasks. */
  replicas: number;
  /** Whether a task that ends is started again: `always`, only after a failure, or never. */
  restart: 'Always' | 'OnFailure' | 'Never';
  /** How long an ended task waits to be started again, milliseconds, where the recipe says so. */
  restartDelayMs?: number;
  /** A port, a route or a health check says that its tasks are to go on; absent: nothing does. */
  serves?: boolean;
  /** Newest first; at least those of the last ten minutes. */
  tasks: readonly TaskObservation[];
  update: 'None' | 'Updating' | 'RollingBack' | 'RolledBack' | 'Paused';
}

/** A port of a service, reachable from the controller. */
export interface Endpoint {
  service: string;
  /** Empty for the service's main port. */
  name: string;
  host: string;
  port: number;
}

export interface AppObservation {
  /** False: no service, task, container or network of the app exists. Volumes may. */
  deployed: boolean;
  /** Commit that the platform itself recorded when it applied the spec; absent while undeployed. */
  commit?: string;
  version?: string;
  services: readonly ServiceObservation[];
  volumes: readonly Volume[];
  endpoints: readonly Endpoint[];
  /** Compose keys in the deployed spec that have no effect on this platform. */
  ignored: readonly string[];
  /** Where the app answers unless its spec says otherwise; absent: the platform knows of no place. No slash at the end. */
  url?: string;
  /** Why nothing of the spec leads to the app's domain through the ingress; absent: something may, or needs not. */
  unrouted?: string;
  /**
   * What somebody else did to the app since the spec was applied (`service app was removed`), or a restart of the machine
   * that the platform does not make up for; absent: nothing.
   */
  changedByOthers?: string;
}

export interface Volume {
  /** Short name, as in the compose file. */
  name: string;
  /** Directory in which its bytes are. */
  path: string;
}

export interface ExecOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  input?: string;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  outcome: 'Exited' | 'TimedOut' | 'Aborted';
}

export interface LogOptions {
  /** Default: all services. */
  service?: string;
  /** The last so many lines of each service; default all that are kept. */
  tail?: number;
  signal?: AbortSignal;
}

export interface LogLine {
  service: string;
  text: string;
}

/**
 * A revision that can be deployed by the adapter that prepared it. It is stale once anything else changed the app (another
 * deploy, a stop, a start, an undeploy, volumes made or recorded, by whomever) or a value of its secrets.
 */
export interface Prepared {
  readonly app: AppSpec;
  readonly revision: Revision;
}

/**
 * Why a figure is missing, or less than the whole: `NotRunning` (no task ran when it was looked at), `Elsewhere` (a part
 * is on another node), `Untold` (nobody keeps such a figure), `Unreadable` (it, or a part, could not be read), `Cut` (the
 * walk through its files ended at its bound).
 */
export type UsageGap = 'NotRunning' | 'Elsewhere' | 'Untold' | 'Unreadable' | 'Cut';

/** Memory of one task of a service, or of one process of it. Bytes. */
export interface TaskMemory {
  /** Names it for its whole life, and no other. */
  id: string;
  /** In use, without the file cache that the kernel would give up. */
  bytes: number;
  /** The kernel's own high-water mark, where there is one: what it counts now, in its way, and the most that ever was. */
  mark?: { nowBytes: number; mostBytes: number };
}

/** What one service uses. A figure that is absent though it was asked for has its gap; one with a gap is a part. */
export interface ServiceUsage {
  service: string;
  /** One entry for each task of this machine, or for each of its processes. */
  memory?: readonly TaskMemory[];
  memoryGap?: UsageGap;
  /** Its volumes, each counted for every service that mounts it, and what it writes besides; bytes. */
  diskBytes?: number;
  diskGap?: UsageGap;
}

/** What is to be measured. Memory takes milliseconds; disk walks through files, for half a second at the most. */
export type UsageKind = 'Memory' | 'Disk';

/** An image of the engine. */
export interface HeldImage {
  id: string;
  /** Its tags and digests. */
  names: readonly string[];
  bytes: number;
  /** `Used` by a container of this machine or a service, `Named` by one of the references that were given, or neither. */
  state: 'Used' | 'Named' | 'Unused';
}

export interface HeldImages {
  images: readonly HeldImage[];
  /** Directory of this machine on whose disk they are; absent: unknown. */
  directory?: string;
  /** Nodes whose images are not among these. */
  otherNodes: number;
}

/** The images that an engine keeps. Never told of volumes. */
export interface Images {
  /** Complete, or an error. */
  list(named: readonly string[], signal: AbortSignal): Promise<HeldImages>;
  /** Removes one by its names. Absent is success. @throws CcError `Conflict` where something uses it by now. */
  remove(image: HeldImage, signal: AbortSignal): Promise<void>;
}

/**
 * The port. Every method is idempotent and takes a signal; `observe`, `usage`, `volumes`, `logs` and `apps` never write.
 * Adapters throw CcError only: `Unreachable` (engine does not answer; retried), `Unsupported` (the recipe asks for what
 * this platform cannot do, names the service and a platform that can), `InvalidInput` (the recipe is wrong),
 * `DataMissing` (a recorded volume or secret is gone), `NotFound` (exec or start on an app that is not deployed),
 * `Conflict` (no port left; stale), `Refused` (another instance's app), `Damaged` (a record cannot be read), `Aborted`,
 * `DeadlineExceeded`, `NoSpace`.
 */
export interface Platform {
  identity(signal: AbortSignal): Promise<PlatformIdentity>;
  /** What is there now. An app that was never deployed gives `deployed: false` and empty lists. */
  observe(app: AppRef, signal: AbortSignal): Promise<AppObservation>;
  /**
   * Fetches what a deploy needs, images for one, or says why the app cannot run here: all that can be known before
   * anything is touched. Changes nothing of the app.
   */
  prepare(app: AppSpec, revision: Revision, signal: AbortSignal): Promise<Prepared>;
  /**
   * Creates or updates in place; resolves once the spec is applied, not once it is healthy.
   * @throws CcError also `Conflict`: what was prepared is stale, and nothing was touched. After one that failed, prepare anew.
   */
  deploy(prepared: Prepared, signal: AbortSignal): Promise<void>;
  /** Resolves when tasks, containers, processes and networks are really gone; keeps volumes and secrets. */
  undeploy(app: AppRef, signal: AbortSignal): Promise<void>;
  /** Undeploys and removes volumes, secrets, configs, ports and env; absent is success. */
  destroy(app: AppRef, signal: AbortSignal): Promise<void>;
  /** The volumes that exist, deployed or not. */
  volumes(app: AppRef, signal: AbortSignal): Promise<Volume[]>;
  /** Creates the named volumes, empty, where they do not exist (restore into a lost volume); returns all. */
  ensureVolumes(app: AppRef, names: readonly string[], signal: AbortSignal): Promise<Volume[]>;
  /**
   * Records exactly these volumes as the data of an app that is not deployed, after a restore put others aside: the
   * record, not the disk, says which volume must not be replaced by an empty one.
   */
  recordVolumes(app: AppRef, names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Stops all services and waits until they are gone; the app stays deployed. */
  stopServices(app: AppRef, signal: AbortSignal): Promise<void>;
  /** Starts the services of a deployed app again, same revision. */
  startServices(app: AppRef, signal: AbortSignal): Promise<void>;
  /** Runs argv in the service's surroundings: its environment, its directory or container. */
  exec(app: AppRef, service: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult>;
  logs(app: AppRef, options: LogOptions): AsyncIterable<LogLine>;
  /**
   * What the services of a deployed app use now, in the order of `observe`. A service that is not deployed is absent. A
   * figure that cannot be had is left out with its reason; only a platform that answers nothing at all throws.
   */
  usage(app: AppRef, kinds: readonly UsageKind[], signal: AbortSignal): Promise<ServiceUsage[]>;
  /** All apps of this instance that exist in any form, volumes only included. */
  apps(signal: AbortSignal): Promise<AppRef[]>;
  /** What is left of an app, one line each (`volume data`, `process 4711`, `port 20001`); empty when destroyed. */
  leftovers(app: AppRef, signal: AbortSignal): Promise<string[]>;
  /** Absent: images do not run here. */
  readonly images?: Images;
  /** Calls `onChange` when something of an app may have changed: a hint, may be late or lost. Resolves on abort. */
  watch(onChange: (domain: string) => void, signal: AbortSignal): Promise<void>;
}
