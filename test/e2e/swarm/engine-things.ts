import { systemClock } from '../../../lib/clock.ts';
import { askEngine } from '../../rig/engine-api.ts';
import { docker } from '../../rig/test-engine.ts';

interface Listed {
  ID?: string;
  Id?: string;
  Name?: string;
  Names?: string[];
  Labels?: Record<string, string> | null;
  Spec?: { Name?: string; Labels?: Record<string, string> | null };
}

/** What an engine holds that may belong to a stack, in the order in which it can be removed. */
const KINDS = {
  service: { list: '/services', remove: ['service', 'rm'] },
  container: { list: '/containers/json?all=1', remove: ['rm', '-f'] },
  network: { list: '/networks', remove: ['network', 'rm'] },
  secret: { list: '/secrets', remove: ['secret', 'rm'] },
  config: { list: '/configs', remove: ['config', 'rm'] },
  volume: { list: '/volumes', remove: ['volume', 'rm'] },
} as const;

/** An app's data, which may stay without the app. */
const KEPT = new Set(['volume', 'secret']);
const REMOVAL_MS = 40_000;
const POLL_MS = 200;

export interface EngineThing {
  kind: keyof typeof KINDS;
  id: string;
  name: string;
}

/** Everything whose name or labels speak of the zone, labelled or not: a zone is one bench's own. */
export async function thingsOf(zone: string): Promise<EngineThing[]> {
  const words = [zone, zone.replaceAll('.', '_')];
  const kinds = Object.entries(KINDS) as [EngineThing['kind'], { list: string }][];
  const lists = kinds.map(async ([kind, { list }]) => {
    const answer = await askEngine<Listed[] | { Volumes: Listed[] | null }>(list);
    const listed = Array.isArray(answer) ? answer : (answer.Volumes ?? []);
    return listed.map((one) => ({ thing: thingOf(kind, one), said: saidOf(one) }));
  });
  const all = (await Promise.all(lists)).flat();
  return all.filter(({ said }) => words.some((word) => said.includes(word))).map(({ thing }) => thing);
}

function thingOf(kind: EngineThing['kind'], { ID, Id, Name, Names, Spec }: Listed): EngineThing {
  const name = Name ?? Spec?.Name ?? Names?.[0]?.replace(/^\//, '') ?? '';
  return { kind, id: ID ?? Id ?? name, name };
}

function saidOf({ Name, Names, Labels, Spec }: Listed): string {
  return JSON.stringify([Name, Names, Labels, Spec?.Name, Spec?.Labels]);
}

export interface EngineLeftoversOptions {
  zone: string;
  /** Stacks whose volumes and secrets may stay. */
  own: readonly string[];
  /** Stacks of which everything may stay. */
  strangers: readonly string[];
}

/** {@link thingsOf} that should not be there when no run is under way, one line each. */
export async function engineLeftovers({ zone, own, strangers }: EngineLeftoversOptions): Promise<string[]> {
  const of = (stacks: readonly string[], name: string): boolean => stacks.some((stack) => name.startsWith(`${stack}_`));
  return (await thingsOf(zone))
    .filter(({ name }) => !of(strangers, name))
    .filter(({ kind, name }) => !(KEPT.has(kind) && of(own, name)))
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** Removes all of a zone; for the end of a bench, also after a failure. @throws when something stays. */
export async function removeZone(zone: string): Promise<void> {
  const started = systemClock.monotonicMs();
  for (let left = await thingsOf(zone); left.length > 0; left = await thingsOf(zone)) {
    if (systemClock.monotonicMs() - started > REMOVAL_MS) throw new Error(`cannot remove ${JSON.stringify(left)}`);
    for (const { kind, id } of left) tryToRemove([...KINDS[kind].remove, id]);
    await systemClock.sleep(POLL_MS);
  }
}

/** Gone by itself, or still in use: the next look tells. */
function tryToRemove(words: readonly string[]): void {
  try {
    docker(...words);
  } catch {}
}
