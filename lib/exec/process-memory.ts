import { parseStat, readProcFile } from './process-identity.ts';

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
