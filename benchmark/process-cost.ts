import { readFileSync } from 'node:fs';

/** What the kernel counts in: a hundredth of a second, for user space on Linux. */
const TICK_MS = 10;

/** Processor time of a living process with all its threads, user and system, milliseconds; children not included. */
export function cpuMsOf(pid: number): number {
  return ticksAt(pid, 11) * TICK_MS;
}

/** Processor time of all children of this process that have ended, with theirs, milliseconds. */
export function childrenCpuMs(): number {
  return ticksAt('self', 13) * TICK_MS;
}

/** Processor time of this process since its start, user and system, milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Resident memory of a living process, KiB. */
export function rssKibOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Two neighbouring fields of `/proc/<pid>/stat` added, counted from the one after the name of the program. */
function ticksAt(pid: number | 'self', field: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[field]) + Number(fields[field + 1]);
}
