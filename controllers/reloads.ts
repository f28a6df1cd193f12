import { type Log, orWarn } from '../lib/log.ts';
import type { ServiceStates } from './service-states.ts';

/** The signal that asks for one: SIGHUP stops, as a closed terminal sends it, and Node takes SIGUSR1 for its inspector. */
const RELOAD_SIGNAL = 'SIGUSR2';

export interface ReloadsOptions {
  states: Pick<ServiceStates, 'reloading' | 'reloaded'>;
  log: Log;
  /** What a reload does. */
  reload: () => Promise<void>;
}

/**
 * Reloads when it is asked to: what was asked before {@link start} is done then, what is asked during one is one more, and
 * from {@link stop} on nothing.
 */
export class Reloads {
  #options: ReloadsOptions | undefined;
  #asked = false;
  #running: Promise<void> | undefined;
  #isOver = false;

  /** Listens for as long as the process lives: without that the signal ends it. */
  listenOn(source: Pick<NodeJS.EventEmitter, 'on'>): void {
    source.on(RELOAD_SIGNAL, () => this.ask());
  }

  ask(): void {
    this.#asked = true;
    this.#run();
  }

  start(options: ReloadsOptions): void {
    this.#options = options;
    this.#run();
  }

  /** Resolves once the one under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  #run(): void {
    const options = this.#options;
    if (options === undefined || !this.#asked || this.#isOver || this.#running !== undefined) return;
    this.#asked = false;
    this.#running = reloadOnce(options).then(() => {
      this.#running = undefined;
      this.#run();
    });
  }
}

/** Never rejects: a reload that fails changes nothing. */
async function reloadOnce({ states, log, reload }: ReloadsOptions): Promise<void> {
  await states.reloading();
  await reload().catch(orWarn(log, 'the configuration could not be reloaded'));
  await states.reloaded();
}
