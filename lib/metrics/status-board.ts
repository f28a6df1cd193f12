import type {
  CanonicalStatus,
  Condition,
  RunStatus,
  SweepHistoryEntry,
  SweepStatus,
  WarmServiceStatus,
} from '../api/index.ts';
import type { StoredObject } from '../store/store.ts';

/** What metrics need of an object's status; times in milliseconds since the epoch. */
export interface ShownFacts {
  conditions: readonly Pick<Condition, 'type' | 'status' | 'reason'>[];
  /** Nothing is done for it, by somebody's wish. */
  suspended: boolean;
  /** Of a Canonical. */
  knownGood?: { promotedMs: number; bytes: number };
  leaseSinceMs?: number;
  /** Of a WarmService. */
  warm?: { held: boolean; quarantined: number; realms: number; set?: { timeMs: number; bytes: number } };
  /** Of a Sweep. */
  sweep?: { nextMs?: number; last?: SweepHistoryEntry };
}

type Identity = Pick<StoredObject, 'kind' | 'name' | 'uid'>;

/**
 * The statuses that this process has shown, as far as metrics need them: for people, never for a decision. Objects that
 * were not looked at yet since the start are not on it.
 */
export class StatusBoard {
  readonly #shown = new Map<string, ShownFacts>();

  /** Notes what is shown of an object now. */
  note({ kind, uid }: Identity, status: Readonly<Record<string, unknown>>): void {
    this.#shown.set(uid, factsOf(kind, status));
  }

  /** What was shown of each of these objects; of all others nothing is kept any longer. */
  of<One extends Identity>(objects: readonly One[]): { object: One; facts: ShownFacts }[] {
    const uids = new Set(objects.map(({ uid }) => uid));
    for (const uid of this.#shown.keys()) if (!uids.has(uid)) this.#shown.delete(uid);
    return objects.flatMap((object) => {
      const facts = this.#shown.get(object.uid);
      return facts === undefined ? [] : [{ object, facts }];
    });
  }
}

function factsOf(kind: Identity['kind'], status: Readonly<Record<string, unknown>>): ShownFacts {
  const { conditions: shown = [], suspended: suspension } = status as Partial<RunStatus>;
  const suspended = suspension !== undefined;
  const conditions = shown.map(({ type, status: is, reason }) => ({ type, status: is, reason }));
  switch (kind) {
    case 'Canonical':
      return { conditions, suspended, ...canonicalFacts(status as Partial<CanonicalStatus>) };
    case 'WarmService':
      return { conditions, suspended, warm: warmFacts(status as Partial<WarmServiceStatus>, conditions) };
    case 'Sweep':
      return { conditions, suspended, sweep: sweepFacts(status as Partial<SweepStatus>) };
    case 'Run':
      return { conditions, suspended };
  }
}

function canonicalFacts({ knownGood, lease }: Partial<CanonicalStatus>): Partial<ShownFacts> {
  return {
    ...(knownGood && {
      knownGood: { promotedMs: Date.parse(knownGood.promotedTime), bytes: knownGood.snapshot.bytes },
    }),
    ...(lease && { leaseSinceMs: Date.parse(lease.since) }),
  };
}

function warmFacts(
  { version, quarantine = [], leases = [], snapshot }: Partial<WarmServiceStatus>,
  conditions: ShownFacts['conditions'],
): NonNullable<ShownFacts['warm']> {
  const isHeld = conditions.some(({ type, status }) => type === 'Held' && status === 'True');
  return {
    held: isHeld || version?.held !== undefined,
    quarantined: quarantine.length,
    realms: leases.length,
    ...(snapshot && { set: { timeMs: Date.parse(snapshot.time), bytes: snapshot.bytes } }),
  };
}

function sweepFacts({
  nextScheduleTime,
  history: [last] = [],
}: Partial<SweepStatus>): NonNullable<ShownFacts['sweep']> {
  return {
    ...(nextScheduleTime !== undefined && { nextMs: Date.parse(nextScheduleTime) }),
    ...(last && { last }),
  };
}
