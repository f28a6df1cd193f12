/**
 * How much later than a bare poll of the app (every 25 ms) the health gate declares it up. The app opens its port a
 * while after its start. `npm run bench:up -- [tries]`; with CC_CI_TEST_SOCKET, in that engine's network, on a
 * swarm too.
 */
import { HealthGate } from '../lib/app/health-gate.ts';
import { systemClock } from '../lib/clock.ts';
import type { Platform } from '../lib/platform/platform.ts';
import { StackLab } from '../test/component/swarm/stack-lab.ts';
import { deployTo } from '../test/contract/platform/deploy-to.ts';
import { processSubject } from '../test/contract/platform/process-subject.ts';
import { median } from './median.ts';

const TRIES = Number(process.argv[2] ?? 7);
const POLL_MS = 25;
const LIMIT_MS = 60_000;
const SLEEP_S = 1.5;
const never = new AbortController().signal;

/** A platform with a way to deploy the app anew and to take it away. */
interface Place {
  name: string;
  platform: Platform;
  domain: string;
  deploy(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds from the applied spec. */
interface Latency {
  bareMs: number;
  gateMs: number;
}

async function measure({ platform, domain, deploy }: Place): Promise<Latency> {
  await platform.destroy({ domain }, never);
  const sinceMs = systemClock.now();
  await deploy();
  const started = systemClock.monotonicMs();
  const { endpoints } = await platform.observe({ domain }, never);
  const url = `http://127.0.0.1:${endpoints[0]?.port}`;
  const [bareMs, gateMs] = await Promise.all([
    firstAnswer(url).then((at) => at - started),
    declaredUp(platform, { domain, url, sinceMs }).then((at) => at - started),
  ]);
  return { bareMs, gateMs };
}

async function firstAnswer(url: string): Promise<number> {
  for (const started = systemClock.monotonicMs(); ; await systemClock.sleep(POLL_MS)) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    const now = systemClock.monotonicMs();
    if (answered) return now;
    if (now - started > LIMIT_MS) throw new Error(`${url} does not answer`);
  }
}

/** As a run waits, without the hints of the platform, which only make it shorter. */
async function declaredUp(
  platform: Platform,
  { domain, url, sinceMs }: { domain: string; url: string; sinceMs: number },
): Promise<number> {
  const gate = new HealthGate(platform, systemClock);
  const settings = { url, healthPasses: 2, health: [{ http: { path: '/', status: [200, 404] } }] };
  for (;;) {
    const seen = await gate.look({ domain, settings, sinceMs, signal: never });
    if (seen.state === 'Up') return systemClock.monotonicMs();
    if (seen.state === 'Failed') throw new Error(`${domain}: ${seen.message}`);
    await systemClock.sleep(seen.afterMs);
  }
}

async function processPlace(): Promise<Place> {
  const subject = await processSubject();
  const domain = 'slow.bench.test';
  const server = `import { createServer } from 'node:http';
setTimeout(() => createServer((_, answer) => answer.end('ok')).listen(process.env.PORT, process.env.HOST), ${SLEEP_S * 1_000});
`;
  const app = { image: 'x/slow:1', 'x-process': { command: ['node', 'server.mjs'], port: 8080 } };
  const compose = JSON.stringify({ version: '3.8', services: { app } });
  const made = await subject.checkout(domain, 'a1', { 'compose.yml': compose, 'server.mjs': server });
  return {
    name: 'process',
    platform: subject.platform,
    domain,
    deploy: () => deployTo(subject.platform, made.app, made.revision),
    close: () => subject.close(),
  };
}

async function swarmPlace(name: string, more: Record<string, unknown>): Promise<Place> {
  const lab = new StackLab();
  const app = {
    command: ['sh', '-c', `sleep ${SLEEP_S}; exec httpd -f -p 8080 -h /data`],
    ports: [{ target: 8080, published: '${PORT}', mode: 'host' }],
    ...more,
  };
  return {
    name,
    platform: lab.platform,
    domain: lab.domain('slow'),
    deploy: () => lab.deploy('slow', { app, env: { PORT: '{port:app}' } }),
    close: () => lab.close(),
  };
}

async function main(): Promise<void> {
  const makers: (() => Promise<Place>)[] = [processPlace];
  if (process.env.CC_CI_TEST_SOCKET) {
    const healthcheck = { test: ['CMD-SHELL', 'wget -q -O- http://127.0.0.1:8080/ || [ $$? = 1 ]'], interval: '1s' };
    makers.push(() => swarmPlace('swarm', {}));
    makers.push(() => swarmPlace('swarm, health check every second', { healthcheck }));
  }
  console.log('platform                            bare poll    gate   later   ratio (medians, ms)');
  for (const make of makers) {
    const place = await make();
    try {
      const seen: Latency[] = [];
      for (let tries = 0; tries < TRIES; tries += 1) seen.push(await measure(place));
      const bare = median(seen.map(({ bareMs }) => bareMs));
      const gate = median(seen.map(({ gateMs }) => gateMs));
      const later = median(seen.map(({ bareMs, gateMs }) => gateMs - bareMs));
      const figures = [bare, gate, later].map((ms) => ms.toFixed(0).padStart(8)).join('');
      console.log(`${place.name.padEnd(36)}${figures}${(gate / bare).toFixed(2).padStart(8)}`);
    } finally {
      await place.close();
    }
  }
}

await main();
