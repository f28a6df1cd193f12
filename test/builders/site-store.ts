import type { SiteStore } from '../../controllers/site/site-facts.ts';
import type { CanonicalStatus, RunStatus, SweepStatus, WarmServiceStatus } from '../../lib/api/generated/types.ts';
import { KINDS, type Kind, keyText, type ObjectKey } from '../../lib/api/kinds.ts';
import type { DefaultedSpecOf } from '../../lib/api/object.ts';
import type { CommonStatus } from '../../lib/store/reader.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import {
  enrolledCanonical,
  storedCanonical,
  storedRun,
  storedSweep,
  storedWarmService,
  TIME,
} from './stored-object.ts';

interface StatusOf {
  Run: RunStatus;
  Canonical: CanonicalStatus;
  WarmService: WarmServiceStatus;
  Sweep: SweepStatus;
}

/** Objects with what is shown of them, in memory: what a site is made from. */
export class SiteObjects implements SiteStore {
  isListed = true;
  readonly #objects = new Map<string, { object: StoredObject; status: CommonStatus | undefined }>();

  listedAgoMs(): number | undefined {
    return this.isListed ? 0 : undefined;
  }

  get(key: ObjectKey): StoredObject | undefined {
    return this.#objects.get(keyText(key))?.object;
  }

  list(kind?: Kind): StoredObject[] {
    const all = [...this.#objects.values()].map(({ object }) => object);
    return KINDS.flatMap((one) => all.filter((object) => object.kind === one && (kind ?? one) === one));
  }

  shown(key: ObjectKey): CommonStatus | undefined {
    return this.#objects.get(keyText(key))?.status;
  }

  remove(key: ObjectKey): void {
    this.#objects.delete(keyText(key));
  }

  /** A Run that ended with the reason, of level 4 where it passed; `more` is laid over its status. */
  run(name: string, recipe: string, reason = 'Passed', more: Partial<RunStatus> = {}): ObjectKey {
    const isOver = !['Pending', 'Running', 'Suspended', 'Retrying'].includes(reason);
    const status = isOver ? (reason === 'Passed' ? 'True' : 'False') : 'Unknown';
    const end: Partial<RunStatus> = isOver
      ? {
          level: reason === 'Passed' ? 4 : 1,
          completionTime: TIME,
          ...(reason === 'Passed' || reason === 'Failed' ? { verdict: reason } : {}),
        }
      : {};
    return this.put(storedRun({ name }, { recipe }), 'Run', {
      ...conditions('Succeeded', status, reason),
      mode: 'Cold',
      startTime: TIME,
      version: { head: '1.1.0+2.0.0' },
      ...end,
      ...more,
    });
  }

  /** An enrolled recipe, ready. */
  canonical(recipe: string, more: Partial<CanonicalStatus> = {}): ObjectKey {
    const spec = { ...(storedCanonical().spec as DefaultedSpecOf<'Canonical'>), app: { ...appOf(), recipe } };
    const accepted = { spec, digest: 'd1', generation: 1 };
    const object = { ...enrolledCanonical({ name: recipe }), spec, accepted };
    return this.put(object, 'Canonical', { ...conditions('Ready', 'True', 'KnownGood'), ...more });
  }

  /** A service that is up. */
  service(name: string, more: Partial<WarmServiceStatus> = {}): ObjectKey {
    return this.put(storedWarmService({ name }), 'WarmService', {
      ...conditions('Ready', 'True', 'UpToDate'),
      version: { current: '1.0.0+1.0.0' },
      ...more,
    });
  }

  /** A sweep that nothing is known of. */
  sweep(name: string, more: Partial<SweepStatus> = {}): ObjectKey {
    return this.put(storedSweep({ name }), 'Sweep', { ...conditions('Ready', 'True', 'Passed'), ...more });
  }

  /** Any object with any status. */
  put<K extends Kind>(object: StoredObject, kind: K, status: StatusOf[K]): ObjectKey {
    const key = { kind, name: object.name };
    this.#objects.set(keyText(key), { object, status: status as unknown as CommonStatus });
    return key;
  }
}

function appOf(): DefaultedSpecOf<'Canonical'>['app'] {
  return (storedCanonical().spec as DefaultedSpecOf<'Canonical'>).app;
}

function conditions(type: 'Ready' | 'Succeeded', status: 'True' | 'False' | 'Unknown', reason: string) {
  const condition = {
    type,
    status,
    reason,
    message: `It is ${reason}.`,
    lastTransitionTime: TIME,
    observedGeneration: 1,
  };
  return { observedGeneration: 1, conditions: [condition] };
}
