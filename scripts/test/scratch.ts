import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, release } from 'node:os';
import { join } from 'node:path';

/** What decides whether tests may keep their files in memory. */
export interface MemoryFacts {
  /** Of the file system of `/dev/shm`, as statfs(2) gives it; undefined: there is none. */
  type: number | undefined;
  freeBytes: number;
  /** Memory that programs may still have. */
  availableBytes: number;
  /** Of the kernel, as `uname -r` gives it. */
  release: string;
}

const SHARED_MEMORY = '/dev/shm';
const TMPFS_MAGIC = 0x01_02_19_94;
/** Many times what the tests of a commit keep at any moment. */
const ENOUGH_BYTES = 4 * 1024 ** 3;
/** As `/tmp`: some tests start programs as somebody else. */
const EVERYBODY = 0o1777;
/** The first kernel whose tmpfs keeps attributes of users, which snapshots are tested with. */
const USER_ATTRIBUTES = { major: 6, minor: 6 };

/** Whether tests may keep their files in memory. Pure. */
export function fitsInMemory({ type, freeBytes, availableBytes, release: kernel }: MemoryFacts): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const { major: first, minor: of } = USER_ATTRIBUTES;
  const keepsAttributes = major > first || (major === first && minor >= of);
  return type === TMPFS_MAGIC && Math.min(freeBytes, availableBytes) >= ENOUGH_BYTES && keepsAttributes;
}

/**
 * Makes a directory in memory for what tests write: half of the system time of whole runs goes into creating, flushing
 * and removing small files on disk. Undefined where that cannot be had; tests then use the ordinary temporary directory.
 */
export function memoryScratch(): string | undefined {
  if (!fitsInMemory(memoryFacts())) return undefined;
  const directory = mkdtempSync(join(SHARED_MEMORY, 'cc-ci-'));
  chmodSync(directory, EVERYBODY);
  if (runsPrograms(directory)) return directory;
  removeScratch(directory);
  return undefined;
}

/** Removes the directory with all that tests left in it. Idempotent. */
export function removeScratch(directory: string | undefined): void {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
}

function memoryFacts(): MemoryFacts {
  const rest = { availableBytes: freemem(), release: release() };
  try {
    const { type, bavail, bsize } = statfsSync(SHARED_MEMORY);
    return { type, freeBytes: bavail * bsize, ...rest };
  } catch {
    return { type: undefined, freeBytes: 0, ...rest };
  }
}

/** False: mounted `noexec`, as in many containers. */
function runsPrograms(directory: string): boolean {
  const program = join(directory, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  try {
    execFileSync(program, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(program);
  }
}
