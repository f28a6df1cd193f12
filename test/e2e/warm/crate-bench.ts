import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WarmServiceStatus } from '../../../lib/api/index.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { driftsOf, warmEvents } from '../../builders/warm-events.ts';
import { askEngine } from '../../rig/engine-api.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { PORTS, type StackKind, stackBench } from '../swarm/stack-bench.ts';
import { Crate, type CrateRelease, LOOKS } from './crate-recipe.ts';

/** For an app to be taken down, copied and up again on a busy machine, milliseconds. */
export const READY_MS = 90_000;
export const FIRST = '1.0.0+1.0.0';

export interface CrateBenchOptions {
  /** One word that no other bench uses. */
  word: string;
  /** Between two looks at what is at rest. */
  resync?: string;
  /** How it is looked whether it is healthy; default: by asking it, too. */
  health?: 'Exec';
}

/** A warm service "crate" on an engine. */
export class CrateBench {
  readonly bench: Bench;
  readonly #crate: Crate;
  readonly #health: CrateBenchOptions['health'];
  /** The version that runs. */
  running = FIRST;

  constructor(kind: StackKind, { word, resync, health }: CrateBenchOptions) {
    this.#health = health;
    this.bench = stackBench(kind, word, resync === undefined ? {} : { resync });
    this.#crate = new Crate(this.bench.root);
    this.#crate.release(FIRST);
  }

  /** Deploys it at its first release. */
  async start(): Promise<void> {
    await this.bench.start();
    const counted = { exec: { service: 'app', command: ['sh', '-c', `echo >>${LOOKS}`] } };
    const asked = this.#health === 'Exec' ? [] : [{ http: { path: '/schema', status: [200] } }];
    const health = [...asked, counted];
    const app = { ...PORTS, recipe: 'crate', health, healthPasses: 1, timeouts: { deploy: '1m', health: '8s' } };
    this.bench.apply('WarmService', 'crate', { app });
    await this.settledAt(FIRST);
  }

  /** Another version is there, and is looked for. */
  async release(version: string, release: CrateRelease = {}): Promise<void> {
    this.#crate.release(version, release);
    await this.bench.ok('reconcile', 'ws/crate');
  }

  async status(): Promise<WarmServiceStatus> {
    return ((await this.bench.object('WarmService', 'crate'))?.status ?? {}) as unknown as WarmServiceStatus;
  }

  /** Healthy at this version, with nothing under way. */
  async settledAt(version: string): Promise<WarmServiceStatus> {
    const look = async (): Promise<WarmServiceStatus | undefined> => {
      const now = await this.status();
      const isReady = conditionOf(now, 'Ready')?.status === 'True' && now.operation === undefined;
      return isReady && now.version?.current === version ? now : undefined;
    };
    return await this.bench.waitFor(`healthy at ${version}`, look, { timeoutMs: READY_MS });
  }

  /** Waits until that version was tried and taken back. */
  async rolledBack(version: string): Promise<WarmServiceStatus> {
    const isBack = async (): Promise<boolean> => {
      const [last] = (await this.status()).history ?? [];
      return last?.result === 'RolledBack' && last.version === version;
    };
    await this.bench.waitFor(`the rollback of ${version}`, isBack, { timeoutMs: READY_MS });
    return await this.settledAt(this.running);
  }

  /** What the app serves of its volume: the version that it was migrated to, and the order. */
  async data(): Promise<{ schema: string; order: string }> {
    const ask = async (name: string): Promise<string> =>
      (await (await fetch(`${(await this.status()).url}/${name}`)).text()).trim();
    return { schema: await ask('schema'), order: await ask('order') };
  }

  /** The directory in which the engine keeps the volume. */
  async volume(): Promise<string> {
    const record = join(this.bench.state, 'apps', (await this.status()).domain ?? '', 'swarm.json');
    return (JSON.parse(readFileSync(record, 'utf8')) as { mountpoints: { data: string } }).mountpoints.data;
  }

  async stack(): Promise<string> {
    return stackNameOf((await this.status()).domain ?? '');
  }

  /** Ids of its tasks and of its containers. */
  async living(): Promise<{ tasks: string[]; containers: string[] }> {
    const label = [`com.docker.stack.namespace=${await this.stack()}`];
    const filters = encodeURIComponent(JSON.stringify({ label }));
    const [tasks, containers] = await Promise.all([
      askEngine<{ ID: string }[]>(`/tasks?filters=${filters}`),
      askEngine<{ Id: string }[]>(`/containers/json?filters=${filters}`),
    ]);
    return { tasks: tasks.map(({ ID }) => ID), containers: containers.map(({ Id }) => Id) };
  }

  /** Waits until it runs in other containers than these. */
  async hasOther(containers: readonly string[]): Promise<void> {
    const isBack = async (): Promise<boolean> => {
      const now = (await this.living()).containers;
      return now.length > 0 && now.every((id) => !containers.includes(id));
    };
    await this.bench.waitFor('another container', isBack, { timeoutMs: READY_MS });
  }

  /** What was seen of others, in the words of its events. */
  drifts(): Promise<string[]> {
    return driftsOf(this.bench.state, 'crate');
  }

  /** Waits until what was seen is made good: until then the status may still be that of before. */
  async repaired(what: RegExp): Promise<WarmServiceStatus> {
    const isOver = async (): Promise<boolean> => {
      const events = await warmEvents(this.bench.state, 'crate');
      const seen = events.findIndex(({ reason, message }) => reason === 'Drifted' && what.test(message));
      return seen !== -1 && events.slice(seen).some(({ reason }) => reason === 'Recover');
    };
    await this.bench.waitFor('the repair', isOver, { timeoutMs: READY_MS });
    return await this.settledAt(this.running);
  }
}
