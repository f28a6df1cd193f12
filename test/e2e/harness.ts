import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CanonicalStatus, RunStatus } from '../../lib/api/generated/types.ts';
import { keyText, type ObjectKey } from '../../lib/api/kinds.ts';
import { systemClock } from '../../lib/clock.ts';
import { Cgroups } from '../../lib/exec/cgroups.ts';
import { endProcesses } from '../../lib/exec/processes.ts';
import { readJson } from '../../lib/fs/durable.ts';
import { stackNameOf } from '../../lib/recipe/compose.ts';
import { type ReadObject, readOne } from '../../lib/store/reader.ts';
import type { Claim } from '../../lib/store/store.ts';
import { accountOf } from './account.ts';
import { leftoversOf, namesOf } from './leftovers.ts';
import { engineLeftovers, removeZone } from './swarm/engine-things.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const POLL_MS = 50;
/** Between two looks at all processes of the machine, or all things of an engine. */
const CLEAN_POLL_MS = 150;
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 30_000;
/** Below the kernel's own range of outgoing ports (32768 and up), different in every process and bench. */
const FIRST_PORT = 20_000;
const PORTS = 100;
const BLOCKS = 125;

/** What the controllers under test keep hold of their processes by; absent: this machine has none. */
export const CGROUPS: Cgroups | undefined = Cgroups.find().cgroups;

let benches = 0;
let built = false;

/** What a finished `ccctl` left. */
export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** How long something is waited for. */
export interface WaitOptions {
  /** Default a minute. */
  timeoutMs?: number;
  everyMs?: number;
  /** What changes while something happens: the time counts from its last change. A busy machine is slow, not stuck. */
  progress?: () => string;
}

export interface StartOptions {
  timeoutMs?: number;
  /** Default `debug`: a failure shows what went before. */
  logLevel?: 'info' | 'debug';
}

/** A real controller on a scratch directory, and `ccctl` beside it. Call {@link Bench.dispose} in `afterEach`/`after`. */
export class Bench {
  readonly root: string;
  readonly specs: string;
  readonly state: string;
  readonly config: string;
  /** Everything that any controller of this bench printed. */
  log = '';
  /** Everything that any `ccctl` of this bench printed. */
  cliOutput = '';
  /** Zone of the apps; where they are stacks, everything of this bench on the engine bears it. */
  readonly zone: string;
  /** Stacks that somebody else put beside those of this bench. */
  readonly strangers: string[] = [];
  /** What who starts the controller puts into its environment besides. */
  readonly serviceEnv: Record<string, string> = {};
  readonly #stacks: boolean;
  #child: ChildProcess | undefined;
  #ended: Promise<number> | undefined;
  readonly #clis = new Set<ChildProcess>();

  /** Writes `cc-ci.yaml`, below `directory`; `fields` are laid over defaults that suit tests. Starts nothing. */
  constructor(fields: Record<string, unknown> = {}, directory = tmpdir()) {
    buildOnce();
    this.root = mkdtempSync(join(directory, 'cc-ci-e2e-'));
    this.specs = join(this.root, 'specs');
    this.state = join(this.root, 'state');
    this.config = join(this.root, 'cc-ci.yaml');
    mkdirSync(this.specs);
    mkdirSync(join(this.root, 'home'));
    const first = FIRST_PORT + ((process.pid + 31 * benches) % BLOCKS) * PORTS;
    benches += 1;
    const config = {
      specDirectory: 'specs',
      stateDirectory: 'state',
      platform: 'Process',
      hostPorts: `${first}-${first + PORTS - 1}`,
      deletionGrace: '1s',
      ...fields,
    };
    this.zone = String(fields.zone ?? 'ci.localhost');
    this.#stacks = config.platform === 'Swarm' || config.platform === 'Abra';
    writeFileSync(this.config, JSON.stringify(config)); // JSON is YAML
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the controller is not started');
    return pid;
  }

  /** Waits until the controller has ended by itself; gives its exit code. */
  async ownEnd(): Promise<number> {
    const ended = this.#ended;
    if (ended === undefined) throw new Error('the controller is not started');
    const late = systemClock.after(STOP_TIMEOUT_MS, () => void this.#child?.kill('SIGKILL'));
    try {
      return await ended;
    } finally {
      late.cancel();
      this.#child = undefined;
    }
  }

  /** The controller was started and has ended by itself. */
  isDead(): boolean {
    return this.#child !== undefined && this.#child.exitCode !== null;
  }

  /** Starts the controller and waits until it reconciles. */
  async start({ timeoutMs = START_TIMEOUT_MS, logLevel = 'debug' }: StartOptions = {}): Promise<void> {
    const before = this.log.length;
    const child = this.#spawn('cc-controller', ['--log-level', logLevel]);
    this.#child = child;
    this.#ended = ending(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.log += chunk;
      });
    }
    await this.waitFor('the controller to start', () => this.log.slice(before).includes('controller started'), {
      timeoutMs,
    });
  }

  /** SIGUSR2, as `systemctl reload` sends it. */
  reload(): void {
    this.#child?.kill('SIGUSR2');
  }

  /** SIGTERM; gives the exit code. */
  stop(): Promise<number> {
    return this.#end('SIGTERM');
  }

  /** SIGHUP, as a terminal that is closed sends it; gives the exit code. */
  hangUp(): Promise<number> {
    return this.#end('SIGHUP');
  }

  /** SIGKILL to the controller alone: its children and apps live on. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** A controller that is expected to give up: waits for its end. */
  startAndFail(args: readonly string[] = []): Promise<CliResult> {
    return this.#finish(this.#spawn('cc-controller', args));
  }

  async ccctl(...args: readonly string[]): Promise<CliResult> {
    const result = await this.#finish(this.#spawn('ccctl', args));
    this.cliOutput += result.stdout + result.stderr;
    return result;
  }

  /** {@link Bench.ccctl}, which has to succeed; gives standard output. */
  async ok(...args: readonly string[]): Promise<string> {
    const result = await this.ccctl(...args);
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`ccctl ${args.join(' ')} ended with ${result.exitCode}: ${result.stderr}${result.stdout}`);
  }

  /** `ccctl get KIND/NAME -o json`. */
  async get(kind: ObjectKey['kind'], name: string): Promise<Record<string, never>> {
    return JSON.parse(await this.ok('get', `${kind}/${name}`, '-o', 'json'));
  }

  /** Writes a spec file, given as an object. */
  apply(kind: ObjectKey['kind'], name: string, spec: unknown): string {
    const path = join(this.specs, `${name}.${kind.toLowerCase()}.yaml`);
    writeFileSync(path, JSON.stringify({ apiVersion: 'cc-ci/v1', kind, metadata: { name }, spec }, undefined, 2));
    return path;
  }

  object(kind: ObjectKey['kind'], name: string): Promise<ReadObject | undefined> {
    return readOne({ stateDirectory: this.state }, { kind, name });
  }

  async runStatus(name: string): Promise<RunStatus> {
    return ((await this.object('Run', name))?.status ?? {}) as unknown as RunStatus;
  }

  async canonicalStatus(name: string): Promise<CanonicalStatus> {
    return ((await this.object('Canonical', name))?.status ?? {}) as unknown as CanonicalStatus;
  }

  /** Polls until `look` gives something truthy, which is returned. Fails early when the controller has ended by itself. */
  async waitFor<T>(
    what: string,
    look: () => T | Promise<T>,
    { timeoutMs = 60_000, everyMs = POLL_MS, progress }: WaitOptions = {},
  ): Promise<NonNullable<T>> {
    let startedMs = systemClock.monotonicMs();
    let seen = progress?.();
    for (;;) {
      const found = await look();
      if (found) return found;
      const now = progress?.();
      if (now !== seen) startedMs = systemClock.monotonicMs();
      seen = now;
      const elapsed = systemClock.monotonicMs() - startedMs;
      if (this.#child && this.#child.exitCode !== null)
        throw await this.#fault(`the controller ended, waiting for ${what}`);
      if (elapsed > timeoutMs) throw await this.#fault(`${what}: not within ${timeoutMs} ms`);
      await systemClock.sleep(everyMs);
    }
  }

  /** Waits until `Succeeded` has left Unknown; gives the status. Given up once nothing of the run has moved for so long. */
  waitOver(run: string, timeoutMs = 60_000): Promise<RunStatus> {
    let shown = '';
    const look = async (): Promise<RunStatus | undefined> => {
      const status = await this.runStatus(run);
      shown = JSON.stringify(status);
      const state = conditionOf(status, 'Succeeded')?.status;
      return state === 'True' || state === 'False' ? status : undefined;
    };
    return this.waitFor(`Run/${run} to end`, look, { timeoutMs, progress: () => shown });
  }

  /** Waits until that condition has that status; gives the whole status. */
  waitCondition(key: ObjectKey, type: string, wanted: string, timeoutMs = 60_000): Promise<ReadObject> {
    const look = async (): Promise<ReadObject | undefined> => {
      const found = await this.object(key.kind, key.name);
      return conditionOf(found?.status ?? {}, type)?.status === wanted ? found : undefined;
    };
    return this.waitFor(`${keyText(key)} to have ${type}=${wanted}`, look, { timeoutMs });
  }

  /**
   * What should not be there when no run is under way: processes, claims, ports, app directories and what an engine
   * holds, but for those of canonicals; `known` are domains that may stay. Nothing is an empty list.
   */
  async leftovers(known: readonly string[] = []): Promise<string[]> {
    const claims = await this.claims();
    const left = await leftoversOf({
      state: this.state,
      instanceId: await this.instanceId(),
      cgroups: CGROUPS,
      claims,
      known,
    });
    if (!this.#stacks) return left;
    const kept = claims.filter(({ kind }) => kind === 'Canonical').map(({ domain }) => domain);
    const own = [...known, ...kept].map(stackNameOf);
    return [...left, ...(await engineLeftovers({ zone: this.zone, own, strangers: this.strangers }))];
  }

  /** Waits until {@link Bench.leftovers} is empty; the error names what is left. */
  async waitClean(known: readonly string[] = [], timeoutMs = 20_000): Promise<void> {
    let left: string[] = [];
    const look = async (): Promise<boolean> => {
      left = await this.leftovers(known);
      return left.length === 0;
    };
    await this.waitFor('nothing to be left', look, { timeoutMs, everyMs: CLEAN_POLL_MS }).catch((error: Error) => {
      throw new Error(`${error.message}\nleft: ${left.join('; ')}`);
    });
  }

  async claims(): Promise<Claim[]> {
    const directory = join(this.state, 'claims');
    const names = namesOf(directory).filter((name) => name.endsWith('.json'));
    const claims = await Promise.all(names.map((name) => readJson<Claim>(join(directory, name))));
    return claims.filter((claim) => claim !== undefined);
  }

  async instanceId(): Promise<string> {
    const instance = await readJson<{ instanceId: string }>(join(this.state, 'instance.json'));
    return instance?.instanceId ?? 'no-instance-yet';
  }

  /** Ends everything by id and removes the directory; for `after` hooks, also after a failure. */
  async dispose(): Promise<void> {
    for (const cli of this.#clis) cli.kill('SIGKILL');
    await this.#end('SIGKILL');
    await endProcesses({ prefix: `${await this.instanceId()}/`, cgroups: CGROUPS, graceMs: 0, clock: systemClock });
    if (this.#stacks) await removeZone(this.zone);
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }

  async #end(signal: NodeJS.Signals): Promise<number> {
    const [child, ended] = [this.#child, this.#ended];
    if (child === undefined || ended === undefined) return 0;
    this.#child = undefined;
    child.kill(signal);
    const late = systemClock.after(STOP_TIMEOUT_MS, () => void child.kill('SIGKILL'));
    try {
      return await ended;
    } finally {
      late.cancel();
    }
  }

  #spawn(name: string, args: readonly string[]): ChildProcess {
    const service = name === 'cc-controller' ? this.serviceEnv : {};
    return spawn(join(ROOT, 'bin', name), args, {
      cwd: this.root,
      env: {
        ...service,
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        HOME: join(this.root, 'home'),
        CC_CI_CONFIG: this.config,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async #finish(child: ChildProcess): Promise<CliResult> {
    this.#clis.add(child);
    const result: CliResult = { exitCode: -1, stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        result[name] += chunk;
      });
    }
    result.exitCode = await ending(child);
    this.#clis.delete(child);
    return result;
  }

  async #fault(message: string): Promise<Error> {
    const log = this.log.split('\n').slice(-25).join('\n');
    return new Error(
      `${message}\n--- objects\n${await accountOf(this.state)}\n--- end of the controller's log\n${log}`,
    );
  }
}

/** The condition of that type, from any status. */
export function conditionOf(
  status: object,
  type: string,
): { status: string; reason: string; message: string } | undefined {
  const { conditions = [] } = status as {
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
  return conditions.find((one) => one.type === type);
}

/** The exit code; 128 where a signal ended it. */
function ending(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
}

/** The programs under test are those of the sources as they are now; unchanged ones are not built again. */
export function buildOnce(): void {
  if (built) return;
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { cwd: ROOT, env, stdio: 'inherit' });
  built = true;
}
