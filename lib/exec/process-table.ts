import { readdirSync } from 'node:fs';
import { orNothingNow } from '../errors.ts';
import { readProc } from './proc-file.ts';
import { ABSENCE, isLiving, type ProcessStat, parseStat, readProcFile } from './process-identity.ts';

/** Processes that are looked at before others of this program get their turn. */
const AT_ONCE = 100;

/**
 * All living processes that this process can see, but for those of `skip` and threads of the kernel. Reads synchronously, in bites: one descriptor
 * is enough, and it takes a third of what hundreds of reads at once take (10 ms for 500 processes).
 * @throws system errors where /proc cannot be read (`EMFILE`): never a shorter list.
 */
export async function readProcessTable(skip: ReadonlySet<number> = new Set()): Promise<ProcessStat[]> {
  const pids = listPids().filter((pid) => !skip.has(pid));
  const stats = await inBites(pids, lookAtProcess);
  return stats.filter((stat) => stat !== undefined).filter((stat) => isLiving(stat) && !stat.isKernels);
}

/** The ids of all processes, zombies included. */
export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Calls `look` for each, giving way now and then. */
export async function inBites<T, R>(all: readonly T[], look: (one: T) => R): Promise<R[]> {
  const seen: R[] = [];
  for (const [index, one] of all.entries()) {
    if (index > 0 && index % AT_ONCE === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    seen.push(look(one));
  }
  return seen;
}

/** A file of /proc/PID; undefined for a process that has ended or is somebody else's. @throws as {@link readProcessTable}. */
export function procText(pid: number, name: string): string | undefined {
  return orAbsent(() => readProc(`/proc/${pid}/${name}`));
}

/** What `look` gives; undefined where the process is gone or somebody else's. */
export function orAbsent<T>(look: () => T): T | undefined {
  return orNothingNow(look, ...ABSENCE);
}

/** What the table says of one process; undefined: there is none. @throws as {@link readProcessTable}. */
export function lookAtProcess(pid: number): ProcessStat | undefined {
  const text = procText(pid, 'stat');
  return text === undefined ? undefined : parseStat(pid, text);
}

/** Memory of one process, bytes. */
export interface ProcessMemory {
  pid: number;
  /** With the pid it names the process for ever. */
  startTicks: number;
  /**
   * What it allocated and what it shares with others of its kind, of which each has its part. Not what it maps of files:
   * that is cache, and how much of it counts would depend on who else runs the same program.
   */
  ownBytes: number;
  /** All that it maps and that is in memory, files included. */
  residentBytes: number;
  /** The most that `residentBytes` ever was. */
  mostResidentBytes: number;
}

/**
 * What a process has in memory. Where the kernel keeps no shares (before 5.9), or keeps them from us, what is shared
 * counts for each.
 * @returns undefined for one that has ended, has no memory of its own (a zombie) or cannot be looked at.
 */
export async function memoryOf(pid: number): Promise<ProcessMemory | undefined> {
  const [stat, status, rollup] = await Promise.all(
    ['stat', 'status', 'smaps_rollup'].map(async (name) => await readProcFile(pid, name).catch(() => undefined)),
  );
  if (stat === undefined || status === undefined) return undefined;
  const residentBytes = bytesOf(status, 'VmRSS');
  if (residentBytes === undefined) return undefined;
  return {
    pid,
    startTicks: parseStat(pid, stat).startTicks,
    ownBytes: sumOf(rollup ?? '', ['Pss_Anon', 'Pss_Shmem']) ?? sumOf(status, ['RssAnon', 'RssShmem']) ?? residentBytes,
    residentBytes,
    mostResidentBytes: bytesOf(status, 'VmHWM') ?? residentBytes,
  };
}

/** The sum of several lines; undefined where one is missing. */
function sumOf(text: string, names: readonly string[]): number | undefined {
  const values = names.map((name) => bytesOf(text, name)).filter((value) => value !== undefined);
  return values.length < names.length ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** The value of a line `Name:  123 kB`, in bytes (proc(5)); undefined where there is none. */
function bytesOf(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}
