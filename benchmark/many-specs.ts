/**
 * What many specs cost: the first sync, memory, from an edit to its status, `ccctl get`. `npm run bench:specs -- [specs]`.
 * The objects are suspended, so that nothing is deployed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { Bench } from '../test/e2e/harness.ts';
import { median } from './median.ts';

const MANY = Number(process.argv[2] ?? 1_000);
const EDITS = 20;
const TRIES = 7;
const POLL_MS = 2;
const LIMIT_MS = 120_000;

const nameOf = (index: number): string => `r${String(index).padStart(5, '0')}`;

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

async function edits(bench: Bench): Promise<number[]> {
  const times: number[] = [];
  for (let edit = 0; edit < EDITS; edit += 1) {
    const index = Math.floor((edit * MANY) / EDITS);
    const before = observed(bench, index);
    write(bench, index, 2);
    times.push(await until(() => observed(bench, index) > before, 'the edit'));
  }
  return times;
}

function memoryMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Milliseconds of each of several runs. */
async function timed(run: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    const started = systemClock.monotonicMs();
    await run();
    times.push(systemClock.monotonicMs() - started);
  }
  return times;
}

async function main(): Promise<void> {
  const bench = new Bench();
  try {
    for (let index = 0; index < MANY; index += 1) write(bench, index, 1);
    const started = systemClock.monotonicMs();
    await bench.start();
    let next = 0;
    const isSynced = (): boolean => {
      while (next < MANY && observed(bench, next) > 0) next += 1;
      return next === MANY;
    };
    await until(isSynced, 'the first sync');
    console.log(
      `first sync of ${MANY}: ${(systemClock.monotonicMs() - started).toFixed(0)} ms, start of the program included`,
    );
    const seen = await edits(bench);
    console.log(
      `from an edit to its status: ${median(seen).toFixed(0)} ms, at most ${Math.max(...seen).toFixed(0)} ms`,
    );
    console.log(`memory of the controller: ${memoryMb(bench.pid).toFixed(0)} MiB`);
    const bare = median(await timed(() => execFileSync(process.execPath, ['--eval', '0'])));
    const get = median(await timed(() => bench.ok('get', 'canonicals')));
    console.log(
      `ccctl get: ${get.toFixed(0)} ms, bare node ${bare.toFixed(0)} ms, ratio ${(get / bare).toFixed(1)} (medians)`,
    );
  } finally {
    await bench.dispose();
  }
}

await main();
