import { join } from 'node:path';
import { orNothing } from '../../lib/errors.ts';
import { Account } from '../../lib/forge/account.ts';
import { Outbox } from '../../lib/forge/outbox.ts';
import { newTriggerRecord, type TriggerRecord, triggerDirectory } from '../../lib/forge/trigger-record.ts';
import { type TriggerStatus, writeTriggerStatus } from '../../lib/forge/trigger-status.ts';
import type { RecordFiles } from '../../lib/fs/record-files.ts';
import { plainText } from '../../lib/terminal-text.ts';
import type { Enrolment, TriggerEvent, TriggerPass, TriggerServices } from './services.ts';

export interface DeskOptions {
  services: TriggerServices;
  repository: string;
  records: RecordFiles;
}

/** What is kept of a trigger: its record, its outbox, and what people are shown. */
export class Desk {
  readonly outbox: Outbox;
  readonly #options: DeskOptions;
  readonly #directory: string;
  #record: TriggerRecord | undefined;
  #account: Account | undefined;
  #shown = '';

  constructor(options: DeskOptions) {
    const { settings } = options.services;
    this.#options = options;
    this.#directory = triggerDirectory(settings.stateDirectory, settings.url, options.repository);
    this.outbox = new Outbox(this.#directory);
  }

  /** A pass on what is there now. */
  async open(enrolment: Enrolment, signal: AbortSignal): Promise<TriggerPass> {
    const { services, repository } = this.#options;
    // What is not our state directory any more is left alone.
    await this.#options.records.assertRoot();
    const record = await this.#read();
    this.#account ??= new Account(services.forge, record.self);
    return {
      services,
      repository,
      enrolment,
      record,
      outbox: this.outbox,
      account: this.#account,
      signal,
      save: () => this.#write(record, enrolment),
      tell: (event) => this.#tell(event, enrolment),
    };
  }

  /** After a fault of our own: the record is read anew. */
  forget(): void {
    this.#record = undefined;
  }

  /** Whether a command waits for its Run. */
  hasOpenCommands(): boolean {
    return this.#record?.commands.some(({ state }) => state === 'Accepted') ?? false;
  }

  /** Messages that wait. */
  async waiting(): Promise<number> {
    return (await this.outbox.list()).length;
  }

  /** Writes what people are shown, where it changed. */
  async show(status: TriggerStatus): Promise<void> {
    const text = JSON.stringify(status);
    if (text === this.#shown) return;
    await writeTriggerStatus(this.#directory, status);
    this.#shown = text;
  }

  /** What cannot be read is as good as lost: the repository is enrolled anew, and nothing old starts anything. */
  async #read(): Promise<TriggerRecord> {
    const { services, repository, records } = this.#options;
    this.#record ??=
      (await orNothing(records.read<TriggerRecord>(this.#path), 'Damaged')) ??
      newTriggerRecord(services.settings.url, repository);
    return this.#record;
  }

  async #write(record: TriggerRecord, { canonical, recipe }: Enrolment): Promise<void> {
    await this.#options.records.write(this.#path, Object.assign(record, { canonical, recipe }));
  }

  async #tell(event: TriggerEvent, { canonical }: Enrolment): Promise<void> {
    const { store, log } = this.#options.services;
    const told = { ...event, message: plainText(event.message) };
    log[event.type === 'Warning' ? 'warn' : 'info'](told.message, { canonical });
    const key = { kind: 'Canonical', name: canonical } as const;
    // One that went has no events any more.
    if (store.get(key)) await store.event(key, told);
  }

  get #path(): string {
    return join(this.#directory, 'trigger.json');
  }
}
