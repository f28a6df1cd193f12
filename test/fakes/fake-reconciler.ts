import type { Kind, ObjectKey } from '../../lib/api/kinds.ts';
import { done, type Outcome, type Pass, type PassFailure, type Reconciler } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';

/** What a fake pass does; receives the number of this key's pass, 1 for the first. */
export type Script = (key: ObjectKey, pass: Pass, number: number) => Promise<Outcome> | Outcome;

/** A reconciler that does what its script says, counts calls, and remembers how many passes ran at once. */
export class FakeReconciler implements Reconciler {
  readonly kind: Kind;
  readonly concurrency: number;
  readonly calls: string[] = [];
  readonly failures: { name: string; failure: PassFailure }[] = [];
  readonly running = new Set<string>();
  /** Names that were given to a second pass while the first ran; must stay empty. */
  readonly overlaps: string[] = [];
  mostAtOnce = 0;
  script: Script = () => done;
  interruptsWhen: (started: StoredObject, now: StoredObject | undefined) => boolean = () => false;
  failNext: unknown[] = [];
  showFails = false;
  /** Names of objects that hold something. */
  readonly owners = new Set<string>();

  constructor(options: { kind?: Kind; concurrency?: number } = {}) {
    this.kind = options.kind ?? 'Run';
    this.concurrency = options.concurrency ?? 1;
  }

  async reconcile(key: ObjectKey, pass: Pass): Promise<Outcome> {
    if (this.running.has(key.name)) this.overlaps.push(key.name);
    this.calls.push(key.name);
    this.running.add(key.name);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running.size);
    try {
      if (this.failNext.length > 0) throw this.failNext.shift();
      return await this.script(key, pass, this.calls.filter((name) => name === key.name).length);
    } finally {
      this.running.delete(key.name);
    }
  }

  interrupts(started: StoredObject, now: StoredObject | undefined): boolean {
    return this.interruptsWhen(started, now);
  }

  async failed(key: ObjectKey, failure: PassFailure): Promise<void> {
    this.failures.push({ name: key.name, failure });
    if (this.showFails) throw new Error('the status cannot be written');
  }

  owns({ name }: StoredObject): boolean {
    return this.owners.has(name);
  }

  async load(): Promise<void> {
    this.calls.push('load');
  }

  async stopped(): Promise<void> {
    if (this.failNext.length > 0) throw this.failNext.shift();
    this.calls.push('stopped');
  }
}

/** A promise that the test settles by hand. */
export function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void; fail: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, open: resolve, fail: reject };
}
