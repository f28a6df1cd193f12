import type { DefaultedControllerConfig } from '../api/generated/defaulted.ts';

/** `Live`: a running controller takes another value when it is told to reload. `Restart`: the next start takes it. */
export type TakenBy = 'Live' | 'Restart';

/**
 * What takes a change of each field. Live is what is read anew for each decision; what a listener, a directory, a domain
 * or a timer was made of is not. Complete: a test compares it with the schema. See docs/adr/0202-reload.md.
 */
export const TAKEN_BY = {
  specDirectory: 'Restart',
  stateDirectory: 'Restart',
  zone: 'Restart',
  platform: 'Restart',
  recipeSource: 'Live',
  sourceCredentials: 'Live',
  maxRuns: 'Live',
  resync: 'Restart',
  deletionGrace: 'Restart',
  hostPorts: 'Restart',
  allowRecipeTests: 'Live',
  'untrusted.memory': 'Live',
  'untrusted.cpus': 'Live',
  'untrusted.pids': 'Live',
  'artifacts.keep': 'Live',
  'memory.floor': 'Live',
  'process.path': 'Restart',
  'swarm.socket': 'Restart',
  'swarm.baseUrl': 'Restart',
  'swarm.connectTo': 'Restart',
  'swarm.caFile': 'Restart',
  'abra.binary': 'Restart',
  'abra.server': 'Restart',
  'disk.pruneAbove': 'Live',
  'disk.floor': 'Live',
  'alerts.sinks': 'Live',
  'metrics.listen': 'Restart',
  'site.directory': 'Restart',
  'site.listen': 'Restart',
  'site.url': 'Restart',
  'forge.url': 'Restart',
  'forge.tokenFile': 'Restart',
  'forge.pollInterval': 'Live',
  'forge.webhook.listen': 'Restart',
  'forge.webhook.secretFile': 'Restart',
  'forge.authorised': 'Live',
} as const satisfies Readonly<Record<string, TakenBy>>;

type Table = typeof TAKEN_BY;

/** A field that a reload takes, by dotted path. */
export type LiveField = { [field in keyof Table]: Table[field] extends 'Live' ? field : never }[keyof Table];

/** Pure. */
export function isLive(field: string): field is LiveField {
  return Object.hasOwn(TAKEN_BY, field) && TAKEN_BY[field as keyof Table] === 'Live';
}

/** `config` with the named fields as `next` has them. Pure. */
export function withFields(
  config: DefaultedControllerConfig,
  next: DefaultedControllerConfig,
  fields: readonly string[],
): DefaultedControllerConfig {
  const merged = structuredClone(config);
  for (const field of fields) copyField(merged, next, field.split('.'));
  return merged;
}

function copyField(to: object, from: object, [step = '', ...rest]: readonly string[]): void {
  const [target, source] = [to, from] as Record<string, unknown>[];
  const value = source?.[step];
  if (target === undefined) return;
  if (rest.length > 0) copyField(target[step] as object, value as object, rest);
  else if (value === undefined) delete target[step];
  else target[step] = structuredClone(value);
}
