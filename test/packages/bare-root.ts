import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEPENDS } from '../../scripts/package/debian-texts.ts';
import { isThere } from '../stores/servers.ts';
import { ROOT } from '../unit/docs/documents.ts';

const CACHE = join(ROOT, 'node_modules/.cache/bare-roots');
/** Of Debian itself; files of this machine with nothing in them are none. */
const sourceLists = (): string[] =>
  ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources'].filter(
    (path) => existsSync(path) && /^\s*[^#\s]/m.test(readFileSync(path, 'utf8')),
  );
const TOOLS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'dpkg-deb': 'dpkg',
  'systemd-analyze': 'systemd',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
};

/** The first process of the namespaces: mounts, tells that it is done, and takes in orphans until it is ended. */
const FIRST_PROCESS = `set -e
base=$1 scratch=$2
mkdir -p "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
mount -t proc proc "$scratch/root/proc"
mount -t tmpfs -o mode=755 tmpfs "$scratch/root/run"
mount -t tmpfs -o mode=1777 tmpfs "$scratch/root/tmp"
ip link set lo up
echo mounted
exec chroot "$scratch/root" sh -c 'sleep infinity; exit'
`;

/** What is missing here for a bare root, and where it comes from; undefined: nothing is. */
export function whyNoBareRoot(): string | undefined {
  const missing = Object.keys(TOOLS).filter((tool) => !isThere(tool));
  if (missing.length > 0) return `missing: ${missing.map((tool) => `${tool} (${TOOLS[tool]})`).join(', ')}`;
  if (process.getuid?.() !== 0) return 'a bare root needs root';
  if (sourceLists().length === 0) return 'this machine has no sources of Debian packages';
  const words = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', 'true'];
  return spawnSync('unshare', words, { stdio: 'ignore' }).status === 0 ? undefined : 'this machine forbids namespaces';
}

/** What a command in a bare root left. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * A small Debian of this machine's release in namespaces of its own: mounts, processes and a network with nothing but
 * 127.0.0.1. It is made once and kept; each test works on a layer above it. Call {@link BareRoot.dispose}.
 */
export class BareRoot {
  readonly #scratch: string;
  readonly #child: ChildProcess;
  /** Argv before a command that is to run in there as root. */
  readonly enter: readonly string[];

  private constructor(scratch: string, child: ChildProcess, first: string) {
    this.#scratch = scratch;
    this.#child = child;
    this.enter = ['nsenter', '--target', first, '--mount', '--pid', '--net', '--ipc', '--uts', '--root', '--wd', '--'];
  }

  /** @throws Error where it cannot be made, with what was said. */
  static async open(): Promise<BareRoot> {
    const base = madeOnce();
    const scratch = mkdtempSync(join(tmpdir(), 'cc-ci-bare-root-'));
    const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc'];
    // However the tests end, the namespaces end with them.
    const words = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', '-c', FIRST_PROCESS, 'sh', base, scratch];
    const child = spawn('setpriv', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    await mounted(child);
    const first = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    return new BareRoot(scratch, child, first);
  }

  /** Runs a command in there, as root unless `setpriv` says otherwise. Never throws for how it ended. */
  run(
    words: readonly string[],
    { input = '', env = {} }: { input?: string | Buffer; env?: Record<string, string> } = {},
  ): Ended {
    const [program = '', ...args] = [...this.enter, ...words];
    const variables = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      ...env,
    };
    const { status, stdout, stderr } = spawnSync(program, args, { input, env: variables, encoding: 'utf8' });
    return { code: status ?? 128, stdout, stderr };
  }

  /** {@link BareRoot.run}, which has to succeed; gives everything that was printed. */
  ok(...words: readonly string[]): string {
    const { code, stdout, stderr } = this.run(words);
    if (code === 0) return stdout + stderr;
    throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  }

  write(path: string, content: string, mode = '644'): void {
    const words = ['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat > "$0" && chmod "$1" "$0"', path, mode];
    const { code, stderr } = this.run(words, { input: content });
    if (code !== 0) throw new Error(`${path}: ${stderr}`);
  }

  /** Copies a file or a tree of this machine into a directory there. @param owner as of chown. */
  take(from: string, into: string, owner = 'root:root'): void {
    const [directory, name] = [join(from, '..'), from.slice(from.lastIndexOf('/') + 1)];
    const tar = spawnSync('tar', ['-C', directory, '-c', name], {
      maxBuffer: 2 ** 30,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.ok('mkdir', '-p', into);
    const { code, stderr } = this.run(['tar', '-C', into, '-x', '--no-same-owner'], { input: tar.stdout });
    if (code !== 0) throw new Error(`${into}: ${stderr}`);
    this.ok('chown', '-R', owner, join(into, name));
  }

  /** Ends everything in there, and removes what was written. */
  async dispose(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

function mounted(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk;
        if (said.includes('mounted\n')) resolve();
      });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the namespaces ended with ${code}: ${said}`)));
  });
}

/** The bare root of this release with what our package needs, from this machine's own sources of packages. */
function madeOnce(): string {
  const packages = ['ca-certificates', ...DEPENDS.map((one) => one.replace(/ .*/, ''))];
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const sources = sourceLists();
  const wanted = [release, ...packages, ...sources.map((path) => readFileSync(path, 'utf8'))];
  const base = join(CACHE, createHash('sha256').update(wanted.join('\0')).digest('hex').slice(0, 16));
  if (existsSync(base)) return base;
  mkdirSync(CACHE, { recursive: true });
  const half = `${base}.${process.pid}`;
  const words = [
    '--variant=minbase',
    `--include=${packages.join(',')}`,
    '--format=directory',
    release,
    half,
    ...sources,
  ];
  try {
    execFileSync('mmdebstrap', words, { stdio: 'pipe' });
    renameSync(half, base);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return base;
}
