import type { AppPlan } from './app-plan.ts';

/** One thing in which two plans differ. Values are not told: an env may hold what nobody is to read. */
export interface PlanChange {
  part: 'Env' | 'Image' | 'Secret' | 'Volume';
  /** Key of the env, service of the image, or key in the compose file. */
  name: string;
  change: 'Added' | 'Removed' | 'Changed';
}

/** In what `to` differs from `from`, by part and name; an image that is added or removed is a service that is. Pure. */
export function planChanges(from: AppPlan, to: AppPlan): PlanChange[] {
  const after = partsOf(to);
  return partsOf(from).flatMap(([part, before], index) => changes(part, before, after[index]?.[1] ?? new Map()));
}

type Values = ReadonlyMap<string, string>;

function partsOf({ env, compose }: AppPlan): [PlanChange['part'], Values][] {
  return [
    ['Env', new Map(Object.entries(env))],
    ['Image', new Map(compose.services.map(({ name, image }) => [name, image]))],
    ['Secret', new Map(compose.secrets.map(({ name, versionedName }) => [name, versionedName]))],
    ['Volume', new Map(Object.entries(compose.volumes).map(([key, { name }]) => [key, name ?? key]))],
  ];
}

function changes(part: PlanChange['part'], before: Values, after: Values): PlanChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name): PlanChange[] => {
    if (before.get(name) === after.get(name)) return [];
    return [{ part, name, change: before.has(name) ? (after.has(name) ? 'Changed' : 'Removed') : 'Added' }];
  });
}
