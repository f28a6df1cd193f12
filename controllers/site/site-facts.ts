import type { CanonicalStatus, RunStatus, SweepStatus, WarmServiceStatus } from '../../lib/api/generated/types.ts';
import { KINDS, keyText, type ObjectKey } from '../../lib/api/kinds.ts';
import { present } from '../../lib/api/objects.ts';
import { giveWay } from '../../lib/give-way.ts';
import { enrolmentFacts, isEnrolled, runFacts, serviceFacts, sweepFacts, trendEntry } from '../../lib/site/facts.ts';
import type {
  AlertEntry,
  EnrolmentFacts,
  RecipeModel,
  RunFacts,
  ServiceFacts,
  SiteModel,
  SweepFacts,
} from '../../lib/site/model.ts';
import { type Trends, withEntry } from '../../lib/site/trend.ts';
import type { CommonStatus } from '../../lib/store/reader.ts';
import type { ObjectStore, StoredObject } from '../../lib/store/store.ts';

/** What the site reads of the store: from memory, but for what was not shown since the start. */
export interface SiteStore extends Pick<ObjectStore, 'get' | 'list'> {
  shown(key: ObjectKey): CommonStatus | undefined;
  /** Since the specs were listed last; undefined until they were. */
  listedAgoMs(): number | undefined;
}

/** Objects that are taken in before others have their turn. */
const AT_ONCE = 100;

/** Open alerts, and all. */
export type SiteAlerts = Pick<SiteModel, 'openAlerts' | 'alerts'>;

/**
 * What pages show of each object, small and in memory: the statuses themselves are not kept, and only those of objects
 * that changed are read again.
 */
export class SiteFacts {
  readonly #store: SiteStore;
  readonly #runs = new Map<string, RunFacts>();
  readonly #enrolments = new Map<string, Enrolment>();
  readonly #services = new Map<string, ServiceFacts>();
  readonly #sweeps = new Map<string, SweepFacts>();

  constructor(store: SiteStore) {
    this.#store = store;
  }

  /** Takes in what changed; what changes meanwhile is told once more. @returns the recipes that are concerned. */
  async refresh(keys: readonly ObjectKey[]): Promise<Set<string>> {
    const concerned = new Set<string>();
    // what a run counts for depends on the Canonical of its recipe
    const order = (key: ObjectKey): number => KINDS.indexOf(key.kind);
    const sources = keys.some(({ kind }) => kind === 'Run') ? this.#sources() : new Map();
    for (const [index, key] of keys.toSorted((a, b) => order(a) - order(b)).entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await giveWay();
      const seen = { key, object: this.#store.get(key), sources };
      const status = seen.object && this.#store.shown(key);
      for (const recipe of withoutStatusOnFault(status, (one) => this.#refresh(seen, one))) concerned.add(recipe);
    }
    return concerned;
  }

  /** The run of that name, as it was taken in last. */
  run(name: string): RunFacts | undefined {
    return this.#runs.get(name);
  }

  /** The trends with those of the runs that ended; of recipes that are not there any more nothing is kept. */
  trends(before: Trends, runs: readonly RunFacts[]): Trends {
    const all = new Map(Object.entries(before));
    for (const run of runs) {
      const entry = trendEntry(run);
      if (entry !== undefined) all.set(run.recipe, withEntry(all.get(run.recipe) ?? [], entry));
    }
    const known = this.#recipes();
    return Object.fromEntries([...all].filter(([recipe]) => known.has(recipe)));
  }

  /** The model of all pages. */
  model(fixed: Pick<SiteModel, 'instance' | 'version' | 'url'>, trends: Trends, alerts: SiteAlerts): SiteModel {
    const runs = Map.groupBy(this.#runs.values(), ({ recipe }) => recipe);
    const enrolments = Map.groupBy(byName(this.#enrolments), ({ recipe }) => recipe);
    const recipes = [...this.#recipes()].sort().map((recipe): RecipeModel => {
      const newestFirst = (runs.get(recipe) ?? []).sort(byCreation);
      // a recipe may be called constructor
      const trend = (Object.hasOwn(trends, recipe) ? trends[recipe] : undefined) ?? [];
      return { recipe, runs: newestFirst, trend, ...present({ enrolment: chosenOf(enrolments.get(recipe) ?? []) }) };
    });
    return { ...fixed, ...alerts, recipes, services: byName(this.#services), sweeps: byName(this.#sweeps) };
  }

  #refresh({ key, object, sources }: Seen, status: unknown): string[] {
    const { name, kind } = key;
    switch (kind) {
      case 'Run': {
        const facts = object && runFacts(object, status as RunStatus | undefined, sources);
        return changed(this.#runs, name, facts).map(({ recipe }) => recipe);
      }
      case 'Canonical': {
        const facts = object && enrolmentFacts(object, status as CanonicalStatus | undefined);
        const next = object && facts && { ...facts, enrolled: isEnrolled(object) };
        return changed(this.#enrolments, name, next).map(({ recipe }) => recipe);
      }
      case 'WarmService':
        changed(this.#services, name, object && serviceFacts(object, status as WarmServiceStatus | undefined));
        return [];
      case 'Sweep':
        changed(this.#sweeps, name, object && sweepFacts(object, status as SweepStatus | undefined));
        return [];
    }
  }

  /** Of each enrolled recipe, by the store: it may have changed in this moment. */
  #sources(): Map<string, string | undefined> {
    const canonicals = this.#store.list('Canonical').filter(isEnrolled);
    return new Map(
      canonicals.map((one) => enrolmentFacts(one, undefined)).map(({ recipe, source }) => [recipe, source]),
    );
  }

  #recipes(): Set<string> {
    const all = [...this.#runs.values(), ...this.#enrolments.values()];
    return new Set(all.map(({ recipe }) => recipe));
  }
}

interface Seen {
  key: ObjectKey;
  object: StoredObject | undefined;
  sources: ReadonlyMap<string, string | undefined>;
}

/**
 * What is made of a status. One that an earlier process left may have been edited since, and be of any shape: then what is
 * made of none, so that one object does not keep the others from being shown.
 */
export function withoutStatusOnFault<T>(
  status: CommonStatus | undefined,
  make: (status: CommonStatus | undefined) => T,
): T {
  try {
    return make(status);
  } catch (error) {
    if (error instanceof TypeError) return make(undefined);
    throw error;
  }
}

type Enrolment = EnrolmentFacts & { enrolled: boolean };

/** The one that was accepted; a refused one shows why where there is no other. */
function chosenOf(all: readonly Enrolment[]): Enrolment | undefined {
  return all.find(({ enrolled }) => enrolled) ?? all[0];
}

/** Takes in the facts of one object; both what was known before and what is now. */
function changed<T>(facts: Map<string, T>, name: string, now: T | undefined): T[] {
  const before = facts.get(name);
  if (now === undefined) facts.delete(name);
  else facts.set(name, now);
  return [before, now].filter((one) => one !== undefined);
}

function byName<T>(facts: ReadonlyMap<string, T>): T[] {
  return [...facts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}

function byCreation(one: RunFacts, other: RunFacts): number {
  if (one.created !== other.created) return one.created < other.created ? 1 : -1;
  return one.name < other.name ? 1 : -1;
}

/** Keys of all objects. */
export function allKeys(store: SiteStore): ObjectKey[] {
  return store.list().map(({ kind, name }) => ({ kind, name }));
}

/** The newest first, of those that were told. */
export function alertsNewestFirst(alerts: readonly AlertEntry[]): AlertEntry[] {
  return alerts.toSorted((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time > b.time ? -1 : 1));
}

/** A set of keys, each once. */
export class KeySet {
  readonly #keys = new Map<string, ObjectKey>();

  add(key: ObjectKey): void {
    this.#keys.set(keyText(key), { kind: key.kind, name: key.name });
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** All of them, and leaves none. */
  take(): ObjectKey[] {
    const keys = [...this.#keys.values()];
    this.#keys.clear();
    return keys;
  }
}
