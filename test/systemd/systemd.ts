import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCgroup, removeCgroup } from '../faults/bench/cgroup.ts';
import { isThere } from '../stores/servers.ts';

const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find((path) => existsSync(path));
const ENTER = ['--mount', '--pid', '--cgroup', '--ipc', '--uts', '--fork', '--mount-proc', '--kill-child'];

/** What is missing for a systemd of the tests' own; undefined: nothing is. */
export function whyNoSystemd(): string | undefined {
  const missing = ['systemd-notify', 'systemctl', 'perl', 'nsenter'].filter((tool) => !isThere(tool));
  if (missing.length > 0 || SYSTEMD === undefined) return `missing: ${[...missing, 'systemd'].join(', ')}`;
  if (process.getuid?.() !== 0) return 'a systemd of its own needs root';
  if (spawnSync('unshare', [...ENTER, 'true']).status !== 0) return 'this machine forbids namespaces';
  const cgroup = makeCgroup();
  if (cgroup === undefined) return 'cgroup version 2 is not mounted, or cannot be written to';
  removeCgroup(cgroup);
  return undefined;
}

/** Alone in its namespace it sees its own cgroup as the whole hierarchy, and none of the host's units. */
const BOOT = `
mount --make-rprivate /
umount -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup || exit 9
mount -t tmpfs tmpfs /run
exec "$@" --system --unit=test.target --show-status=no --log-target=console
`;

/** A real systemd as the first process of namespaces of its own, with no units but those given. Ends with {@link stop}. */
export class Systemd {
  readonly #child: ChildProcess;
  readonly #cgroup: string;
  #log = '';

  private constructor(child: ChildProcess, cgroup: string) {
    this.#child = child;
    this.#cgroup = cgroup;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk;
      });
  }

  /** @param units content by file name; what `test.target` wants is started. */
  static start(directory: string, units: Readonly<Record<string, string>>): Systemd {
    const own = join(directory, 'units');
    mkdirSync(own);
    const empty = ['sysinit', 'basic', 'shutdown', 'exit'].map((name) => [`${name}.target`, '[Unit]\n']);
    for (const [name = '', text = ''] of [...empty, ...Object.entries(units)]) writeFileSync(join(own, name), text);
    const cgroup = makeCgroup();
    if (cgroup === undefined || SYSTEMD === undefined) throw new Error(`no systemd: ${whyNoSystemd()}`);
    const inCgroup = ['sh', '-c', `echo $$ >'${cgroup}/cgroup.procs'; exec "$@"`, 'sh'];
    const words = [...inCgroup, 'unshare', ...ENTER, 'sh', '-c', BOOT, 'sh', SYSTEMD];
    const env = { PATH: process.env.PATH, container: 'other', SYSTEMD_UNIT_PATH: own };
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return new Systemd(spawn('setpriv', ['--pdeathsig', 'KILL', ...words], { env, stdio: [...stdio] }), cgroup);
  }

  /** Runs a program beside it. @throws what `execFileSync` does, with its output. */
  run(...argv: readonly string[]): string {
    const pid = this.#first();
    if (pid === undefined) throw new Error(`systemd does not run: ${this.#log}`);
    const enter = ['-t', String(pid), '-m', '-p', '-C', '-i', '-u'];
    return execFileSync('nsenter', [...enter, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A property of a unit; undefined while systemd does not answer. */
  property(unit: string, name: string): string | undefined {
    try {
      return this.run('systemctl', 'show', unit, '-p', name, '--value').trim();
    } catch {
      return undefined;
    }
  }

  /** Ends it with everything in its namespaces, of which it is the first process: `unshare` ends once all of that has. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'close');
      const first = this.#first();
      if (first === undefined) this.#child.kill('SIGKILL');
      else process.kill(first, 'SIGKILL');
      await ended;
    }
    removeCgroup(this.#cgroup);
  }

  /** The child of `unshare` as the host calls it. */
  #first(): number | undefined {
    const of = this.#child.pid;
    const entry = readdirSync('/proc').find((name) => /^\d+$/.test(name) && parentOf(name) === of);
    return entry === undefined ? undefined : Number(entry);
  }
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}
