// `systemctl start|stop|enable --now|daemon-reload`, for the one unit of the operator's path, without systemd.
import { spawn } from 'node:child_process';
import { existsSync, globSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { systemClock } from '../../../lib/clock.ts';
import { readUnit } from '../../rig/unit-file.ts';
import { commandOf } from '../../rig/unit-stand-in.ts';

const UNIT = '/usr/lib/systemd/system/cc-ci.service';
const DROP_INS = '/etc/systemd/system/cc-ci.service.d/*.conf';
const LOG = '/run/cc-ci.log';
const PID = '/run/cc-ci.pid';
const LIMIT_MS = 60_000;

async function start(): Promise<void> {
  const [program = '', ...args] = commandOf({ unit: readUnit(UNIT, ...globSync(DROP_INS).toSorted()) });
  writeFileSync(LOG, '');
  const log = openSync(LOG, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], env: {}, detached: true });
  child.unref();
  writeFileSync(PID, String(child.pid));
  const isReady = (): boolean => readFileSync(LOG, 'utf8').includes('controller started');
  await until(() => isReady() || child.exitCode !== null);
  if (!isReady()) throw new Error(readFileSync(LOG, 'utf8'));
}

async function stop(): Promise<void> {
  const pid = readFileSync(PID, 'utf8');
  process.kill(Number(pid), 'SIGTERM');
  await until(() => !isAlive(pid));
}

/** Whoever ended, and whom nobody has asked about, is still listed. */
function isAlive(pid: string): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'utf8'));
}

async function until(look: () => boolean): Promise<void> {
  const end = systemClock.monotonicMs() + LIMIT_MS;
  while (!look()) {
    if (systemClock.monotonicMs() > end) throw new Error(`not in time:\n${readFileSync(LOG, 'utf8')}`);
    await systemClock.sleep(50);
  }
}

const [verb, ...rest] = process.argv.slice(2);
if (verb === 'start' || (verb === 'enable' && rest.includes('--now'))) await start();
else if (verb === 'stop') await stop();
else if (verb !== 'daemon-reload') throw new Error(`this systemctl does not know ${verb ?? 'nothing'}`);
