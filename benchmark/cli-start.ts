/**
 * What `ccctl get` costs in CPU beside a bare node: user and system time, means, beside a controller that lives.
 * `npm run bench:get -- [objects]`. Run `npm run build` first: what is measured is the program as it is shipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, toTime } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { writeMarker } from '../lib/store/directory-guard.ts';
import { FileStore } from '../lib/store/file-store.ts';

const MANY = Number(process.argv[2] ?? 1_000);
const TRIES = 20;
const ROOT = join(import.meta.dirname, '..');
const CCCTL = join(ROOT, 'bin/ccctl');
const NODE = join(ROOT, 'node_modules/.bin/node');

/** A state directory with many Canonicals that have a status, written by the store itself. */
async function fill(root: string): Promise<string> {
  const [specs, state] = [join(root, 'specs'), join(root, 'state')];
  mkdirSync(specs);
  await writeMarker(specs, 'bench');
  for (let index = 0; index < MANY; index += 1) {
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
    graceMs: 30_000,
    clock: systemClock,
    log: silentLog,
    onChange: () => {},
    owns: () => false,
  });
  await store.sync();
  for (const { kind, name } of store.list()) await store.projectStatus({ kind, name }, statusOf());
  await store.stop();
  return state;
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

/** Milliseconds of CPU that a run of the command takes with all of its children: the mean of many. */
function cpuMs(state: string, command: string, argv: readonly string[]): number {
  heartbeat(state);
  const before = childrenMs();
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { status, stderr } = spawnSync(command, argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${command} ${argv.join(' ')}: ${stderr}`);
  }
  return (childrenMs() - before) / TRIES;
}

/** CPU of the children of this process that have ended: cutime and cstime of proc(5), in ticks of 10 ms. */
function childrenMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'ccci-bench-get-'));
  try {
    const state = await fill(root);
    const bare = cpuMs(state, NODE, ['--eval', '0']);
    console.log(`bare node: ${bare.toFixed(0)} ms of CPU`);
    for (const words of [['version'], ['get', 'canonicals'], ['get', 'canonicals', '-o', 'name']]) {
      const more = cpuMs(state, CCCTL, [...words, '--state-directory', state]) - bare;
      console.log(`ccctl ${words.join(' ')} of ${MANY}: ${more.toFixed(0)} ms more`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

await main();
