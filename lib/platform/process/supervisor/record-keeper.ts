import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Serial } from '../../../serial.ts';
import { appLayout } from '../layout.ts';
import { readRecord, type SupervisorRecord, writeRecord } from './supervisor-record.ts';

export interface RecordKeeperOptions {
  /** `…/apps/<domain>`. */
  appDirectory: string;
  service: string;
  record: SupervisorRecord;
}

/** Writes a supervisor's record, one write after the other, and tells the watchers. A full disk loses the write, not the service. */
export class RecordKeeper {
  readonly #path: string;
  readonly #change: string;
  #record: SupervisorRecord;
  readonly #writes = new Serial();

  constructor({ appDirectory, service, record }: RecordKeeperOptions) {
    this.#path = appLayout(appDirectory).service(service).record;
    this.#change = join(appDirectory, '..', '..', 'changes', basename(appDirectory));
    this.#record = record;
  }

  get record(): SupervisorRecord {
    return this.#record;
  }

  /** Changes the record at once and resolves when that is on disk. Never rejects. */
  update(change: Partial<SupervisorRecord>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    const snapshot = this.#record;
    return this.#writes.run(this.#path, () => this.#write(snapshot));
  }

  /** Drops the command from the record: nothing of it runs. */
  ended(change: Partial<SupervisorRecord>): Promise<void> {
    const { process: _, ...rest } = this.#record;
    this.#record = rest;
    return this.update(change);
  }

  async #write(record: SupervisorRecord): Promise<void> {
    try {
      // A record with another token belongs to a later launch; a missing one to an app that was destroyed.
      if ((await readRecord(this.#path))?.token !== record.token) return;
      await writeRecord(this.#path, record);
      await writeFile(this.#change, '');
    } catch (error) {
      process.stderr.write(`record not written: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
