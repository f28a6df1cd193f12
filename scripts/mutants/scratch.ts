import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** How a command in the scratch tree ended. */
export interface Ended {
  /** undefined: it was ended at its limit. */
  code: number | undefined;
  output: string;
  ms: number;
}

export interface Bounds {
  limitMs: number;
  /** Laid over the environment. */
  env?: Readonly<Record<string, string>>;
}

/** Characters; each fault that the compiler refuses is a line of them. */
const KEPT_OUTPUT = 200_000;
/**
 * What a fault makes of "end all of that app" or "remove that tree" must not reach the machine: tests see their own
 * processes alone, and of its files, on every file system but the kernel's own, they may change only the copy ($1) and what
 * the tests compile ($2).
 */
const ENCLOSED = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
const ENTER = `for place in "$1" "$2"; do mount --bind "$place" "$place" || exit; done
while read -r _ at type _; do
  case $type in proc|sysfs|cgroup*|dev*|mqueue|nsfs|*fusectl|debugfs|tracefs|securityfs|configfs|pstore|bpf|binfmt_misc) continue ;; esac
  at=$(printf %b "$at")
  [ "$at" = "$1" ] || [ "$at" = "$2" ] || mount -o remount,bind,ro "$at" || [ ! -w "$at" ] || exit
done < /proc/self/mounts
cd "$3" && shift 3 && "$@"
exit $?`;
/** Rounds in which processes that were left are looked for: each may have started another. */
const SWEEPS = 5;

/** A copy of the project in which files are replaced and tests run. Nothing of it lives on once it is closed. */
export class Scratch {
  readonly root: string;
  readonly #top: string;
  readonly #temp: string;

  /** Copies what git knows of `project`, as it is in the work tree; dependencies and what is built are linked. */
  constructor(project: string) {
    // Short: paths of sockets are bounded.
    this.#top = mkdtempSync(join(tmpdir(), 'ccm-'));
    // Some tests start programs as somebody else, who must get here.
    chmodSync(this.#top, 0o755);
    this.root = join(this.#top, 'p');
    this.#temp = join(this.#top, 't');
    mkdirSync(this.#temp);
    try {
      this.#copy(project);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #copy(project: string): void {
    const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: project });
    for (const path of listed.stdout.toString('utf8').split('\0').filter(Boolean)) {
      // Absent: removed since, and git does not know it yet.
      if (lstatSync(join(project, path), { throwIfNoEntry: false }) === undefined) continue;
      cpSync(join(project, path), join(this.root, path), { verbatimSymlinks: true, recursive: true });
    }
    for (const name of ['node_modules', 'dist']) symlinkSync(join(project, name), join(this.root, name));
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), text);
  }

  /** Runs a program of the project's dependencies to its end or its limit, and ends whatever it leaves. Never rejects. */
  async run([program, ...args]: readonly [string, ...string[]], { limitMs, env = {} }: Bounds): Promise<Ended> {
    const bin = join(this.root, 'node_modules/.bin');
    const path = `${bin}${delimiter}${process.env.PATH ?? ''}`;
    const started = performance.now();
    const [first, ...rest] = [...this.#enclosure(), join(bin, program), ...args] as [string, ...string[]];
    const child = spawn(first, rest, {
      cwd: this.root,
      // A group of its own, which is ended as a whole.
      detached: true,
      env: { ...process.env, ...env, PATH: path, TMPDIR: this.#temp, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
      });
    }
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup(child.pid);
    }, limitMs);
    const code = await new Promise<number>((resolve) => {
      child.once('error', () => resolve(1));
      child.once('exit', (status) => resolve(status ?? 1));
    });
    clearTimeout(timer);
    this.#sweep(child.pid);
    return { code: isLate ? undefined : code, output, ms: Math.round(performance.now() - started) };
  }

  /** Argv before a command that runs on a fault. Who is not root can harm only what is theirs. */
  #enclosure(): string[] {
    if (process.getuid?.() !== 0) return [];
    const cache = join(this.root, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    return ['unshare', ...ENCLOSED, 'sh', '-c', ENTER, 'sh', this.#top, cache, this.root];
  }

  /** Ends what lives on, by pid, and empties the directory for temporary files. */
  #sweep(group: number | undefined): void {
    endGroup(group);
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const left = processesOf(this.#top);
      if (left.length === 0) break;
      for (const pid of left) end(pid);
    }
    rmSync(this.#temp, { recursive: true, force: true, maxRetries: 3 });
    mkdirSync(this.#temp);
  }

  close(): void {
    this.#sweep(undefined);
    rmSync(this.#top, { recursive: true, force: true, maxRetries: 3 });
  }
}

function endGroup(group: number | undefined): void {
  if (group !== undefined) end(-group);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Pids of processes whose command line or environment names a place. Not this process. */
function processesOf(place: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.filter((pid) => ['cmdline', 'environ'].some((file) => textOf(pid, file).includes(place))).map(Number);
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8');
  } catch {
    return '';
  }
}
