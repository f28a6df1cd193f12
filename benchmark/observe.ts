/**
 * What it costs to observe stacks: milliseconds, calls of the engine's API, sockets. `npm run bench:observe -- [stacks]`
 * with CC_CI_TEST_SOCKET.
 */
import { channel } from 'node:diagnostics_channel';
import { readdirSync, readlinkSync } from 'node:fs';
import { systemClock } from '../lib/clock.ts';
import { StackLab } from '../test/component/swarm/stack-lab.ts';
import { median } from './median.ts';

const MANY = Number(process.argv[2] ?? 20);
const ROUNDS = 50;
const never = new AbortController().signal;

let calls = 0;
channel('http.client.request.start').subscribe(() => {
  calls += 1;
});

function sockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => isSocket(`/proc/self/fd/${fd}`)).length;
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false; // the one that listed them
  }
}

/** One look at each of the stacks, all at once. */
async function round(lab: StackLab, names: readonly string[]): Promise<number> {
  const started = systemClock.monotonicMs();
  await Promise.all(names.map((name) => lab.platform.observe({ domain: lab.domain(name) }, never)));
  return systemClock.monotonicMs() - started;
}

async function report(lab: StackLab, names: readonly string[]): Promise<void> {
  await round(lab, names);
  const before = calls;
  const times: number[] = [];
  let most = 0;
  for (let rounds = 0; rounds < ROUNDS; rounds += 1) {
    times.push(await round(lab, names));
    most = Math.max(most, sockets());
  }
  const each = (calls - before) / ROUNDS / names.length;
  const all = median(times);
  console.log(
    `${String(names.length).padStart(2)} stacks at once: ${all.toFixed(1)} ms, ${(all / names.length).toFixed(1)} ms each; ` +
      `${each} API calls each; ${most} sockets of the process`,
  );
}

async function main(): Promise<void> {
  const lab = new StackLab();
  try {
    const names = Array.from({ length: MANY }, (_, index) => `s${index}`);
    await lab.deploy('s0');
    await report(lab, ['s0']);
    for (const name of names.slice(1)) await lab.deploy(name);
    await report(lab, ['s0']);
    await report(lab, names);
  } finally {
    await lab.close();
  }
}

await main();
