/** Runs a point in a mount, pid and network namespace of its own: nothing of it outlives it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCgroup, removeCgroup } from './cgroup.ts';
import type { InnerTask } from './inner.ts';
import { PLACE } from './place.ts';
import type { PointResult } from './run-point.ts';

const INNER = fileURLToPath(new URL('./inner.ts', import.meta.url));
/** Longer than four starts with all their waiting. */
const LIMIT_MS = 300_000;
/** The first process has to wait for orphans: a shell does. */
const REAPER = ['sh', '-c', '"$@"; exit $?', 'sh'];
/** However this process ends, the namespace ends with it. */
const DIES_WITH_US = ['--pdeathsig', 'KILL'];
const TOOLS: Readonly<Record<string, string>> = {
  cc: 'gcc, libc6-dev',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
  git: 'git',
};

/** Why points cannot run here, or undefined. */
export function whyNotHere(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the shim is for Linux on x86-64';
  const missing = Object.entries(TOOLS).filter(([tool]) => !isThere(tool));
  if (missing.length > 0) return `missing: ${missing.map(([tool, from]) => `${tool} (${from})`).join(', ')}`;
  if (process.getuid?.() !== 0) return 'namespaces with mounts need root';
  return isThere('unshare', ['--mount', '--pid', '--net', '--cgroup', '--fork', 'true'])
    ? undefined
    : 'this machine forbids namespaces';
}

function isThere(tool: string, args: readonly string[] = ['--version']): boolean {
  try {
    execFileSync(tool, tool === 'ip' ? ['-V'] : args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** @throws Error where the bench fails, with the end of its output. */
export function runInNamespace(task: InnerTask): Promise<PointResult> {
  mkdirSync(PLACE, { recursive: true });
  mkdirSync(task.output, { recursive: true });
  const enter = ['--mount', '--pid', '--net', '--cgroup', '--fork', '--mount-proc', '--kill-child'];
  const inner = [...REAPER, process.execPath, '--disable-warning=ExperimentalWarning', INNER, JSON.stringify(task)];
  const cgroup = makeCgroup();
  const enterCgroup = cgroup === undefined ? '' : `echo $$ >'${cgroup}/cgroup.procs'; `;
  const words = ['sh', '-c', `${enterCgroup}exec "$@"`, 'sh', 'unshare', ...enter, ...inner];
  const child = spawn('setpriv', [...DIES_WITH_US, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(late);
      if (cgroup !== undefined) removeCgroup(cgroup);
      if (code === 0) resolve(JSON.parse(readFileSync(join(task.output, 'result.json'), 'utf8')) as PointResult);
      else reject(new Error(`the bench failed (${code}): ${output.slice(-2000)}`));
    });
  });
}
