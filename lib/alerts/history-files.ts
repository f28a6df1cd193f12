import { mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { CcError, orElse, orNothing } from '../errors.ts';
import { readJson, syncDirectory, writeJsonDurable } from '../fs/durable.ts';
import type { Log } from '../log.ts';
import { ALERT_REASONS, isAlertId } from './alert.ts';
import { type History, NO_HISTORY } from './history.ts';

/**
 * The histories of objects as files `alerts/history/<uid>.json`. One that cannot be read counts as none, which is logged:
 * people are told once more. @throws of every method: `InvalidInput` for a uid that cannot name a file; system errors.
 */
export class HistoryFiles {
  readonly #alerts: string;
  readonly #directory: string;
  readonly #log: Pick<Log, 'warn'>;

  /** @param stateDirectory absolute. */
  constructor(stateDirectory: string, log: Pick<Log, 'warn'>) {
    this.#alerts = join(stateDirectory, 'alerts');
    this.#directory = join(this.#alerts, 'history');
    this.#log = log;
  }

  async read(uid: string): Promise<History> {
    const path = this.#path(uid);
    const value = await orElse(readJson<unknown>(path), 'Damaged', () => 'Damaged');
    if (value === undefined) return NO_HISTORY;
    if (isHistory(value)) return value;
    this.#log.warn('what was told of an object cannot be read; it is told anew', { path });
    return NO_HISTORY;
  }

  async write(uid: string, history: History): Promise<void> {
    const path = this.#path(uid);
    for (const directory of [this.#alerts, this.#directory]) await orNothing(mkdir(directory), 'EEXIST');
    await writeJsonDurable(path, history, { directory: 'MustExist' });
  }

  /** Absent is success. */
  async remove(uid: string): Promise<void> {
    await orNothing(unlink(this.#path(uid)), 'ENOENT');
    await syncDirectory(this.#directory);
  }

  #path(uid: string): string {
    if (isAlertId(uid)) return join(this.#directory, `${uid}.json`);
    throw new CcError('InvalidInput', `${JSON.stringify(uid).slice(0, 200)} cannot name a history`);
  }
}

function isHistory(value: unknown): value is History {
  if (!isRecord(value) || !isRecord(value.failures) || !Array.isArray(value.repairs)) return false;
  const areRepairs = value.repairs.every((one) => isRecord(one) && isText(one.id) && isNumber(one.atMs));
  return typeof value.flapping === 'boolean' && areRepairs && Object.values(value.failures).every(isTold);
}

function isTold(value: unknown): boolean {
  if (!isRecord(value) || !Object.hasOwn(ALERT_REASONS, String(value.reason))) return false;
  const { first, last, toldMs, muted, mutedIds } = value;
  const areIds = Array.isArray(mutedIds) && [first, last, ...mutedIds].every(isText);
  return areIds && isNumber(toldMs) && isNumber(muted);
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
