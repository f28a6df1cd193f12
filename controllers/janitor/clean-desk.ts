import { toTime } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import type { CleanAnswer, CleanRequest } from '../../lib/janitor/clean-record.ts';
import { readCleanRecord, writeCleanRecord } from '../../lib/janitor/clean-record.ts';
import type { ControllerRequest } from '../../lib/store/request-format.ts';
import { clean } from './cleaner.ts';
import type { CleanServices } from './observe.ts';

export interface CleanDeskOptions {
  services: CleanServices;
  /** Takes the request off the drop box; absent is success. */
  remove(id: string): Promise<void>;
}

/** Answers people who ask for a clean: the request is journaled in `janitor.json`, then acted on, then answered there. */
export class CleanDesk {
  readonly #options: CleanDeskOptions;

  constructor(options: CleanDeskOptions) {
    this.#options = options;
  }

  /** Journals the request, and takes it off the drop box. Idempotent. */
  async take({ id, by, args }: ControllerRequest): Promise<void> {
    const { services, remove } = this.#options;
    const { stateDirectory } = services.settings;
    const record = await readCleanRecord(stateDirectory);
    if (![...record.requests, ...record.answers].some((one) => one.id === id)) {
      const request: CleanRequest = { id, by, form: args.dryRun === 'true' ? 'DryRun' : 'Clean' };
      await writeCleanRecord(stateDirectory, { ...record, requests: [...record.requests, request] });
    }
    await remove(id);
  }

  /** Answers all that were journaled, also by a controller that died over them. */
  async answerAll(signal: AbortSignal): Promise<void> {
    const { stateDirectory } = this.#options.services.settings;
    for (const request of (await readCleanRecord(stateDirectory)).requests) await this.#answer(request, signal);
  }

  async #answer({ id, by, form }: CleanRequest, signal: AbortSignal): Promise<void> {
    const { services } = this.#options;
    const { log, clock, settings } = services;
    const { items, notes } = await clean(services, { form, occasion: 'Asked', depth: 'Whole' }, signal).catch(
      (error: unknown) => {
        if (signal.aborted) throw error;
        return { items: [], notes: [`nothing was cleaned: ${explainError(error)}`] };
      },
    );
    log.info('answered who asked for a clean', { by, form, items: items.length });
    const answer: CleanAnswer = { id, time: toTime(clock.now()), form, items, notes };
    const record = await readCleanRecord(settings.stateDirectory);
    const requests = record.requests.filter((one) => one.id !== id);
    await writeCleanRecord(settings.stateDirectory, { ...record, requests, answers: [answer, ...record.answers] });
  }
}
