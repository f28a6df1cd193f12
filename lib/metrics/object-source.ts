import type { CanonicalSpec } from '../api/index.ts';
import { KINDS, type Kind } from '../api/kinds.ts';
import { acceptedSpec } from '../store/spec-in-force.ts';
import type { ObjectStore, StoredObject } from '../store/store.ts';
import { type MetricSource, type Samples, single } from './scrape.ts';
import type { ShownFacts, StatusBoard } from './status-board.ts';

interface Seen {
  object: StoredObject;
  facts: ShownFacts;
}

export interface ObjectSourceOptions {
  store: Pick<ObjectStore, 'list'>;
  board: StatusBoard;
}

/** Objects by kind and condition, and the runs among them that are not over. */
export function objectSource({ store, board }: ObjectSourceOptions): MetricSource {
  return {
    name: 'Objects',
    metrics: [
      ...(['cc_ci_objects', 'cc_ci_objects_invalid', 'cc_ci_object_conditions'] as const),
      ...(['cc_ci_runs_unfinished', 'cc_ci_run_oldest_pending_timestamp_seconds'] as const),
    ],
    read: () => {
      const objects = store.list();
      const seen = board.of(objects);
      return { ...countedObjects(objects), ...countedConditions(seen), ...unfinishedRuns(seen) };
    },
  };
}

/** Known-goods, warm services and sweeps, each by the name that people enrolled. */
export function enrolledSource({ store, board }: ObjectSourceOptions): MetricSource {
  return {
    name: 'Enrolled',
    metrics: [
      ...(['cc_ci_canonical_ready', 'cc_ci_known_good_promoted_timestamp_seconds', 'cc_ci_known_good_bytes'] as const),
      ...(['cc_ci_leases', 'cc_ci_lease_start_timestamp_seconds'] as const),
      ...(['cc_ci_warm_service_ready', 'cc_ci_warm_service_held'] as const),
      'cc_ci_warm_service_quarantined_versions',
      ...(['cc_ci_warm_service_set_bytes', 'cc_ci_warm_service_set_timestamp_seconds'] as const),
      ...(['cc_ci_sweep_next_start_timestamp_seconds', 'cc_ci_sweep_last_end_timestamp_seconds'] as const),
      'cc_ci_sweep_last_recipes',
    ],
    read: () => {
      const seen = board.of(store.list());
      const of = (kind: Kind): Seen[] => seen.filter(({ object }) => object.kind === kind);
      return {
        ...canonicals(of('Canonical')),
        ...warmServices(of('WarmService')),
        ...sweeps(of('Sweep')),
        ...leases(seen),
      };
    },
  };
}

function countedObjects(objects: readonly StoredObject[]): Samples {
  const count = (wanted: (object: StoredObject) => boolean) =>
    KINDS.map((kind) => ({
      labels: { kind },
      value: objects.filter((object) => object.kind === kind && wanted(object)).length,
    }));
  return {
    cc_ci_objects: count(() => true),
    cc_ci_objects_invalid: count(({ rejected }) => rejected !== undefined),
  };
}

function countedConditions(seen: readonly Seen[]): Samples {
  const counts = new Map<string, { labels: { kind: string; type: string; status: string }; value: number }>();
  for (const { object, facts } of seen) {
    for (const { type, status } of facts.conditions) {
      const labels = { kind: object.kind, type, status };
      const count = counts.get(Object.values(labels).join()) ?? { labels, value: 0 };
      counts.set(Object.values(labels).join(), count);
      count.value += 1;
    }
  }
  return { cc_ci_object_conditions: [...counts.values()] };
}

/** Why a run is not over, as the condition says. */
const UNFINISHED = ['Pending', 'Running', 'Retrying', 'Suspended'];

function unfinishedRuns(seen: readonly Seen[]): Samples {
  const open = seen.flatMap(({ object, facts }) => {
    const top = facts.conditions.find(({ type }) => type === 'Succeeded');
    return top?.status === 'Unknown' ? [{ object, reason: top.reason }] : [];
  });
  const waiting = open.filter(({ reason }) => reason === 'Pending');
  const created = waiting.map(({ object }) => Date.parse(object.creationTimestamp));
  return {
    cc_ci_runs_unfinished: UNFINISHED.map((reason) => ({
      labels: { reason },
      value: open.filter((one) => one.reason === reason).length,
    })),
    cc_ci_run_oldest_pending_timestamp_seconds: single(created.length > 0 ? Math.min(...created) / 1000 : undefined),
  };
}

/** The recipe of each Canonical that was accepted: nobody else's names are shown. */
function canonicals(seen: readonly Seen[]): Samples {
  const enrolled = seen.flatMap(({ object, facts }) => {
    const spec = acceptedSpec(object) as CanonicalSpec | undefined;
    return spec === undefined ? [] : [{ labels: { recipe: spec.app.recipe }, facts }];
  });
  const present = enrolled.flatMap(({ labels, facts: { knownGood } }) => (knownGood ? [{ labels, knownGood }] : []));
  return {
    cc_ci_canonical_ready: enrolled.flatMap(readiness),
    cc_ci_known_good_promoted_timestamp_seconds: present.map(({ labels, knownGood }) => {
      return { labels, value: knownGood.promotedMs / 1000 };
    }),
    cc_ci_known_good_bytes: present.map(({ labels, knownGood }) => ({ labels, value: knownGood.bytes })),
    cc_ci_lease_start_timestamp_seconds: enrolled.flatMap(({ labels, facts: { leaseSinceMs } }) => {
      return leaseSinceMs === undefined ? [] : [{ labels, value: leaseSinceMs / 1000 }];
    }),
  };
}

function leases(seen: readonly Seen[]): Samples {
  const realms = seen.reduce((sum, { facts }) => sum + (facts.warm?.realms ?? 0), 0);
  const held = seen.filter(({ facts }) => facts.leaseSinceMs !== undefined).length;
  return {
    cc_ci_leases: [
      { labels: { kind: 'Canonical' }, value: held },
      { labels: { kind: 'WarmService' }, value: realms },
    ],
  };
}

function warmServices(seen: readonly Seen[]): Samples {
  const services = seen.flatMap(({ object, facts }) => {
    return facts.warm ? [{ labels: { service: object.name }, facts, warm: facts.warm }] : [];
  });
  const sets = services.flatMap(({ labels, warm: { set } }) => (set ? [{ labels, set }] : []));
  return {
    cc_ci_warm_service_ready: services.flatMap(readiness),
    cc_ci_warm_service_held: services.map(({ labels, warm }) => ({ labels, value: Number(warm.held) })),
    cc_ci_warm_service_quarantined_versions: services.map(({ labels, warm }) => {
      return { labels, value: warm.quarantined };
    }),
    cc_ci_warm_service_set_bytes: sets.map(({ labels, set }) => ({ labels, value: set.bytes })),
    cc_ci_warm_service_set_timestamp_seconds: sets.map(({ labels, set }) => ({ labels, value: set.timeMs / 1000 })),
  };
}

function sweeps(seen: readonly Seen[]): Samples {
  const all = seen.flatMap(({ object, facts }) => (facts.sweep ? [{ sweep: object.name, ...facts.sweep }] : []));
  const ended = all.flatMap(({ sweep, last }) => (last ? [{ sweep, last }] : []));
  return {
    cc_ci_sweep_next_start_timestamp_seconds: all.flatMap(({ sweep, nextMs }) => {
      return nextMs === undefined ? [] : [{ labels: { sweep }, value: nextMs / 1000 }];
    }),
    cc_ci_sweep_last_end_timestamp_seconds: ended.map(({ sweep, last }) => {
      return { labels: { sweep }, value: Date.parse(last.completionTime) / 1000 };
    }),
    cc_ci_sweep_last_recipes: ended.flatMap(({ sweep, last }) =>
      (['passed', 'failed', 'skipped'] as const).map((result) => {
        return {
          labels: { sweep, result: `${result.charAt(0).toUpperCase()}${result.slice(1)}` },
          value: last[result] ?? 0,
        };
      }),
    ),
  };
}

/** Nothing where it is suspended: nobody waits for it to be ready. */
function readiness<Labels>({
  labels,
  facts,
}: {
  labels: Labels;
  facts: ShownFacts;
}): { labels: Labels; value: number }[] {
  const { conditions, suspended } = facts;
  if (suspended) return [];
  return [{ labels, value: Number(conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) }];
}
