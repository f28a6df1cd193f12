import { readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { orNothingNow, systemCode } from '../errors.ts';

/** So many directories of the hierarchy are looked at, at most. */
const MOST_DIRECTORIES = 20_000;
const GONE = ['ENOENT', 'ENODEV', 'ENOTDIR'] as const;

/** A directory and all below it, the deepest last; none where it is missing. Bounded. */
export function directoriesBelow(directory: string): string[] {
  const found: string[] = [];
  const left = [directory];
  for (let next = left.pop(); next !== undefined && found.length < MOST_DIRECTORIES; next = left.pop()) {
    const entries = orGone(() => readdirSync(next as string, { withFileTypes: true }));
    if (entries === undefined) continue;
    found.push(next);
    for (const entry of entries) if (entry.isDirectory()) left.push(join(next, entry.name));
  }
  return found;
}

/** Living processes of a cgroup and of all below it; none where it is missing. */
export function membersBelow(directory: string): number[] {
  return directoriesBelow(directory).flatMap(membersOf);
}

/** Ends every member of a cgroup and of those below, at once; those that come meanwhile included. A missing one is success. */
export function killBelow(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.kill'), '1');
  } catch (error) {
    if (!isGone(error)) throw error;
    killFrozen(directory);
  }
}

/** Removes a cgroup and those below it, where they have no member; says whether it is gone. */
export function removeBelow(directory: string): boolean {
  return directoriesBelow(directory)
    .reverse()
    .map(removeEmpty)
    .every((isGone) => isGone);
}

/** Whether a cgroup was removed; one with members stays, one that is missing counts. */
export function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (['EBUSY', 'ENOTEMPTY', 'EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

/** Kernels before 5.14 know no `cgroup.kill`: who is frozen cannot fork away, and dies all the same. */
function killFrozen(directory: string): void {
  orGone(() => writeFileSync(join(directory, 'cgroup.freeze'), '1'));
  for (const pid of membersBelow(directory)) killOne(pid);
  orGone(() => writeFileSync(join(directory, 'cgroup.freeze'), '0'));
}

/** Sends SIGKILL; a process that is gone, or that may not be killed, is left to the next look. */
export function killOne(pid: number): void {
  orNothingNow(() => process.kill(pid, 'SIGKILL'), 'ESRCH', 'EPERM');
}

function membersOf(directory: string): number[] {
  // Within a threaded subtree only threads can be listed (cgroup v2, `cgroup.procs`).
  const text =
    orGone(() => readFileSync(join(directory, 'cgroup.procs'), 'utf8')) ??
    orGone(() => readFileSync(join(directory, 'cgroup.threads'), 'utf8')) ??
    '';
  // Processes of another pid namespace show as 0.
  return text.split('\n').map(Number).filter(Boolean);
}

function orGone<T>(look: () => T): T | undefined {
  return orNothingNow(look, ...GONE, 'EOPNOTSUPP');
}

function isGone(error: unknown): boolean {
  return GONE.some((code) => code === systemCode(error));
}
