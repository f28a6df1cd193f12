import { type Kind, keyText, type ObjectKey } from '../api/kinds.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../store/store.ts';
import { Controller, type EndedPass } from './controller.ts';
import type { Enqueue, Reconciler } from './reconciler.ts';
import type { Waiting } from './work-queue.ts';

export interface ManagerOptions {
  store: Pick<ObjectStore, 'get' | 'list' | 'projectStatus' | 'event'>;
  /** At most one per kind. */
  reconcilers: readonly Reconciler[];
  clock: Clock;
  log: Log;
  /** 0 ≤ random() < 1: jitter of back-off and resync. */
  random: () => number;
  /** Every object is looked at this often, milliseconds, whatever happens. */
  resyncMs: number;
  /** As in {@link Controller}. */
  onPass?: ((pass: EndedPass) => void) | undefined;
}

/** The share of the resync period over which the objects are spread, so that they do not all come at once. */
const RESYNC_SPREAD = 0.2;

/** Runs one {@link Controller} per kind over one store. Keys that arrive before `start` wait. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #controllers: ReadonlyMap<Kind, Controller>;
  readonly #early = new Map<string, () => void>();
  #loaded = false;
  #state: 'New' | 'Running' | 'Stopped' = 'New';
  #resync: Timer | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#controllers = new Map(
      options.reconcilers.map((reconciler) => [reconciler.kind, new Controller({ ...options, reconciler })]),
    );
  }

  /** Lets every kind read what it keeps in memory; once, before `start`. */
  async load(): Promise<void> {
    for (const reconciler of this.#options.reconcilers) await reconciler.load();
    this.#loaded = true;
  }

  /** Whether the object holds something, as its kind says; until all kinds are loaded each object does. */
  readonly owns = (key: ObjectKey): boolean => {
    const object = this.#options.store.get(key);
    const reconciler = this.#options.reconcilers.find(({ kind }) => kind === key.kind);
    return !this.#loaded || (object !== undefined && reconciler?.owns(object) === true);
  };

  /** Looks at the object soon; a kind that nobody reconciles is ignored. Idempotent while the key waits. */
  readonly enqueue: Enqueue = (key, priority = 'Change') => {
    const controller = this.#controllers.get(key.kind);
    if (!controller) return this.#options.log.debug('nobody reconciles this kind', { object: keyText(key) });
    const add = (): void => controller.enqueue(key.name, priority);
    if (this.#state === 'Running') add();
    else if (this.#state === 'New') this.#early.set(keyText(key), add);
  };

  /** What waits to be looked at, by kind. */
  waiting(): ReadonlyMap<Kind, Waiting> {
    return new Map([...this.#controllers].map(([kind, controller]) => [kind, controller.waiting()]));
  }

  /** Looks at what arrived so far and at every object of the store, and from then on regularly. Once only. */
  start(): void {
    if (this.#state !== 'New') return;
    this.#state = 'Running';
    const listed = this.#options.store.list().filter((object) => !this.#early.has(keyText(object)));
    for (const add of this.#early.values()) add();
    for (const object of listed) this.enqueue(object, 'Resync');
    this.#scheduleResync();
  }

  /** Looks at every object soon. */
  lookAtAll(): void {
    for (const object of this.#options.store.list()) this.enqueue(object, 'Resync');
  }

  /**
   * Trips every pass and waits up to `graceMs` for them. Idempotent.
   * @returns the keys whose passes did not end in time.
   */
  async stop(graceMs: number): Promise<ObjectKey[]> {
    this.#state = 'Stopped';
    this.#resync?.cancel();
    const stops = [...this.#controllers.values()].map((controller) => controller.stop(graceMs));
    const unfinished = (await Promise.all(stops)).flat();
    for (const key of unfinished) this.#options.log.warn('a pass did not end in time', { object: keyText(key) });
    return unfinished;
  }

  /** Lets every kind journal that this process stopped on purpose; once, after `stop`. One that fails stops no other. */
  async stopped(): Promise<void> {
    const ends = await Promise.allSettled(this.#options.reconcilers.map((reconciler) => reconciler.stopped()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Resolves once no key of any kind waits or is under work; delayed looks do not count. For tests. */
  async idle(): Promise<void> {
    const controllers = [...this.#controllers.values()];
    while (controllers.some((controller) => !controller.isIdle())) {
      await Promise.all(controllers.map((controller) => controller.idle()));
    }
  }

  #scheduleResync(): void {
    const { clock, resyncMs } = this.#options;
    this.#resync = clock.after(resyncMs * (1 - RESYNC_SPREAD), () => {
      this.#resyncAll();
      this.#scheduleResync();
    });
  }

  #resyncAll(): void {
    const { store, random, resyncMs } = this.#options;
    for (const object of store.list()) {
      this.#controllers.get(object.kind)?.resync(object.name, resyncMs * RESYNC_SPREAD * random());
    }
  }
}
