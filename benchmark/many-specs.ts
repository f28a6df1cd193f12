/**
 * What many specs cost, beside what they cost at least: `npm run bench:specs -- [sizes]`, as `100 1000`. Processor time of
 * the controller for the first sync, for an edit, at rest and for a status write; its memory; from an edit to its status;
 * `ccctl get`. The objects are suspended, so that nothing is deployed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../lib/clock.ts';
import { Bench } from '../test/e2e/harness.ts';
import { percentile } from './median.ts';
import { childrenCpuMs, cpuMsOf, rssKibOf } from './process-cost.ts';

const DEFAULT_SIZES = [100, 1_000];
const EDITS = 100;
const TRIES = 7;
const POLL_MS = 5;
/** Rest is measured minute by minute: in some the engine of JavaScript gives memory back, in one the names are read anew. */
const IDLE_MS = 60_000;
const IDLE_WINDOWS = 5;
/** So long nothing may happen before it counts as quiet. */
const QUIET_MS = 3_000;
/** And so many times in a row before it counts as rest: the status page is written in rounds, up to 50 s apart. */
const QUIETS = 20;
const LIMIT_MS = 900_000;
const MOST_OUTPUT = 2 ** 26;

const nameOf = (index: number): string => `r${String(index).padStart(5, '0')}`;
const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** One size's figures, milliseconds of processor time where nothing else is said. */
interface Figures {
  size: number;
  floor: number;
  sync: number;
  wallMs: number;
  rssMib: number;
}

function write(bench: Bench, index: number, minutes: number): void {
  const app = { recipe: nameOf(index), timeouts: { health: `${minutes}m` } };
  bench.apply('Canonical', nameOf(index), { suspend: true, app });
}

/** The generation that the status beside the spec has seen; 0 where there is none yet. */
function observed(bench: Bench, index: number): number {
  try {
    const text = readFileSync(join(bench.specs, `${nameOf(index)}.canonical.yaml.status.yaml`), 'utf8');
    return Number(/observedGeneration: (\d+)/.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function until(look: () => boolean, what: string): Promise<number> {
  const started = systemClock.monotonicMs();
  while (!look()) {
    if (systemClock.monotonicMs() - started > LIMIT_MS) throw new Error(`waited for ${what} in vain`);
    await systemClock.sleep(POLL_MS);
  }
  return systemClock.monotonicMs() - started;
}

/** Until the controller does next to nothing, so many times in a row. */
async function quiet(bench: Bench, times = 1): Promise<void> {
  let before = cpuMsOf(bench.pid);
  for (let calm = 0; calm < times; ) {
    await systemClock.sleep(QUIET_MS);
    const now = cpuMsOf(bench.pid);
    calm = now - before < QUIET_MS / 20 ? calm + 1 : 0;
    before = now;
  }
}

function floorOf(bench: Bench): number {
  const out = join(bench.root, 'floor');
  mkdirSync(out);
  return Number(execFileSync(process.execPath, [scriptOf('spec-floor.ts'), bench.specs, out], { encoding: 'utf8' }));
}

async function firstSync(bench: Bench, size: number): Promise<Figures> {
  for (let index = 0; index < size; index += 1) write(bench, index, 1);
  const floor = floorOf(bench);
  const started = systemClock.monotonicMs();
  await bench.start({ timeoutMs: LIMIT_MS, logLevel: 'info' });
  let next = 0;
  const isSynced = (): boolean => {
    while (next < size && observed(bench, next) > 0) next += 1;
    return next === size;
  };
  await until(isSynced, 'the first sync');
  const wallMs = systemClock.monotonicMs() - started;
  const sync = cpuMsOf(bench.pid);
  await quiet(bench);
  return { size, floor, sync, wallMs, rssMib: rssKibOf(bench.pid) / 1024 };
}

async function edits(bench: Bench, size: number): Promise<{ times: number[]; cpuMs: number }> {
  const times: number[] = [];
  const cpu = cpuMsOf(bench.pid);
  for (let edit = 0; edit < EDITS; edit += 1) {
    const index = Math.floor((edit * size) / EDITS);
    const before = observed(bench, index);
    write(bench, index, 2 + (edit % 7));
    times.push(await until(() => observed(bench, index) > before, 'the edit'));
  }
  return { times, cpuMs: (cpuMsOf(bench.pid) - cpu) / EDITS };
}

/** Percent of a core at rest, of each minute. */
async function idleShares(bench: Bench): Promise<number[]> {
  await quiet(bench, QUIETS);
  const shares: number[] = [];
  for (let window = 0; window < IDLE_WINDOWS; window += 1) {
    const before = cpuMsOf(bench.pid);
    await systemClock.sleep(IDLE_MS);
    shares.push((100 * (cpuMsOf(bench.pid) - before)) / IDLE_MS);
  }
  return shares;
}

async function reportRest(bench: Bench): Promise<void> {
  const shares = await idleShares(bench);
  const each = shares.map((share) => share.toFixed(2)).join(', ');
  console.log(`  at rest: ${percentile(shares, 0.5).toFixed(2)} % of a core (minute by minute ${each})`);
}

/** Milliseconds of processor time that a program takes, its children included: the mean of several runs. */
function cpuOfRun(run: () => unknown): number {
  const before = childrenCpuMs();
  for (let tries = 0; tries < TRIES; tries += 1) run();
  return (childrenCpuMs() - before) / TRIES;
}

/** What looking at all of them costs more than starting Node. */
function reportGet(bench: Bench): void {
  const bare = cpuOfRun(() => execFileSync(process.execPath, ['--eval', '0']));
  const ccctl = scriptOf('../bin/ccctl');
  const config = join(bench.root, 'operator.yaml');
  writeFileSync(config, `# as people write it\nstateDirectory: ${bench.state}\n`);
  const env = { ...process.env, CC_CI_CONFIG: config };
  const get = cpuOfRun(() => execFileSync(ccctl, ['get', 'canonicals'], { env, maxBuffer: MOST_OUTPUT }));
  console.log(`  ccctl get: ${get.toFixed(0)} ms CPU, bare node ${bare.toFixed(0)} ms`);
}

/** On a store of this process's own, for which the controller is stopped. */
async function reportStatusWrite(bench: Bench): Promise<void> {
  await bench.stop();
  const script = [scriptOf('status-writes.ts'), bench.specs, bench.state, await bench.instanceId()];
  const each = Number(execFileSync(process.execPath, script, { encoding: 'utf8' }));
  console.log(`  a status write: ${each.toFixed(2)} ms CPU`);
}

async function reportEdits(bench: Bench, size: number): Promise<void> {
  const { times, cpuMs } = await edits(bench, size);
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  console.log(`  edit to status: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; ${cpuMs.toFixed(1)} ms CPU each`);
}

async function measure(size: number): Promise<Figures> {
  const bench = new Bench();
  try {
    const figures = await firstSync(bench, size);
    const { floor, sync, wallMs, rssMib } = figures;
    console.log(`${size} objects`);
    console.log(`  first sync: ${sync} ms CPU, ${(sync / floor).toFixed(1)} × the floor of ${floor.toFixed(0)} ms`);
    console.log(`  (${wallMs.toFixed(0)} ms by the clock); memory ${rssMib.toFixed(0)} MiB`);
    await reportEdits(bench, size);
    await reportRest(bench);
    reportGet(bench);
    await reportStatusWrite(bench);
    return figures;
  } finally {
    await bench.dispose();
  }
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2).map(Number);
  const all: Figures[] = [];
  for (const size of asked.length > 0 ? asked : DEFAULT_SIZES) all.push(await measure(size));
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined || first === last) return;
  const exponent = Math.log(last.sync / first.sync) / Math.log(last.size / first.size);
  const each = ((last.rssMib - first.rssMib) * 1024) / (last.size - first.size);
  console.log(
    `growth of the first sync: exponent ${exponent.toFixed(2)}; ${each.toFixed(0)} KiB for each further object`,
  );
}

await main();
