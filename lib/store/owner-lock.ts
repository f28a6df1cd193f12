import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CcError } from '../errors.ts';

/** Result codes of SQLite (its documentation, "Result and Error Codes"), primary code in the low byte. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Open as long as they are held: one that nobody refers to any more would be closed, and its lock lost, by the collector. */
const heldDatabases = new Set<DatabaseSync>();

/** A lock that ends with {@link OwnerLock.release} or with the process, however that ends. */
export interface OwnerLock {
  /** Gives the lock back. Idempotent. */
  release(): void;
}

export interface LockOwner {
  pid: number;
  /** RFC 3339. */
  since: string;
}

/**
 * Takes `path` for this process: an exclusive SQLite transaction, that is a kernel lock on the file, so that SIGKILL
 * frees it. `<path>.owner` tells other people who holds it and proves nothing.
 * @throws CcError `Conflict` when another process holds it; `InvalidInput` when the file cannot be created there.
 */
export function acquireOwnerLock(path: string, owner: LockOwner): OwnerLock {
  const database = lockedDatabase(path, 'Empty');
  describeOwner(path, owner);
  heldDatabases.add(database);
  return {
    release() {
      if (!heldDatabases.delete(database)) return;
      rmSync(`${path}.owner`, { force: true });
      database.close();
    },
  };
}

/**
 * Nothing is ever written into the file: what is in it was put there by mistake. It is emptied where it is, so that another
 * process that holds it still does.
 */
function lockedDatabase(path: string, whereGarbled: 'Empty' | 'Throw'): DatabaseSync {
  const database = openDatabase(path);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (hasResult(error, SQLITE_BUSY, SQLITE_LOCKED)) throw heldByAnother(path);
    if (whereGarbled === 'Throw' || !hasResult(error, SQLITE_NOTADB, SQLITE_CORRUPT)) throw notUsable(path, error);
  }
  truncateSync(path, 0);
  return lockedDatabase(path, 'Throw');
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw notUsable(path, error);
  }
}

function hasResult(error: unknown, ...results: number[]): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return results.includes(Number(error.errcode) & 0xff);
}

function notUsable(path: string, cause: unknown): CcError {
  const remedy = 'Create the directory, mount it writable, and make it belong to the user of the controller.';
  return new CcError('InvalidInput', `cannot create the lock file ${path}`, { cause, remedy });
}

function heldByAnother(path: string): CcError {
  const remedy = 'Stop that controller first, or give this one other directories.';
  return new CcError('Conflict', `${path} is locked by ${ownerText(path)}`, { remedy });
}

function ownerText(path: string): string {
  try {
    const owner = JSON.parse(readFileSync(`${path}.owner`, 'utf8')) as LockOwner;
    return `the controller with process id ${owner.pid}, running since ${owner.since}`;
  } catch {
    return 'another controller';
  }
}

function describeOwner(path: string, owner: LockOwner): void {
  try {
    writeFileSync(`${path}.owner`, `${JSON.stringify(owner)}\n`);
  } catch {
    // information only: the lock itself is held
  }
}
