import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CcError } from '../../lib/errors.ts';
import type { ExecResult } from '../../lib/platform/platform.ts';
import {
  type Engine,
  type EngineConfig,
  type EngineContainer,
  type EngineIdentity,
  type EngineImage,
  type EngineImageUsers,
  type EngineLogLine,
  type EngineMemory,
  type EngineRoom,
  type EngineService,
  type EngineStack,
  type EngineStoredImage,
  type EngineTask,
  type EngineThing,
  type EngineVolume,
  STACK_LABEL,
} from '../../lib/platform/swarm/engine/engine.ts';
import type { DeployedFacts, StackDriver, StackPlan, StackSecret } from '../../lib/platform/swarm/stack/driver.ts';

type Labels = Readonly<Record<string, string>>;

/** {@link Engine} in memory: services run at once, volumes are directories. Notes calls in order, fails once on demand. */
export class FakeEngine implements Engine {
  readonly calls: string[] = [];
  clusterId = 'fake-cluster';
  nodes = 1;
  manager = true;
  apiVersion = '1.41';
  directory = '';
  readonly serviceMap = new Map<string, EngineService>();
  readonly tasks: EngineTask[] = [];
  /** Of each stack; the services that {@link put} makes have none. */
  readonly containers: (EngineContainer & { stack: string })[] = [];
  /** Tasks that outlived their service: those of jobs. */
  readonly jobTasks: (EngineTask & { stack: string })[] = [];
  readonly networkMap = new Map<string, EngineThing>();
  readonly volumeMap = new Map<string, EngineVolume>();
  readonly secretMap = new Map<string, EngineThing & { data: string }>();
  readonly configMap = new Map<string, EngineConfig>();
  readonly images = new Map<string, EngineImage>();
  /** What its node has, for the janitor. */
  readonly storedList: { id: string; names: string[]; bytes: number }[] = [];
  /** Ids of the images of its containers. */
  readonly imagesOfContainers: string[] = [];
  /** What its node runs. */
  architectureList = ['amd64', '386'];
  /** Images that `pull` finds. */
  readonly registry = new Map<string, EngineImage>();
  /** By id of the container; who is not in it does not run. */
  readonly memoryMap = new Map<string, EngineMemory>();
  readonly roomList: (EngineRoom & { stack: string })[] = [];
  /** So many times the orchestrator passes over a task that it should stop. */
  passesOver = 0;
  readonly #failures = new Map<string, Error[]>();
  #ids = 0;

  async open(): Promise<this> {
    this.directory = await mkdtemp(join(tmpdir(), 'ccci-engine-'));
    return this;
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  /** The next call of `method` throws, before any effect. */
  failNext(method: string, error: Error): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  nextId(what: string): string {
    this.#ids += 1;
    return `${what}-${this.#ids}`;
  }

  /** Notes the call; throws what {@link failNext} provided for it. */
  enter(method: string, detail = ''): void {
    this.calls.push(detail === '' ? method : `${method} ${detail}`);
    const error = this.#failures.get(method)?.shift();
    if (error) throw error;
  }

  /** Creates or updates a service, as a stack deploy does: a new spec gets a new task, the old one ends. */
  put(stack: string, name: string, spec: { image: string; replicas: number; labels: Labels }): void {
    const full = `${stack}_${name}`;
    const old = [...this.serviceMap.values()].find((service) => service.name === full);
    const templateDigest = digestOf([spec.image, spec.labels]);
    const service: EngineService = {
      id: old?.id ?? this.nextId('service'),
      name: full,
      labels: { ...spec.labels, [STACK_LABEL]: stack },
      image: spec.image,
      mode: 'Replicated',
      replicas: spec.replicas,
      restart: 'Always',
      templateDigest,
      specDigest: digestOf([templateDigest, spec.replicas]),
      update: 'None',
      ports: [],
    };
    this.serviceMap.set(service.id, service);
    if (old?.templateDigest !== templateDigest) this.startTask(service);
  }

  /** A new running task in the place of the one before. */
  startTask(service: EngineService): void {
    this.#stopTasks(service.id);
    const at = 1_000 + this.tasks.length;
    const { id: serviceId, templateDigest } = service;
    const id = this.nextId('task');
    const running = { state: 'running', desired: 'running', containerId: `container-of-${id}` };
    this.tasks.push({ id, serviceId, templateDigest, createdAt: at, stateAt: at, ...running });
  }

  async identity(): Promise<EngineIdentity> {
    this.enter('identity');
    const { clusterId, nodes, manager } = this;
    return { clusterId, nodes, manager, engineVersion: '20.10.24', apiVersion: this.apiVersion };
  }

  async stack(name: string): Promise<EngineStack> {
    this.enter('stack', name);
    const services = [...this.serviceMap.values()].filter(({ labels }) => labels[STACK_LABEL] === name);
    const ids = services.map(({ id }) => id);
    return structuredClone({
      services,
      tasks: [
        ...this.tasks.filter((one) => ids.includes(one.serviceId)),
        ...this.jobTasks.filter(({ stack }) => stack === name),
      ],
      containers: this.containers.filter(({ stack }) => stack === name),
    });
  }

  async memory(containerId: string): Promise<EngineMemory | undefined> {
    this.enter('memory', containerId);
    return this.memoryMap.get(containerId);
  }

  async rooms(name: string): Promise<EngineRoom[]> {
    this.enter('rooms', name);
    return this.roomList.filter(({ stack }) => stack === name);
  }

  async services(): Promise<EngineService[]> {
    return [...this.serviceMap.values()];
  }

  async removeService(id: string): Promise<void> {
    this.enter('removeService', id);
    this.serviceMap.delete(id);
  }

  async stopContainer(id: string): Promise<void> {
    this.enter('stopContainer', id);
    for (const one of this.containers) if (one.id === id) one.state = 'exited';
    for (const one of this.jobTasks) if (one.containerId === id) one.state = 'failed';
  }

  async removeContainer(id: string): Promise<void> {
    this.enter('removeContainer', id);
    const index = this.containers.findIndex((one) => one.id === id);
    if (index < 0) return;
    if (this.containers[index]?.state === 'running') throw new CcError('Conflict', `container ${id} runs`);
    this.containers.splice(index, 1);
  }

  async scale(id: string, replicas: number): Promise<void> {
    this.enter('scale', `${id} ${replicas}`);
    const service = this.serviceMap.get(id);
    if (!service) throw new CcError('NotFound', `no service ${id}`);
    const specDigest = digestOf([service.templateDigest, replicas]);
    this.serviceMap.set(id, { ...service, replicas, specDigest });
    if (replicas > 0) this.startTask(service);
    else if (this.passesOver > 0) this.passesOver -= 1;
    else this.#stopTasks(id);
  }

  async nudge(id: string): Promise<void> {
    this.enter('nudge', id);
    if (this.serviceMap.get(id)?.replicas !== 0) return;
    if (this.passesOver > 0) this.passesOver -= 1;
    else this.#stopTasks(id);
  }

  async networks(stack: string): Promise<EngineThing[]> {
    return labelled(this.networkMap, stack);
  }

  async networkNames(): Promise<string[]> {
    return [...this.networkMap.values()].map(({ name }) => name);
  }

  async removeNetwork(id: string): Promise<void> {
    this.enter('removeNetwork', id);
    this.networkMap.delete(id);
  }

  async volumes(stack: string): Promise<EngineVolume[]> {
    return [...this.volumeMap.values()].filter(({ labels }) => labels[STACK_LABEL] === stack);
  }

  async volume(name: string): Promise<EngineVolume | undefined> {
    return this.volumeMap.get(name);
  }

  async createVolume(name: string, labels: Labels): Promise<EngineVolume> {
    this.enter('createVolume', name);
    const known = this.volumeMap.get(name);
    if (known) return known;
    const volume = { name, labels, mountpoint: join(this.directory, name, '_data') };
    await mkdir(volume.mountpoint, { recursive: true });
    this.volumeMap.set(name, volume);
    return volume;
  }

  async removeVolume(name: string): Promise<void> {
    this.enter('removeVolume', name);
    this.volumeMap.delete(name);
    await rm(join(this.directory, name), { recursive: true, force: true });
  }

  async secrets(stack: string, names: readonly string[]): Promise<EngineThing[]> {
    const all = [...this.secretMap.values()];
    const own = stack === '' ? [] : labelled(this.secretMap, stack);
    return [...new Set([...own, ...all.filter(({ name }) => names.includes(name))])];
  }

  async createSecret({ name, labels, data }: { name: string; labels: Labels; data: Buffer }): Promise<EngineThing> {
    this.enter('createSecret', name);
    if ([...this.secretMap.values()].some((one) => one.name === name)) throw new CcError('Conflict', `${name} exists`);
    const secret = { id: this.nextId('secret'), name, labels, data: data.toString('utf8') };
    this.secretMap.set(secret.id, secret);
    return secret;
  }

  async removeSecret(id: string): Promise<void> {
    this.enter('removeSecret', id);
    this.secretMap.delete(id);
  }

  async configs(stack: string): Promise<EngineConfig[]> {
    return labelled(this.configMap, stack);
  }

  async removeConfig(id: string): Promise<void> {
    this.enter('removeConfig', id);
    this.configMap.delete(id);
  }

  async architectures(): Promise<string[]> {
    return this.architectureList;
  }

  async image(reference: string): Promise<EngineImage | undefined> {
    this.enter('image', reference);
    return this.images.get(reference);
  }

  async storedImages(): Promise<EngineStoredImage[]> {
    this.enter('storedImages');
    return structuredClone(this.storedList);
  }

  async imageUsers(): Promise<EngineImageUsers> {
    this.enter('imageUsers');
    return { ids: [...this.imagesOfContainers], references: [...this.serviceMap.values()].map(({ image }) => image) };
  }

  async removeImage(reference: string): Promise<void> {
    this.enter('removeImage', reference);
    const image = this.storedList.find(({ id, names }) => id === reference || names.includes(reference));
    if (!image) throw new CcError('NotFound', `no image ${reference}`);
    if (this.imagesOfContainers.includes(image.id)) throw new CcError('Conflict', `image ${image.id} is used`);
    image.names = image.names.filter((name) => name !== reference);
    if (image.names.length === 0) this.storedList.splice(this.storedList.indexOf(image), 1);
  }

  async rootDirectory(): Promise<string | undefined> {
    return this.directory;
  }

  async pull(reference: string): Promise<EngineImage> {
    this.enter('pull', reference);
    const image = this.registry.get(reference);
    if (!image) throw new CcError('NotFound', `no image ${reference}`);
    this.images.set(reference, image);
    return image;
  }

  async exec(containerId: string): Promise<ExecResult> {
    this.enter('exec', containerId);
    return { exitCode: 0, stdout: containerId, stderr: '', outcome: 'Exited' };
  }

  async serviceLogs(): Promise<EngineLogLine[]> {
    return [];
  }

  async events(_onEvent: unknown, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  #stopTasks(serviceId: string): void {
    for (const task of this.tasks) {
      if (task.serviceId === serviceId) Object.assign(task, { state: 'shutdown', desired: 'shutdown' });
    }
  }
}

/** {@link StackDriver} on a {@link FakeEngine}. */
export class FakeStackDriver implements StackDriver {
  /** Plans, oldest first. */
  readonly applied: StackPlan[] = [];
  readonly #engine: FakeEngine;

  constructor(engine: FakeEngine) {
    this.#engine = engine;
  }

  async check(): Promise<void> {
    this.#engine.enter('check');
  }

  async apply(plan: StackPlan): Promise<void> {
    const { stack, compose, images, revision } = plan;
    this.#engine.enter('apply', stack);
    this.applied.push(plan);
    for (const { name, image, replicas } of compose.services) {
      const labels = { 'cc-ci.commit': revision.commit };
      this.#engine.put(stack, name, { image: images[name] ?? image, replicas, labels });
    }
  }

  async remove(_app: unknown, { services }: EngineStack): Promise<void> {
    for (const { id } of services) await this.#engine.removeService(id);
  }

  async createSecret(_plan: unknown, { versionedName, file }: StackSecret): Promise<void> {
    await this.#engine.createSecret({ name: versionedName, labels: {}, data: await readFile(file) });
  }

  isRevision({ services, revision }: DeployedFacts): boolean {
    return services.every(({ labels }) => labels['cc-ci.commit'] === revision.commit);
  }

  async forget(): Promise<void> {
    this.#engine.enter('forget');
  }

  async leftovers(): Promise<string[]> {
    return [];
  }
}

function labelled<T extends { labels: Labels }>(things: ReadonlyMap<string, T>, stack: string): T[] {
  return [...things.values()].filter(({ labels }) => labels[STACK_LABEL] === stack);
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
