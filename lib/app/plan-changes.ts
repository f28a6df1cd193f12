import type { AppPlan } from './app-plan.ts';

/** One thing in which two plans differ. Values of an env are not told: it may hold what nobody is to read. */
export interface PlanChange {
  part: 'Image' | 'Volume' | 'Mount' | 'Secret' | 'Config' | 'Network' | 'Env' | 'Unset';
  /** Service of the image, `service:target` of the mount, key of the env, variable without value, or key in the compose file. */
  name: string;
  change: 'Added' | 'Removed' | 'Changed';
  /** What it was and is: an image, what is mounted, a name on the engine. Absent for env and variables. */
  before?: string;
  after?: string;
}

/** In what `to` differs from `from`, by part and name; an image that is added or removed is a service that is. Pure. */
export function planChanges(from: AppPlan, to: AppPlan): PlanChange[] {
  const after = partsOf(to);
  return partsOf(from).flatMap(([part, before], index) => changes(part, before, after[index]?.[1] ?? new Map()));
}

type Values = ReadonlyMap<string, string>;

const UNTOLD: ReadonlySet<PlanChange['part']> = new Set(['Env', 'Unset']);

function partsOf({ env, compose }: AppPlan): [PlanChange['part'], Values][] {
  const { services, secrets, configs, volumes, networks } = compose;
  const engineNames = (all: Readonly<Record<string, { name?: string }>>): Values =>
    new Map(Object.entries(all).map(([key, { name }]) => [key, name ?? key]));
  const versions = (all: typeof secrets): Values =>
    new Map(all.map(({ name, versionedName }) => [name, versionedName]));
  const mounts = services.flatMap((service) =>
    service.volumes.map((mount): [string, string] => [
      `${service.name}:${mount.target}`,
      `${mount.type} ${mount.source}${mount.readOnly ? ' read-only' : ''}`,
    ]),
  );
  return [
    ['Image', new Map(services.map(({ name, image }) => [name, image]))],
    ['Volume', engineNames(volumes)],
    ['Mount', new Map(mounts)],
    ['Secret', versions(secrets)],
    ['Config', versions(configs)],
    ['Network', engineNames(networks)],
    ['Env', new Map(Object.entries(env))],
    ['Unset', new Map(compose.unsetVariables.map((name) => [name, '']))],
  ];
}

function changes(part: PlanChange['part'], before: Values, after: Values): PlanChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name): PlanChange[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    const change = was === undefined ? 'Added' : is === undefined ? 'Removed' : 'Changed';
    const told = UNTOLD.has(part)
      ? {}
      : { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    return [{ part, name, change, ...told }];
  });
}
