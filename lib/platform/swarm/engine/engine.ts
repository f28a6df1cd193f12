/**
 * What the swarm adapters ask of a Docker engine: a narrow port over its API, in our words and without its types, so
 * that the planning around it can be tested without one. `DockerEngine` is the real one.
 */
import type { ExecOptions, ExecResult, ServiceObservation, TaskMemory } from '../../platform.ts';
import type { EngineVersion } from './version.ts';

/** Label by which an engine groups what belongs to one stack. */
export const STACK_LABEL = 'com.docker.stack.namespace';

export interface EngineIdentity extends EngineVersion {
  /** Id of the swarm: the data belongs to it, not to a node. Empty where this node is no manager of it. */
  clusterId: string;
  /** Nodes of the swarm, this one included. A volume of a service is on the node where its task runs. */
  nodes: number;
  /** This node is a manager of an active swarm with a leader. */
  manager: boolean;
}

/** A service as the engine holds it now. */
export interface EngineService
  extends Pick<ServiceObservation, 'image' | 'replicas' | 'restart' | 'restartDelayMs' | 'serves' | 'update'> {
  id: string;
  /** Full name: `<stack>_<service>`. */
  name: string;
  /** Service labels (`deploy.labels`). */
  labels: Readonly<Record<string, string>>;
  mode: 'Replicated' | 'Global' | 'ReplicatedJob' | 'GlobalJob';
  /** Restarts of each slot, at most; absent: no limit. */
  maxAttempts?: number;
  /** The command of its health check, in one line; absent: the spec has none. */
  healthCheck?: string;
  /** An update starts the new task before it stops the old one. */
  startFirst?: boolean;
  /** Digest of the task template: equal in a task that belongs to the current spec. Independent of key order. */
  templateDigest: string;
  /** Digest of the whole spec: changes when anybody changes the service, the engine's own rollback included. */
  specDigest: string;
  /** Published ports of the spec, in its order. */
  ports: readonly { target: number; published: number; mode: 'Host' | 'Ingress' }[];
}

/** A task, current or past. Times are milliseconds since the epoch. */
export interface EngineTask {
  id: string;
  serviceId: string;
  /** Absent for a task without slot (global modes). */
  slot?: number;
  /** The engine's word: `new pending assigned accepted preparing ready starting running complete shutdown failed rejected remove orphaned`. */
  state: string;
  /** What the orchestrator wants of it: `running`, `shutdown`, `complete`, `remove` … */
  desired: string;
  /** The engine's words: why it failed, was rejected or cannot be placed. */
  error?: string;
  exitCode?: number;
  /** Full id; absent before there is a container. */
  containerId?: string;
  /** As {@link EngineService.templateDigest}. */
  templateDigest: string;
  createdAt: number;
  /** When it entered its state. */
  stateAt: number;
}

export interface EngineContainer {
  id: string;
  /** Full name of its service; empty for one without. */
  service: string;
  taskId: string;
  /** `created running exited …`. */
  state: string;
}

/** Memory of a container, bytes; as `TaskMemory` of the platform port. */
export type EngineMemory = Omit<TaskMemory, 'id'>;

/** Room that a running container takes on this node. */
export interface EngineRoom {
  /** Full name of its service. */
  service: string;
  /** What it wrote beside its volumes, bytes. */
  layerBytes: number;
  /** Directories of all its volumes, those without a name included. */
  volumes: readonly string[];
}

/** Everything of one stack that runs or may run. */
export interface EngineStack {
  services: readonly EngineService[];
  tasks: readonly EngineTask[];
  /** Of this node, ended ones included. */
  containers: readonly EngineContainer[];
}

export interface EngineVolume {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Directory on this node in which its bytes are. */
  mountpoint: string;
}

/** A network, secret or config. */
export interface EngineThing {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
}

export interface EngineConfig extends EngineThing {
  data: Buffer;
}

export interface EngineImage {
  /** `sha256:…` of the image's configuration. */
  id: string;
  /** `name@sha256:…` of the registries it came from; empty for one that was built here. */
  repoDigests: readonly string[];
  /** Of the processor that it is built for (GOARCH: `amd64`, `arm64`); absent where nobody said. */
  architecture?: string;
}

/** An image that this node has. */
export interface EngineStoredImage {
  id: string;
  /** Tags and digests. */
  names: readonly string[];
  bytes: number;
}

/** Who uses images: ids of those of this node's containers, ended ones included, and references in services of the swarm. */
export interface EngineImageUsers {
  ids: readonly string[];
  references: readonly string[];
}

/** Something happened to a thing of the engine. */
export interface EngineEvent {
  type: 'service' | 'container';
  /** `create`, `update`, `remove`, `die`, `health_status: healthy` … */
  action: string;
  /** Stack name, where the engine says it (containers); else undefined. */
  stack?: string;
  /** Full name of the service. */
  service: string;
}

export interface EngineLogLine {
  taskId: string;
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
}

/**
 * The port. Reading methods never write; removing what is absent is success. Throws CcError only: `Unreachable` (the
 * engine or its registry does not answer, answers 5xx, or is no swarm manager), `NotFound`, `Conflict` (409, or an
 * update that came too late after three tries), `InvalidInput` (400), `Aborted`, `NoSpace`.
 */
export interface Engine {
  identity(signal: AbortSignal): Promise<EngineIdentity>;
  /** Three calls: services with task counts, tasks, containers, all by {@link STACK_LABEL}. */
  stack(name: string, signal: AbortSignal): Promise<EngineStack>;
  /** Memory of a container of this node; undefined where it does not run, is gone, or nobody keeps an account. */
  memory(containerId: string, signal: AbortSignal): Promise<EngineMemory | undefined>;
  /** What the running containers of a stack take on this node. The engine reads their layers: not for every pass. */
  rooms(stack: string, signal: AbortSignal): Promise<EngineRoom[]>;
  /** Gives all services of the swarm: who else is there. */
  services(signal: AbortSignal): Promise<EngineService[]>;
  removeService(id: string, signal: AbortSignal): Promise<void>;
  /** Stops a container of this node; one that does not run is success. */
  stopContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Removes a container of this node that does not run, and its anonymous volumes. @throws CcError `Conflict` where it runs. */
  removeContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Sets the wanted tasks and nothing else; a global service gets or loses a constraint that no node meets. */
  scale(id: string, replicas: number, signal: AbortSignal): Promise<void>;
  /** Sends the service's spec once more as it is, so that the orchestrator compares it with its tasks again. */
  nudge(id: string, signal: AbortSignal): Promise<void>;
  networks(stack: string, signal: AbortSignal): Promise<EngineThing[]>;
  /** Names of all networks that a service could join. */
  networkNames(signal: AbortSignal): Promise<string[]>;
  removeNetwork(id: string, signal: AbortSignal): Promise<void>;
  volumes(stack: string, signal: AbortSignal): Promise<EngineVolume[]>;
  volume(name: string, signal: AbortSignal): Promise<EngineVolume | undefined>;
  /** Idempotent. */
  createVolume(name: string, labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<EngineVolume>;
  removeVolume(name: string, signal: AbortSignal): Promise<void>;
  /** By label, and those with exactly one of `names`; an empty stack: by name alone. */
  secrets(stack: string, names: readonly string[], signal: AbortSignal): Promise<EngineThing[]>;
  /** @throws CcError `Conflict` when the name is taken. */
  createSecret(
    secret: { name: string; labels: Readonly<Record<string, string>>; data: Buffer },
    signal: AbortSignal,
  ): Promise<EngineThing>;
  /** @throws CcError `Conflict` while a service uses it. */
  removeSecret(id: string, signal: AbortSignal): Promise<void>;
  /** By label. */
  configs(stack: string, signal: AbortSignal): Promise<EngineConfig[]>;
  removeConfig(id: string, signal: AbortSignal): Promise<void>;
  /** Architectures of images that this node runs, its own first; empty where the engine does not say its own. */
  architectures(signal: AbortSignal): Promise<string[]>;
  /** What this node has under that reference, or undefined. */
  image(reference: string, signal: AbortSignal): Promise<EngineImage | undefined>;
  /** All images of this node but those that are only layers of others. */
  storedImages(signal: AbortSignal): Promise<EngineStoredImage[]>;
  imageUsers(signal: AbortSignal): Promise<EngineImageUsers>;
  /** Takes a name off an image, or removes the one of that id; the last name takes the image along. @throws CcError `Conflict` where a container uses it. */
  removeImage(reference: string, signal: AbortSignal): Promise<void>;
  /** Directory of this node in which it keeps everything; undefined where it does not say. */
  rootDirectory(signal: AbortSignal): Promise<string | undefined>;
  /**
   * @throws CcError `NotFound` (the registry has no such image), `Unsupported` (none for this node's architecture),
   * `Unreachable` (it does not answer).
   */
  pull(reference: string, signal: AbortSignal): Promise<EngineImage>;
  /** @throws CcError `NotFound` or `Conflict` for a container that is gone or does not run. */
  exec(containerId: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /** The last `tail` lines of all tasks of a service, in the order of their time. */
  serviceLogs(serviceId: string, options: { tail?: number; signal?: AbortSignal }): Promise<EngineLogLine[]>;
  /** Calls `onEvent` until the signal trips, connecting again when the stream ends: a hint. Never rejects. */
  events(onEvent: (event: EngineEvent) => void, signal: AbortSignal): Promise<void>;
}
