import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUSYBOX_IMAGE, docker, ensureBusyboxImage } from '../../rig/test-engine.ts';
import type { Bench } from '../harness.ts';
import { type EngineThing, thingsOf } from './engine-things.ts';

/** What the engine holds of a stranger, and when it made the volumes. */
export interface StrangerThings {
  things: EngineThing[];
  made: string[];
}

/** A stack that somebody else put on the engine, with a volume and a secret. */
export interface Stranger {
  /** What the engine holds of it, with the ids and the age that the engine gave. */
  look(): Promise<StrangerThings>;
}

const COMPOSE = `version: "3.8"
services:
  app:
    image: ${BUSYBOX_IMAGE}
    command: [/bin/busybox, sleep, "100000"]
    volumes: ["data:/data"]
    secrets: [session_key]
    networks: [default]
volumes: { data: {} }
secrets: { session_key: { file: ./stranger-key } }
networks: { default: {} }
`;

/** Deploys it under that name, and leaves it alone in `bench.leftovers`. */
export function startStranger(bench: Bench, stack: string): Stranger {
  ensureBusyboxImage();
  bench.strangers.push(stack);
  writeFileSync(join(bench.root, 'stranger-key'), 'of somebody else');
  writeFileSync(join(bench.root, 'stranger.yml'), COMPOSE);
  docker('stack', 'deploy', '--resolve-image', 'never', '--compose-file', join(bench.root, 'stranger.yml'), stack);
  return {
    async look() {
      const things = (await thingsOf(bench.zone)).filter(({ name }) => name.startsWith(`${stack}_`));
      const volumes = things.filter(({ kind }) => kind === 'volume').map(({ name }) => name);
      const made = volumes.map((name) => docker('volume', 'inspect', '--format', '{{.CreatedAt}}', name).trim());
      return { things, made };
    },
  };
}
