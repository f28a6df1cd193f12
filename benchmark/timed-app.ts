import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { systemClock } from '../lib/clock.ts';
import { RecipeRepository } from '../test/e2e/recipes.ts';
import { median } from './median.ts';

/** How long an app takes, seconds: at every start, and besides at the first on an empty volume. */
export interface AppTimes {
  startS: number;
  initS: number;
}

const POLL_MS = 5;
const LIMIT_MS = 120_000;

/** A recipe whose app takes its time: released as 1.0.0, and changed on the branch `change`. */
export function timedRecipe(directory: string, { startS, initS }: AppTimes): RecipeRepository {
  const recipe = new RecipeRepository(directory);
  recipe.release('1.0.0+1.0.0', {
    'compose.yml': composeOf({ startS, initS }),
    'server.mjs': SERVER,
    '.env.sample': 'TYPE=timed\nDOMAIN=timed.example.org\n',
    'release/1.0.0+1.0.0': 'First release.\n',
  });
  recipe.branch('change', { 'README.md': '# timed\n\nAnother sentence.\n' });
  return recipe;
}

/** Says in its volume that it was initialised, as a database does that makes its cluster first. */
const SERVER = `import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const mark = join(process.env.DATA_DIR, 'initialised');
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
process.on('SIGTERM', () => process.exit(0));
if (!existsSync(mark)) {
  await sleep(Number(process.env.INIT_SECONDS));
  writeFileSync(mark, '');
}
await sleep(Number(process.env.START_SECONDS));
createServer((_, response) => response.end('up')).listen(Number(process.env.PORT), process.env.HOST);
`;

function composeOf({ startS, initS }: AppTimes): string {
  const app = {
    image: 'cc-ci-bench/timed:1.0.0',
    'x-process': { command: ['node', 'server.mjs'], port: 8080, environment: { DATA_DIR: '{volume:data}' } },
    environment: [`START_SECONDS=${startS}`, `INIT_SECONDS=${initS}`],
    volumes: ['data:/data'],
    networks: ['proxy'],
    healthcheck: { test: ['CMD', 'true'], interval: '2s', timeout: '3s', retries: 5, start_period: '60s' },
    stop_grace_period: '1s',
    deploy: {
      restart_policy: { condition: 'any' },
      labels: [
        'traefik.enable=true',
        'traefik.http.services.${STACK_NAME}.loadbalancer.server.port=8080',
        'traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`)',
        'coop-cloud.${STACK_NAME}.version=1.0.0+1.0.0',
        'backupbot.backup=true',
        'backupbot.backup.path=/data',
      ],
    },
  };
  const compose = { version: '3.8', services: { app }, networks: { proxy: { external: true } }, volumes: { data: {} } };
  return JSON.stringify(compose, undefined, 2);
}

/** What an app takes by itself, milliseconds: medians of several. */
export interface BareTimes {
  /** From its spawn to its first answer. */
  startMs: number;
  /** From SIGTERM to its end. */
  stopMs: number;
}

/** Starts and stops the app of a work tree so many times, with nothing around it; `volume` is made, and kept. */
export async function bareTimes(directory: string, volume: string, tries: number): Promise<BareTimes> {
  mkdirSync(volume, { recursive: true });
  const seen: BareTimes[] = [];
  for (let left = tries; left > 0; left -= 1) seen.push(await startAndStop(directory, volume));
  return { startMs: median(seen.map((one) => one.startMs)), stopMs: median(seen.map((one) => one.stopMs)) };
}

async function startAndStop(directory: string, volume: string): Promise<BareTimes> {
  const port = await freePort();
  const started = systemClock.monotonicMs();
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: directory,
    env: { PATH: process.env.PATH, PORT: String(port), HOST: '127.0.0.1', DATA_DIR: volume, ...NO_WAITS },
    stdio: 'ignore',
  });
  try {
    await firstAnswer(child, port);
    const up = systemClock.monotonicMs();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return { startMs: up - started, stopMs: systemClock.monotonicMs() - up };
  } finally {
    child.kill('SIGKILL');
  }
}

const NO_WAITS = { INIT_SECONDS: '0', START_SECONDS: '0' };

async function firstAnswer(child: ChildProcess, port: number): Promise<void> {
  for (const began = systemClock.monotonicMs(); systemClock.monotonicMs() - began < LIMIT_MS; ) {
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}`);
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await systemClock.sleep(POLL_MS);
  }
  throw new Error(`the app does not answer at port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
