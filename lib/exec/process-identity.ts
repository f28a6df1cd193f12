import { readFile } from 'node:fs/promises';
import { CcError, orNothing, orNothingNow } from '../errors.ts';
import { readProc } from './proc-file.ts';

/** Names one process beyond the reuse of its pid and a reboot. */
export interface ProcessIdentity {
  pid: number;
  startTicks: number;
  bootId: string;
}

/** One line of /proc/PID/stat. */
export interface ProcessStat {
  pid: number;
  parent: number;
  pgid: number;
  session: number;
  /** Device number of its controlling terminal; 0: none. */
  terminal: number;
  startTicks: number;
  state: string;
  /** A thread of the kernel's own: it has no environment, no files and no children of anybody. */
  isKernels: boolean;
}

let knownBoot: string | undefined;

/** Identity of the running kernel: a pid of another boot is nobody's. No process outlives its own. */
export async function bootId(): Promise<string> {
  knownBoot ??= readProc('/proc/sys/kernel/random/boot_id').trim();
  return knownBoot;
}

/** Start ticks of a living process; undefined when there is none (a zombie counts as none). */
export async function startTicks(pid: number): Promise<number | undefined> {
  const stat = await readStat(pid);
  return stat && isLiving(stat) ? stat.startTicks : undefined;
}

/** Identity of this very process, or of `pid`. @throws CcError `NotFound` when it is gone. */
export async function identityOf(pid: number): Promise<ProcessIdentity> {
  const ticks = await startTicks(pid);
  if (ticks === undefined) throw new CcError('NotFound', `process ${pid} does not exist`);
  return { pid, startTicks: ticks, bootId: await bootId() };
}

/** True while exactly that process lives: not a later one with its pid, not one of an earlier boot, not a zombie. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if ((await bootId()) !== identity.bootId) return false;
  return (await startTicks(identity.pid)) === identity.startTicks;
}

/** What /proc/PID/stat says of a living or ended process; undefined when there is none. */
export async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = orNothingNow(() => readProc(`/proc/${pid}/stat`), ...ABSENCE);
  return text === undefined ? undefined : parseStat(pid, text);
}

/** The flag of a kernel thread among those of a process: `PF_KTHREAD` of the kernel's sched.h. */
const KERNEL_THREAD = 0x0020_0000;

/** Fields 3–7, 9 and 22 of /proc/PID/stat; the name in brackets may itself hold spaces and brackets (proc(5)). Pure. */
export function parseStat(pid: number, text: string): ProcessStat {
  const [state = '', parent, pgid, session, terminal, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state,
    parent: Number(parent),
    pgid: Number(pgid),
    session: Number(session),
    terminal: Number(terminal),
    startTicks: Number(rest[14]),
    isKernels: (Number(rest[1]) & KERNEL_THREAD) !== 0,
  };
}

/** A zombie has ended; only its parent has not looked yet. */
export function isLiving(stat: ProcessStat): boolean {
  return stat.state !== 'Z' && stat.state !== 'X';
}

/**
 * A process may end, or belong to somebody else, at any time: both read as nothing.
 * @throws system errors that say nothing about the process (`EMFILE`): who cannot look must not conclude that it is gone.
 */
export async function readProcFile(pid: number, name: string): Promise<string | undefined> {
  return await orNothing(readFile(`/proc/${pid}/${name}`, 'latin1'), ...ABSENCE);
}

/** What /proc answers for a process that has ended or is somebody else's (proc(5)): it is about that, not who looks. */
export const ABSENCE = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'] as const;
