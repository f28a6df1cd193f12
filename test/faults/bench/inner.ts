/** Runs in the namespaces of one point: mounts, lays out, runs, keeps what is to be kept. Argument: {@link InnerTask}. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Point } from '../matrix/point.ts';
import type { End } from '../reader/verdict.ts';
import { cgroupMount } from './cgroup.ts';
import { PLACE } from './place.ts';
import { type PointResult, runPoint } from './run-point.ts';
import { SCENARIO } from './scenarios.ts';

export interface InnerTask {
  point: Point;
  library: string;
  /** The end of `enrol`, for scenarios that start from it. */
  enrolled: string;
  /** Gets `result.json`, `trace` and `log`; exists. */
  output: string;
  /** Where the whole place is kept: after it ended wrong, or always. */
  keep: 'Wrong' | 'Always';
  record: boolean;
  /** What a power cut left of the specs and the state, and the place otherwise; instead of the scenario's own layout. */
  cut?: { tree: string; place: string };
  wanted?: End;
}

const copy = (from: string, to: string): void => {
  execFileSync('cp', ['-a', '--', `${from}/.`, to]);
};

function layOut({ point, enrolled, cut }: InnerTask): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512m,mode=0755', 'cc-ci-faults', PLACE]);
  const cgroups = cgroupMount();
  if (cgroups !== undefined) {
    execFileSync('umount', ['--lazy', cgroups]);
    execFileSync('mount', ['-t', 'cgroup2', 'cc-ci-faults', cgroups]);
  }
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  if (cut !== undefined) layOutCut(cut);
  else {
    if (SCENARIO[point.scenario].from === 'Enrolled') copy(enrolled, PLACE);
    SCENARIO[point.scenario].before();
  }
}

/** After a power cut the machine has started anew: another boot, nothing runs. */
function layOutCut({ tree, place }: { tree: string; place: string }): void {
  copy(place, PLACE);
  for (const name of ['specs', 'state']) rmSync(join(PLACE, name), { recursive: true, force: true });
  copy(tree, PLACE);
  writeFileSync(join(PLACE, 'boot-id'), `${randomUUID()}\n`);
  execFileSync('mount', ['--bind', join(PLACE, 'boot-id'), '/proc/sys/kernel/random/boot_id']);
}

function keepPlace(output: string): void {
  mkdirSync(join(output, 'place'), { recursive: true });
  copy(PLACE, join(output, 'place'));
}

const task = JSON.parse(process.argv[2] ?? '{}') as InnerTask;
const { output, point, library, wanted } = task;
layOut(task);
if (task.record) {
  mkdirSync(join(output, 'before'), { recursive: true });
  cpSync(PLACE, join(output, 'before'), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
const shim = { library, trace: join(output, 'trace'), ...(task.record ? { record: join(output, 'record') } : {}) };
const result: PointResult = await runPoint({ point, shim, log: join(output, 'log'), ...(wanted ? { wanted } : {}) });
if (task.keep === 'Always' || result.result === 'Wrong') keepPlace(output);
if (!existsSync(shim.trace)) throw new Error('the shim counted nothing');
writeFileSync(join(output, 'result.json'), JSON.stringify(result));
process.exit(0);
