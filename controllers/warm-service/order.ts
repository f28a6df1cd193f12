import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { WarmServiceFacts } from './plan.ts';

/** Names of the services that come before this one. Pure. */
function dependenciesOf(object: StoredObject): string[] {
  const { dependsOn = [] } = specInForce(object) as DefaultedWarmServiceSpec;
  return dependsOn.map(({ warmService }) => warmService);
}

/**
 * The way from a service back to itself over what comes first; undefined: there is none. Pure.
 * @param before names of what comes before a service of that name.
 */
export function cycleOf(name: string, before: (name: string) => readonly string[]): string[] | undefined {
  const seen = new Set<string>();
  const follow = (at: string, path: readonly string[]): string[] | undefined => {
    for (const one of before(at)) {
      if (one === name) return [...path, one];
      if (seen.has(one)) continue;
      seen.add(one);
      const found = follow(one, [...path, one]);
      if (found) return found;
    }
    return undefined;
  };
  return follow(name, [name]);
}

/** What a service waits for before it is touched. Pure. @param isReady of a service that is there, by name. */
export function waitsFor(
  object: StoredObject,
  services: readonly StoredObject[],
  isReady: (name: string) => boolean,
): WarmServiceFacts['waitsFor'] {
  const byName = new Map(services.map((one) => [one.name, one]));
  const before = (name: string): readonly string[] => {
    const found = byName.get(name);
    return found === undefined ? [] : dependenciesOf(found);
  };
  const cycle = cycleOf(object.name, before);
  if (cycle) return { state: 'Cycle', names: cycle };
  const names = dependenciesOf(object).filter((name) => !isReady(name));
  if (names.length === 0) return { state: 'Nobody' };
  return { state: 'Services', names, absent: names.filter((name) => !byName.has(name)) };
}
