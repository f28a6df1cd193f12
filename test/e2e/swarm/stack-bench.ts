import { testSocket } from '../../rig/test-engine.ts';
import { Bench } from '../harness.ts';

/** The platforms that run recipes as stacks: the same tests hold on both. */
export type StackKind = 'Swarm' | 'Abra';

const ABRA = new URL('../../doubles/abra/abra', import.meta.url).pathname;

/** A bench on the test engine. `zone` names it there: one word that no other bench uses. */
export function stackBench(kind: StackKind, word: string, fields: Record<string, unknown> = {}): Bench {
  return new Bench({
    platform: kind,
    zone: `${word}${kind === 'Swarm' ? 's' : 'a'}${process.pid}.test`,
    swarm: { socket: testSocket() },
    abra: { binary: ABRA, server: 'default' },
    recipeSource: 'recipes/{recipe}',
    ...fields,
  });
}

/** What lets an app of the demo answer without a reverse proxy. */
export const PORTS = {
  composeFiles: ['compose.yml', 'compose.ports.yml'],
  env: { HTTP_PORT: '{port:app}' },
  url: 'http://127.0.0.1:{port:app}',
} as const;
