import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../lib/clock.ts';
import { Cgroups } from '../../lib/exec/cgroups.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import { endProcesses } from '../../lib/exec/processes.ts';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Status {
  conditions?: { type: string; status: string; reason: string; message: string }[];
  [field: string]: unknown;
}

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Says what comes next. */
export function say(text: string): void {
  process.stdout.write(`\n\u2022 ${text}\n`);
}

/** The status of the condition of that type, or `absent`. */
export function condition(status: Status, type: string): string {
  return status.conditions?.find((one) => one.type === type)?.status ?? 'absent';
}

/** Resolves once the child is gone. */
export const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve()),
  );

/** Where a demo takes place: a scratch directory with a real controller, `ccctl` beside it, and what was claimed. */
export class DemoStage {
  readonly scratch: string;
  readonly env: Record<string, string>;
  readonly claims: string[] = [];
  readonly #detached: boolean;
  controller: ChildProcess | undefined;

  /** @param options.detached the controller outlives this process. */
  constructor(scratch: string, options: { detached: boolean }) {
    this.scratch = scratch;
    this.#detached = options.detached;
    this.env = {
      ...(process.env as Record<string, string>),
      CC_CI_CONFIG: this.path('cc-ci.yaml'),
      PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    };
  }

  path(...names: string[]): string {
    return join(this.scratch, ...names);
  }

  /** An empty spec directory and a configuration; recipes are found by name below `recipes`. */
  async configure(fields: Record<string, unknown> = {}): Promise<void> {
    await mkdir(this.path('specs'));
    const recipeSource = this.path('recipes', '{recipe}');
    const config = { specDirectory: 'specs', stateDirectory: 'state', platform: 'Process', recipeSource, ...fields };
    writeFileSync(this.path('cc-ci.yaml'), JSON.stringify(config)); // JSON is YAML
  }

  /** States what has to be true; the demo ends at the first that is not. */
  claim(text: string, holds: boolean): void {
    if (!holds) throw new Error(`this should hold, and does not: ${text}`);
    this.claims.push(text);
    process.stdout.write(`  ok: ${text}\n`);
  }

  async run(...argv: [string, ...string[]]): Promise<Said> {
    const { exitCode, stdout, stderr } = await commandRunner.run({
      argv,
      cwd: this.scratch,
      env: this.env,
      timeoutMs: 330_000,
    });
    return { code: exitCode, stdout, stderr };
  }

  ccctl(...args: string[]): Promise<Said> {
    return this.run(join(ROOT, 'bin/ccctl'), ...args);
  }

  async show(...args: string[]): Promise<void> {
    process.stdout.write(`  $ ccctl ${args.join(' ')}\n`);
    const { stdout } = await this.ccctl(...args);
    process.stdout.write(stdout.replace(/^(?=.)/gm, '    '));
  }

  async statusOf(target: string): Promise<Status> {
    const { code, stdout } = await this.ccctl('get', target, '-o', 'json');
    return code === 0 ? ((JSON.parse(stdout) as { status?: Status }).status ?? {}) : {};
  }

  async until(what: string, holds: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
    for (const started = Date.now(); Date.now() - started < limitMs; ) {
      if (await holds()) return;
      await systemClock.sleep(150);
    }
    throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
  }

  /** Starts the controller and waits for its record: that of one that was killed outlives it. */
  async start(): Promise<void> {
    const log = openSync(this.path('controller.log'), 'a');
    const stdio = ['ignore', log, log] as const;
    const options = { cwd: this.scratch, env: this.env, stdio: [...stdio], detached: this.#detached };
    const child = spawn(join(ROOT, 'bin/cc-controller'), [], options);
    this.controller = child;
    const file = this.path('state', 'controller.json');
    const isThere = (): boolean =>
      existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid === child.pid;
    await this.until('the controller to start', async () => isThere(), 20_000);
  }

  /** Ends the controller, if it runs. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { controller } = this;
    if (controller === undefined || controller.exitCode !== null || controller.signalCode !== null) return;
    controller.kill(signal);
    await ended(controller);
  }

  instanceId(): string {
    const text = readFileSync(this.path('state', 'instance.json'), 'utf8');
    return (JSON.parse(text) as { instanceId: string }).instanceId;
  }

  /** The end of what the controller said. */
  lastWords(): string {
    const file = this.path('controller.log');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-30).join('\n') : '';
  }

  /** Ends everything by its token and removes the directory. */
  async cleanUp(): Promise<void> {
    await this.end('SIGKILL');
    if (existsSync(this.path('state', 'instance.json'))) {
      const { cgroups } = Cgroups.find();
      await endProcesses({ prefix: `${this.instanceId()}/`, cgroups, graceMs: 2_000, clock: systemClock });
    }
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
