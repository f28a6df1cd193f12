import { readdirSync, readFileSync } from 'node:fs';
import { orNothingNow } from '../errors.ts';
import { ABSENCE, isLiving, type ProcessStat, parseStat } from './process-identity.ts';

/** Processes that are looked at before others of this program get their turn. */
const AT_ONCE = 100;

/**
 * All living processes that this process can see, but for those of `skip`. Reads synchronously, in bites: one descriptor
 * is enough, and it takes a third of what hundreds of reads at once take (10 ms for 500 processes).
 * @throws system errors where /proc cannot be read (`EMFILE`): never a shorter list.
 */
export async function readProcessTable(skip: ReadonlySet<number> = new Set()): Promise<ProcessStat[]> {
  const pids = listPids().filter((pid) => !skip.has(pid));
  const stats = await inBites(pids, lookAtProcess);
  return stats.filter((stat) => stat !== undefined).filter(isLiving);
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
  return orAbsent(() => readFileSync(`/proc/${pid}/${name}`, 'latin1'));
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
