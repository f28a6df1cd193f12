/**
 * What `ccctl get` costs in CPU beside a bare node: user and system time, medians, beside a controller that lives.
 * `npm run bench:get -- [sizes]`, as `1000 10000`. What is measured is the program as it is shipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, toTime } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { writeMarker } from '../lib/store/directory-guard.ts';
import { FileStore } from '../lib/store/file-store.ts';
import { median } from './median.ts';

const DEFAULT_SIZES = [1_000, 10_000];
/** What a table may cost more than a bare node, milliseconds, by the number of its rows. */
const WANTED: ReadonlyMap<number, number> = new Map([
  [1_000, 25],
  [10_000, 120],
]);
/** Then the store has its lists as they are at rest. */
const REST_MS = 7_000;
const TRIES = 21;
const MOST_OUTPUT = 2 ** 28;
const ROOT = join(import.meta.dirname, '..');
const CCCTL = join(ROOT, 'bin/ccctl');
const NODE = join(ROOT, 'node_modules/.bin/node');

/** A state directory with many Canonicals that have a status, written by the store itself. */
async function fill(root: string, size: number): Promise<string> {
  const [specs, state] = [join(root, 'specs'), join(root, 'state')];
  mkdirSync(specs, { recursive: true });
  await writeMarker(specs, 'bench');
  for (let index = 0; index < size; index += 1) {
    const name = `r${String(index).padStart(5, '0')}`;
    const spec = `{ suspend: true, app: { recipe: ${name} } }`;
    writeFileSync(
      join(specs, `${name}.yaml`),
      `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: ${name} }\nspec: ${spec}\n`,
    );
  }
  const store = await FileStore.open({
    stateDirectory: state,
    specDirectory: specs,
    instanceId: 'bench',
    build: buildOf(),
    graceMs: 30_000,
    clock: systemClock,
    log: silentLog,
    onChange: () => {},
    owns: () => false,
  });
  await store.sync();
  for (const { kind, name } of store.list()) await store.projectStatus({ kind, name }, statusOf());
  await systemClock.sleep(REST_MS);
  await store.stop();
  return state;
}

/** Of the programs that were built: `ccctl` takes lists of its own build only. */
function buildOf(): string {
  return readFileSync(join(ROOT, 'dist/inputs.sha256'), 'utf8');
}

function statusOf(): Record<string, unknown> {
  const lastTransitionTime = toTime(systemClock.now());
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: 'This object is at rest, as its file says.',
    lastTransitionTime,
    observedGeneration: 1,
  });
  const conditions = [condition('Accepted', 'True', 'Accepted'), condition('Ready', 'False', 'Suspended')];
  return { observedGeneration: 1, conditions, volumes: { state: 'Absent' } };
}

/** The heartbeat of a controller that lives: this process stands in for it. */
function heartbeat(state: string): void {
  const time = toTime(systemClock.now());
  const file = { specDirectory: '/none', stateDirectory: state, platform: 'Process', pid: process.pid };
  writeFileSync(
    join(state, 'controller.json'),
    JSON.stringify({ ...file, heartbeat: time, version: '0', startTime: time }),
  );
}

/** Milliseconds of CPU that a run of the command takes with all of its children: the median of many. */
function cpuMs(command: string, argv: readonly string[]): number {
  return median(Array.from({ length: TRIES }, () => cpuMsOnce([command, ...argv])));
}

/** Bash tells the time of its children in milliseconds; what the kernel tells of ended children are hundredths of a second. */
function cpuMsOnce(argv: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@"';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...argv], {
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
  });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  const [user, system] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) * 1_000;
}

const COMMANDS = [
  ['get', 'canonicals'],
  ['get', 'all'],
  ['get', 'canonicals', '-o', 'name'],
  ['get', 'canonicals', '-o', 'wide'],
];

async function report(size: number, bare: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'ccci-bench-get-'));
  try {
    const state = await fill(root, size);
    for (const words of COMMANDS) {
      heartbeat(state);
      const more = cpuMs(CCCTL, [...words, '--state-directory', state]) - bare;
      const wanted = words.includes('wide') ? undefined : WANTED.get(size);
      const beside = wanted === undefined ? '' : ` (wanted: at most ${wanted})`;
      console.log(`ccctl ${words.join(' ')} of ${size}: ${more.toFixed(0)} ms more${beside}`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const sizes = process.argv.slice(2).map(Number);
const bare = cpuMs(NODE, ['--eval', '0']);
console.log(`bare node: ${bare.toFixed(0)} ms of CPU`);
console.log(`ccctl version: ${(cpuMs(CCCTL, ['version']) - bare).toFixed(0)} ms more`);
for (const size of sizes.length > 0 ? sizes : DEFAULT_SIZES) await report(size, bare);
