import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../../../lib/exec/process-identity.ts';
import { startEngine, type TestEngine } from '../../../scripts/engine.ts';

const PATH = process.env.PATH ?? '/usr/bin:/bin';
const PID_FILE = 'dockerd.pid';
const READY_MS = 60_000;
const POLL_MS = 200;

/** An engine of a test's own, whose dockerd can be taken away and brought back; what it runs is not reached by ports. */
export class OwnEngine {
  readonly socketPath: string;
  readonly #engine: TestEngine;
  readonly #daemon: { argv: string[]; env: Record<string, string> };

  constructor(engine: TestEngine) {
    this.#engine = engine;
    this.socketPath = engine.socketPath;
    const pid = this.#pid();
    const env = texts(`/proc/${pid}/environ`).map((line): [string, string] => {
      const [name = ''] = line.split('=');
      return [name, line.slice(name.length + 1)];
    });
    this.#daemon = { argv: [...engine.enter, ...texts(`/proc/${pid}/cmdline`)], env: Object.fromEntries(env) };
  }

  static async start(): Promise<OwnEngine> {
    return new OwnEngine(await startEngine({ runner: commandRunner, path: PATH }));
  }

  /** Ends dockerd and waits until it is gone. Containers survive SIGKILL, as on a host. */
  async take(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon: ProcessIdentity = await identityOf(this.#pid());
    process.kill(daemon.pid, signal);
    await until(async () => !(await isAlive(daemon)), 'dockerd to end');
  }

  /** Starts dockerd on what the one before left; resolves when its swarm has a leader. */
  async bringBack(): Promise<void> {
    const [program = '', ...args] = this.#daemon.argv;
    const directory = dirname(this.socketPath);
    // It names a process that was killed, and is believed as long as any process has that number.
    rmSync(join(directory, PID_FILE), { force: true });
    const log = openSync(join(directory, 'dockerd.log'), 'a');
    const stdio = ['ignore', log, log] as const;
    spawn(program, args, { cwd: '/', env: this.#daemon.env, detached: true, stdio: [...stdio] }).unref();
    closeSync(log);
    await until(() => this.#answers(), 'dockerd to answer');
  }

  stop(): Promise<void> {
    return this.#engine.stop();
  }

  #pid(): number {
    return Number(readFileSync(join(dirname(this.socketPath), PID_FILE), 'utf8'));
  }

  #answers(): boolean {
    const env = { PATH, HOME: dirname(this.socketPath), DOCKER_HOST: `unix://${this.socketPath}` };
    try {
      return execFileSync('docker', ['node', 'ls', '--quiet'], { env, stdio: ['ignore', 'pipe', 'ignore'] }).length > 0;
    } catch {
      return false;
    }
  }
}

async function until(look: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const started = systemClock.monotonicMs();
  while (!(await look())) {
    if (systemClock.monotonicMs() - started > READY_MS) throw new Error(`waited for ${what} in vain`);
    await systemClock.sleep(POLL_MS);
  }
}

/** Texts of a file of /proc that ends each with a zero byte. */
function texts(path: string): string[] {
  return readFileSync(path, 'utf8').split('\0').slice(0, -1);
}
