import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { systemClock } from '../../lib/clock.ts';
import { settingOf, type UnitSettings, wordsOf } from './unit-file.ts';

const POLL_MS = 50;
const START_MS = 60_000;
const MS_PER_S = 1000;
/** What systemd gives to every service. Source: systemd.exec(5), "Environment Variables in Spawned Processes". */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';

export interface UnitStandInOptions {
  unit: UnitSettings;
  /** Argv before the command: where the unit lives, such as `chroot DIRECTORY`. Default: here. */
  enter?: readonly string[];
  /** Laid over the environment of the unit. */
  env?: Readonly<Record<string, string>>;
  /** Begins of paths in the unit that lie elsewhere here: `{ '/usr/bin': '/home/a/cc-ci/bin' }`. */
  places?: Readonly<Record<string, string>>;
  /** `OfUnit`: User, Group and HOME are those of the unit. `Own`: of whoever runs the tests. Default `OfUnit`. */
  user?: 'OfUnit' | 'Own';
  /** Printed by the program when it is ready; stands for READY=1. Default: what the controller logs. */
  ready?: string;
}

/**
 * Starts a service as its unit says, where no systemd runs: command, user, directory, environment, umask, start, stop
 * and reload. Of the sandbox, of cgroups and of the protocol of notifications it knows nothing. Call {@link UnitStandIn.dispose}.
 */
export class UnitStandIn {
  /** Everything that the service has printed. */
  log = '';
  readonly #options: UnitStandInOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<number> | undefined;
  #mainPid: string | undefined;

  constructor(options: UnitStandInOptions) {
    this.#options = options;
  }

  /** `systemctl is-active`. */
  get isActive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its process, by the number that it has where it lives; undefined where it was never started. */
  get mainPid(): string | undefined {
    return this.#mainPid;
  }

  /** `systemctl start`: waits until the service is ready. Does nothing where it is active. @throws Error with its log. */
  async start(): Promise<void> {
    if (this.isActive) return;
    const [program = '', ...args] = commandOf(this.#options);
    const before = this.log.length;
    // Without a group of its own it would get the signals that are meant for the tests.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {}, detached: true });
    this.#child = child;
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 128));
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.log += chunk;
      });
    const ready = this.#options.ready ?? 'controller started';
    this.#mainPid = undefined;
    await this.#waitFor('ready', () => {
      this.#mainPid ??= /^MAINPID=(\d+)$/m.exec(this.log.slice(before))?.[1];
      return this.log.slice(before).includes(ready);
    });
  }

  /** `systemctl stop` with `KillMode=process`: SIGTERM to the service alone. @returns its exit code. */
  async stop(): Promise<number> {
    const ended = this.#ended;
    if (ended === undefined) return 0;
    this.#signal('TERM');
    const limitMs = Number(settingOf(this.#options.unit, 'Service.TimeoutStopSec') ?? 90) * MS_PER_S;
    const late = systemClock.after(limitMs, () => this.#signal('KILL'));
    try {
      return await ended;
    } finally {
      late.cancel();
    }
  }

  /** `systemctl restart`. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** `systemctl try-restart`: as packages do it. */
  async tryRestart(): Promise<void> {
    if (this.isActive) await this.restart();
  }

  /** `systemctl reload`: the signal of ExecReload. */
  reload(): void {
    const signal = /kill -(\w+) \$MAINPID/.exec(settingOf(this.#options.unit, 'Service.ExecReload') ?? '')?.[1];
    if (signal === undefined) throw new Error('the unit has no ExecReload that sends a signal');
    this.#signal(signal);
  }

  /** SIGKILL to the service alone, for `after` hooks. What it started lives on. */
  async dispose(): Promise<void> {
    this.#signal('KILL');
    await this.#ended?.catch(() => undefined);
  }

  /** To the service itself, by the pid that it has where it lives; one that is gone is no error. */
  #signal(name: string): void {
    if (!this.isActive || this.#mainPid === undefined) return;
    const [program = '', ...args] = [...(this.#options.enter ?? []), 'sh', '-c', 'kill -"$0" "$1"'];
    spawnSync(program, [...args, name, this.#mainPid]);
  }

  async #waitFor(what: string, look: () => boolean): Promise<void> {
    const until = systemClock.monotonicMs() + START_MS;
    while (!look()) {
      if (!this.isActive) throw new Error(`the service ended instead of being ${what}:\n${this.log}`);
      if (systemClock.monotonicMs() > until) throw new Error(`the service was not ${what} in time:\n${this.log}`);
      await systemClock.sleep(POLL_MS);
    }
  }
}

/**
 * The command with which a service of this unit comes to life. Pure. The pid stays that of the service: every program
 * on the way makes itself the next one.
 */
export function commandOf({ unit, enter = [], env = {}, places = {}, user = 'OfUnit' }: UnitStandInOptions): string[] {
  const here = (word: string): string => {
    const place = Object.keys(places).find((one) => word === one || word.startsWith(`${one}/`));
    return place === undefined ? word : `${places[place]}${word.slice(place.length)}`;
  };
  const [name, group] = [settingOf(unit, 'Service.User'), settingOf(unit, 'Service.Group')];
  const asUser = user === 'Own' || name === undefined ? [] : becoming(name, group ?? name);
  const home = settingOf(unit, 'Service.WorkingDirectory') ?? '/';
  const assignments = (unit.get('Service.Environment') ?? []).flatMap(wordsOf);
  const own = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
  const variables = [`PATH=${PATH}`, 'LANG=C.UTF-8', `HOME=${here(home)}`, ...assignments, ...own];
  const umask = settingOf(unit, 'Service.UMask') ?? '0022';
  const inShell = ['sh', '-c', 'echo "MAINPID=$$" && umask "$0" && cd "$1" && shift && exec "$@"', umask, here(home)];
  const start = wordsOf(unit.get('Service.ExecStart')?.[0] ?? '').map(here);
  return [...enter, ...asUser, '/usr/bin/env', '-i', ...variables, ...inShell, ...start];
}

function becoming(user: string, group: string): string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--init-groups', '--'];
}
