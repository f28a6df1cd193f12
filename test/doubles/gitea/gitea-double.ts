import { addAccount } from './actions/accounts.ts';
import { Control } from './control.ts';
import type { Call, Faults } from './faults.ts';
import { GitStore } from './git-store.ts';
import { GiteaServer, type OnCall } from './server.ts';
import { State } from './state.ts';
import { type Delivery, Webhooks } from './webhooks.ts';
import type { World } from './world.ts';

export const ADMIN = { login: 'admin', password: 'pw-admin-12345' };

export interface DoubleOptions {
  /** Milliseconds since the epoch; default: the clock of this machine. */
  now?: () => number;
  /** What comes before everything in its addresses, with a slash in front. */
  path?: string;
}

interface Parts {
  world: World;
  server: GiteaServer;
  webhooks: Webhooks;
}

/**
 * A Gitea in memory on 127.0.0.1 that answers as a real one was recorded to, sends its webhooks, and can be cloned from.
 * It has one account, {@link ADMIN}; the rest is made by its API or by {@link Control}.
 */
export class GiteaDouble extends Control {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    super(parts.world, (work) => parts.server.serially(work));
    this.#parts = parts;
  }

  static async start({ now = Date.now, path = '' }: DoubleOptions = {}): Promise<GiteaDouble> {
    const state = new State();
    const webhooks = new Webhooks(state);
    const git = await GitStore.open();
    const url = (): string => server.url;
    const send: World['send'] = (repository, sending) => webhooks.send(repository, sending);
    const world: World = { state, git, now, url, send };
    const server = new GiteaServer(world, path);
    addAccount(world, { ...ADMIN, admin: true });
    await server.listen();
    return new GiteaDouble({ world, server, webhooks });
  }

  /** Where people open it; ends without a slash. */
  get url(): string {
    return this.#parts.server.url;
  }

  cloneUrl(repository: string): string {
    return `${this.url}/${repository}.git`;
  }

  /** Requests to the API, in the order in which they came. */
  get calls(): Call[] {
    return this.#parts.server.calls;
  }

  get faults(): Faults {
    return this.#parts.server.faults;
  }

  set onCall(hook: OnCall | undefined) {
    this.#parts.server.onCall = hook;
  }

  get deliveries(): readonly Delivery[] {
    return this.#parts.webhooks.deliveries;
  }

  /** Once every webhook of what happened was sent. */
  async sent(): Promise<void> {
    await this.#parts.webhooks.sent();
  }

  /** Nobody listens any more, until it is {@link back}. */
  async away(): Promise<void> {
    await this.#parts.server.close();
  }

  /** At the port that it had. */
  async back(): Promise<void> {
    await this.#parts.server.listen();
  }

  async stop(): Promise<void> {
    await this.#parts.server.close();
    await this.#parts.webhooks.sent();
    await this.world.git.close();
  }
}
