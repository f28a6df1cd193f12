import { systemClock } from '../../../lib/clock.ts';
import { docker } from '../../rig/test-engine.ts';

/** What an engine holds that may belong to a stack, in the order in which it can be removed. */
const KINDS = {
  service: { list: ['service', 'ls', '--format', '{{.ID}} {{.Name}}'], remove: ['service', 'rm'] },
  container: { list: ['ps', '-a', '--format', '{{.ID}} {{.Names}} {{.Labels}}'], remove: ['rm', '-f'] },
  network: { list: ['network', 'ls', '--format', '{{.ID}} {{.Name}} {{.Labels}}'], remove: ['network', 'rm'] },
  secret: { list: ['secret', 'ls', '--format', '{{.ID}} {{.Name}} {{.Labels}}'], remove: ['secret', 'rm'] },
  config: { list: ['config', 'ls', '--format', '{{.ID}} {{.Name}} {{.Labels}}'], remove: ['config', 'rm'] },
  volume: { list: ['volume', 'ls', '--format', '{{.Name}} {{.Name}} {{.Labels}}'], remove: ['volume', 'rm'] },
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
export function thingsOf(zone: string): EngineThing[] {
  const words = [zone, zone.replaceAll('.', '_')];
  return Object.entries(KINDS).flatMap(([kind, { list }]) => {
    const lines = docker(...list).split('\n');
    const mine = lines.filter((line) => words.some((word) => line.includes(word)));
    return mine.map((line) => {
      const [id = '', name = ''] = line.split(' ');
      return { kind: kind as EngineThing['kind'], id, name };
    });
  });
}

export interface EngineLeftoversOptions {
  zone: string;
  /** Stacks whose volumes and secrets may stay. */
  own: readonly string[];
  /** Stacks of which everything may stay. */
  strangers: readonly string[];
}

/** {@link thingsOf} that should not be there when no run is under way, one line each. */
export function engineLeftovers({ zone, own, strangers }: EngineLeftoversOptions): string[] {
  const of = (stacks: readonly string[], name: string): boolean => stacks.some((stack) => name.startsWith(`${stack}_`));
  return thingsOf(zone)
    .filter(({ name }) => !of(strangers, name))
    .filter(({ kind, name }) => !(KEPT.has(kind) && of(own, name)))
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** Removes all of a zone; for the end of a bench, also after a failure. @throws when something stays. */
export async function removeZone(zone: string): Promise<void> {
  const started = systemClock.monotonicMs();
  for (let left = thingsOf(zone); left.length > 0; left = thingsOf(zone)) {
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
