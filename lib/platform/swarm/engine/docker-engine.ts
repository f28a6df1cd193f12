import type { Clock } from '../../../clock.ts';
import { CcError, hasCode } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { ExecOptions, ExecResult } from '../../platform.ts';
import {
  type Engine,
  type EngineConfig,
  type EngineEvent,
  type EngineIdentity,
  type EngineImage,
  type EngineLogLine,
  type EngineMemory,
  type EngineRoom,
  type EngineService,
  type EngineStack,
  type EngineThing,
  type EngineVolume,
  STACK_LABEL,
} from './engine.ts';
import { followEvents } from './events.ts';
import { execInContainer } from './exec.ts';
import { readServiceLogs } from './logs.ts';
import { enginePath } from './path.ts';
import { pullImage } from './pull.ts';
import { nudgeService, scaleService } from './scale.ts';
import { readService } from './service.ts';
import { readContainer, readTask } from './task.ts';
import {
  isJoinable,
  readConfig,
  readIdentity,
  readImage,
  readNetwork,
  readSpecThing,
  readVolume,
  readVolumes,
} from './things.ts';
import { EngineTransport } from './transport.ts';
import { readMemory, readRoom } from './usage.ts';
import { type ApiObject, fieldOf, listOf, objectOf, textOf } from './values.ts';

export interface DockerEngineOptions {
  /** Absolute path of the engine's unix socket. */
  socketPath: string;
  clock: Clock;
  log: Log;
}

/** {@link Engine} over the API of a Docker engine (1.24 to 1.47). Nothing is asked before the first call. */
export class DockerEngine implements Engine {
  readonly #transport: EngineTransport;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ socketPath, clock, log }: DockerEngineOptions) {
    this.#transport = new EngineTransport({ socketPath, clock });
    this.#clock = clock;
    this.#log = log;
  }

  /** Lets go of all sockets. Idempotent; a later call opens them anew. */
  close(): void {
    this.#transport.close();
  }

  async identity(signal: AbortSignal): Promise<EngineIdentity> {
    const version = await this.#transport.version(signal);
    return await this.#get('/info', (info) => readIdentity(info, version), signal);
  }

  async stack(name: string, signal: AbortSignal): Promise<EngineStack> {
    const query = ofStack(name);
    const [services, tasks, containers] = await Promise.all([
      this.#list('/services', { read: readService, query: { ...query, status: true } }, signal),
      this.#list('/tasks', { read: readTask, query }, signal),
      this.#list('/containers/json', { read: readContainer, query: { ...query, all: true } }, signal),
    ]);
    return { services, tasks, containers };
  }

  async memory(containerId: string, signal: AbortSignal): Promise<EngineMemory | undefined> {
    // Without `one-shot` the engine waits for a second sample, which only its processor figures need.
    const query = { stream: false, 'one-shot': true };
    return await absentIsNothing(this.#get(enginePath`/containers/${containerId}/stats`, readMemory, signal, query));
  }

  async rooms(stack: string, signal: AbortSignal): Promise<EngineRoom[]> {
    return await this.#list('/containers/json', { read: readRoom, query: { ...ofStack(stack), size: true } }, signal);
  }

  async services(signal: AbortSignal): Promise<EngineService[]> {
    return await this.#list('/services', { read: readService, query: { status: true } }, signal);
  }

  async removeService(id: string, signal: AbortSignal): Promise<void> {
    await this.#remove(enginePath`/services/${id}`, signal);
  }

  async stopContainer(id: string, signal: AbortSignal): Promise<void> {
    await absentIsNothing(this.#transport.send({ method: 'POST', path: enginePath`/containers/${id}/stop` }, signal));
  }

  async removeContainer(id: string, signal: AbortSignal): Promise<void> {
    await this.#remove(enginePath`/containers/${id}`, signal, { v: true });
  }

  async scale(id: string, replicas: number, signal: AbortSignal): Promise<void> {
    await scaleService(this.#transport, { id, replicas }, signal);
  }

  async nudge(id: string, signal: AbortSignal): Promise<void> {
    await nudgeService(this.#transport, id, signal);
  }

  async networks(stack: string, signal: AbortSignal): Promise<EngineThing[]> {
    return await this.#list('/networks', { read: readNetwork, query: ofStack(stack) }, signal);
  }

  async networkNames(signal: AbortSignal): Promise<string[]> {
    const networks = await this.#list('/networks', { read: (one) => one }, signal);
    return networks.filter(isJoinable).map(({ Name: name }) => String(name));
  }

  async removeNetwork(id: string, signal: AbortSignal): Promise<void> {
    await this.#remove(enginePath`/networks/${id}`, signal);
  }

  async volumes(stack: string, signal: AbortSignal): Promise<EngineVolume[]> {
    return await this.#get('/volumes', readVolumes, signal, ofStack(stack));
  }

  async volume(name: string, signal: AbortSignal): Promise<EngineVolume | undefined> {
    return await absentIsNothing(this.#get(enginePath`/volumes/${name}`, (one) => readVolume(objectOf(one)), signal));
  }

  async createVolume(
    name: string,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<EngineVolume> {
    const call = { method: 'POST', path: '/volumes/create', body: { Name: name, Labels: labels } } as const;
    return await this.#transport.json(call, (answer) => readVolume(objectOf(answer)), signal);
  }

  async removeVolume(name: string, signal: AbortSignal): Promise<void> {
    await this.#remove(enginePath`/volumes/${name}`, signal);
  }

  async secrets(stack: string, names: readonly string[], signal: AbortSignal): Promise<EngineThing[]> {
    const secrets = await this.#list('/secrets', { read: readSpecThing }, signal);
    const isOfStack = ({ labels }: EngineThing): boolean => stack !== '' && labels[STACK_LABEL] === stack;
    return secrets.filter((one) => isOfStack(one) || names.includes(one.name));
  }

  async createSecret(
    secret: { name: string; labels: Readonly<Record<string, string>>; data: Buffer },
    signal: AbortSignal,
  ): Promise<EngineThing> {
    const { name, labels, data } = secret;
    const body = { Name: name, Labels: labels, Data: data.toString('base64') };
    const call = { method: 'POST', path: '/secrets/create', body } as const;
    const id = await this.#transport.json(call, (answer) => textOf(fieldOf(answer, 'ID')), signal);
    return { id, name, labels };
  }

  async removeSecret(id: string, signal: AbortSignal): Promise<void> {
    await this.#remove(enginePath`/secrets/${id}`, signal);
  }

  async configs(stack: string, signal: AbortSignal): Promise<EngineConfig[]> {
    return await this.#list('/configs', { read: readConfig, query: ofStack(stack) }, signal);
  }

  async removeConfig(id: string, signal: AbortSignal): Promise<void> {
    await this.#remove(enginePath`/configs/${id}`, signal);
  }

  async image(reference: string, signal: AbortSignal): Promise<EngineImage | undefined> {
    const read = (answer: unknown): EngineImage => readImage(objectOf(answer));
    return await absentIsNothing(this.#get(enginePath`/images/${reference}/json`, read, signal));
  }

  async pull(reference: string, signal: AbortSignal): Promise<EngineImage> {
    await pullImage(this.#transport, reference, signal);
    const image = await this.image(reference, signal);
    if (image !== undefined) return image;
    throw new CcError('NotFound', `image ${reference} was pulled and is not on the engine`);
  }

  async exec(containerId: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const surroundings = { transport: this.#transport, clock: this.#clock, log: this.#log };
    return await execInContainer(surroundings, { containerId, argv }, options);
  }

  async serviceLogs(serviceId: string, options: { tail?: number; signal?: AbortSignal }): Promise<EngineLogLine[]> {
    return await readServiceLogs({ transport: this.#transport, log: this.#log }, { serviceId, ...options });
  }

  async events(onEvent: (event: EngineEvent) => void, signal: AbortSignal): Promise<void> {
    await followEvents({ transport: this.#transport, clock: this.#clock, log: this.#log }, onEvent, signal);
  }

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
    await absentIsNothing(this.#transport.send({ method: 'DELETE', path, query }, signal));
  }
}

function ofStack(name: string): Readonly<Record<string, unknown>> {
  return { filters: { label: [`${STACK_LABEL}=${name}`] } };
}

async function absentIsNothing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, 'NotFound')) return undefined;
    throw error;
  }
}
