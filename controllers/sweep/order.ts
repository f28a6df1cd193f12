import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';

/** Warm services, each after those that it depends on, else by name. */
export interface ServiceOrder {
  ordered: readonly StoredObject[];
  /** Those that come first of each other, and those that come after such ones: nobody's turn ever comes. */
  circular: readonly StoredObject[];
}

/** What does not exist comes before nobody. Pure. */
export function orderOf(services: readonly StoredObject[]): ServiceOrder {
  const names = new Set(services.map(({ name }) => name));
  const ordered: StoredObject[] = [];
  const done = new Set<string>();
  const isReady = (one: StoredObject): boolean =>
    dependenciesOf(one).every((before) => done.has(before) || !names.has(before));
  let waiting = services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (let next = waiting.find(isReady); next !== undefined; next = waiting.find(isReady)) {
    const { name } = next;
    ordered.push(next);
    done.add(name);
    waiting = waiting.filter((one) => one.name !== name);
  }
  return { ordered, circular: waiting };
}

function dependenciesOf(object: StoredObject): string[] {
  const { dependsOn = [] } = specInForce(object) as DefaultedWarmServiceSpec;
  return dependsOn.map(({ warmService }) => warmService);
}
