import type { Clock } from '../../../clock.ts';
import { CcError, orNothing } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { architecturesOf, registeredEmulators } from './architectures.ts';
import { type Engine, type EngineThing, STACK_LABEL } from './engine.ts';
import { followEvents } from './events.ts';
import { type ExecSurroundings, execInContainer } from './exec.ts';
import { readServiceLogs } from './logs.ts';
import { enginePath } from './path.ts';
import { pullImage } from './pull.ts';
import { nudgeService, scaleService } from './scale.ts';
import { readContainer, readService, readTask } from './service.ts';
import {
  isJoinable,
  readConfig,
  readIdentity,
  readImage,
  readNetwork,
  readSpecThing,
  readStoredImage,
  readVolume,
  readVolumes,
} from './things.ts';
import { EngineTransport } from './transport.ts';
import { readMemory, readRoom } from './usage.ts';
import { type ApiObject, fieldOf, listOf, objectOf, optionalText, textOf } from './values.ts';

export interface DockerEngineOptions {
  /** Absolute path of the engine's unix socket. */
  socketPath: string;
  clock: Clock;
  log: Log;
}

/** {@link Engine} over the API of a Docker engine (1.24 to 1.47). Nothing is asked before the first call. */
export class DockerEngine implements Engine {
  readonly #transport: EngineTransport;
  readonly #surroundings: ExecSurroundings;

  constructor({ socketPath, clock, log }: DockerEngineOptions) {
    this.#transport = new EngineTransport({ socketPath, clock });
    this.#surroundings = { transport: this.#transport, clock, log };
  }

  /** Lets go of all sockets. Idempotent; a later call opens them anew. */
  close(): void {
    this.#transport.close();
  }

  identity: Engine['identity'] = async (signal) => {
    const version = await this.#transport.version(signal);
    return await this.#get('/info', (info) => readIdentity(info, version), signal);
  };

  stack: Engine['stack'] = async (name, signal) => {
    const query = ofStack(name);
    const [services, tasks, containers] = await Promise.all([
      this.#list('/services', { read: readService, query: { ...query, status: true } }, signal),
      this.#list('/tasks', { read: readTask, query }, signal),
      this.#list('/containers/json', { read: readContainer, query: { ...query, all: true } }, signal),
    ]);
    return { services, tasks, containers };
  };

  memory: Engine['memory'] = async (containerId, signal) => {
    // Without `one-shot` the engine waits for a second sample, which only its processor figures need.
    const query = { stream: false, 'one-shot': true };
    return await orNothing(
      this.#get(enginePath`/containers/${containerId}/stats`, readMemory, signal, query),
      'NotFound',
    );
  };

  rooms: Engine['rooms'] = (stack, signal) =>
    this.#list('/containers/json', { read: readRoom, query: { ...ofStack(stack), size: true } }, signal);

  services: Engine['services'] = (signal) =>
    this.#list('/services', { read: readService, query: { status: true } }, signal);

  removeService: Engine['removeService'] = async (id, signal) => this.#remove(enginePath`/services/${id}`, signal);

  stopContainer: Engine['stopContainer'] = async (id, signal) => {
    const call = { method: 'POST', path: enginePath`/containers/${id}/stop` } as const;
    await orNothing(this.#transport.send(call, signal), 'NotFound');
  };

  removeContainer: Engine['removeContainer'] = async (id, signal) =>
    this.#remove(enginePath`/containers/${id}`, signal, { v: true });

  scale: Engine['scale'] = (id, replicas, signal) => scaleService(this.#transport, { id, replicas }, signal);

  nudge: Engine['nudge'] = (id, signal) => nudgeService(this.#transport, id, signal);

  networks: Engine['networks'] = (stack, signal) =>
    this.#list('/networks', { read: readNetwork, query: ofStack(stack) }, signal);

  networkNames: Engine['networkNames'] = async (signal) => {
    const networks = await this.#list('/networks', { read: (one) => one }, signal);
    return networks.filter(isJoinable).map(({ Name: name }) => String(name));
  };

  removeNetwork: Engine['removeNetwork'] = async (id, signal) => this.#remove(enginePath`/networks/${id}`, signal);

  volumes: Engine['volumes'] = (stack, signal) => this.#get('/volumes', readVolumes, signal, ofStack(stack));

  volume: Engine['volume'] = async (name, signal) => {
    const volume = this.#get(enginePath`/volumes/${name}`, (one) => readVolume(objectOf(one)), signal);
    return await orNothing(volume, 'NotFound');
  };

  createVolume: Engine['createVolume'] = async (name, labels, signal) => {
    const call = { method: 'POST', path: '/volumes/create', body: { Name: name, Labels: labels } } as const;
    return await this.#transport.json(call, (answer) => readVolume(objectOf(answer)), signal);
  };

  removeVolume: Engine['removeVolume'] = async (name, signal) => this.#remove(enginePath`/volumes/${name}`, signal);

  secrets: Engine['secrets'] = async (stack, names, signal) => {
    const secrets = await this.#list('/secrets', { read: readSpecThing }, signal);
    const isOfStack = ({ labels }: EngineThing): boolean => stack !== '' && labels[STACK_LABEL] === stack;
    return secrets.filter((one) => isOfStack(one) || names.includes(one.name));
  };

  createSecret: Engine['createSecret'] = async ({ name, labels, data }, signal) => {
    const body = { Name: name, Labels: labels, Data: data.toString('base64') };
    const call = { method: 'POST', path: '/secrets/create', body } as const;
    const id = await this.#transport.json(call, (answer) => textOf(fieldOf(answer, 'ID')), signal);
    return { id, name, labels };
  };

  removeSecret: Engine['removeSecret'] = async (id, signal) => this.#remove(enginePath`/secrets/${id}`, signal);

  configs: Engine['configs'] = (stack, signal) =>
    this.#list('/configs', { read: readConfig, query: ofStack(stack) }, signal);

  removeConfig: Engine['removeConfig'] = async (id, signal) => this.#remove(enginePath`/configs/${id}`, signal);

  architectures: Engine['architectures'] = async (signal) => {
    const { architecture } = await this.#transport.version(signal);
    return architecture === undefined ? [] : architecturesOf(architecture, await registeredEmulators());
  };

  image: Engine['image'] = async (reference, signal) => {
    const image = this.#get(enginePath`/images/${reference}/json`, (one) => readImage(objectOf(one)), signal);
    return await orNothing(image, 'NotFound');
  };

  storedImages: Engine['storedImages'] = (signal) => this.#list('/images/json', { read: readStoredImage }, signal);

  imageUsers: Engine['imageUsers'] = async (signal) => {
    const [ids, services] = await Promise.all([
      this.#list('/containers/json', { read: ({ ImageID: id }) => textOf(id), query: { all: true } }, signal),
      this.services(signal),
    ]);
    return { ids, references: services.map(({ image }) => image) };
  };

  removeImage: Engine['removeImage'] = async (reference, signal) =>
    this.#remove(enginePath`/images/${reference}`, signal);

  rootDirectory: Engine['rootDirectory'] = (signal) =>
    this.#get('/info', (info) => optionalText(fieldOf(info, 'DockerRootDir')), signal);

  pull: Engine['pull'] = async (reference, signal) => {
    await pullImage(this.#transport, reference, signal);
    const image = await this.image(reference, signal);
    if (image !== undefined) return image;
    throw new CcError('NotFound', `image ${reference} was pulled and is not on the engine`);
  };

  exec: Engine['exec'] = (containerId, argv, options) =>
    execInContainer(this.#surroundings, { containerId, argv }, options);

  serviceLogs: Engine['serviceLogs'] = (serviceId, options) =>
    readServiceLogs(this.#surroundings, { serviceId, ...options });

  events: Engine['events'] = (onEvent, signal) => followEvents(this.#surroundings, onEvent, signal);

  async #get<T>(
    path: string,
    read: (answer: unknown) => T,
    signal: AbortSignal,
    query: Readonly<Record<string, unknown>> = {},
  ): Promise<T> {
    return await this.#transport.json({ method: 'GET', path, query }, read, signal);
  }

  async #list<T>(
    path: string,
    { read, query = {} }: { read: (one: ApiObject) => T; query?: Readonly<Record<string, unknown>> },
    signal: AbortSignal,
  ): Promise<T[]> {
    return await this.#get(path, (answer) => listOf(answer).map(read), signal, query);
  }

  async #remove(path: string, signal: AbortSignal, query: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await orNothing(this.#transport.send({ method: 'DELETE', path, query }, signal), 'NotFound');
  }
}

function ofStack(name: string): Readonly<Record<string, unknown>> {
  return { filters: { label: [`${STACK_LABEL}=${name}`] } };
}
