import { stat } from 'node:fs/promises';
import { changedFields } from '../lib/config/changed-fields.ts';
import type { LoadedConfig } from '../lib/config/load.ts';
import { CcError, explainError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { EventInput } from '../lib/store/store.ts';

/** The configuration that this process was started with, and how to read it once more. */
export interface ConfigOrigin {
  loaded: Pick<LoadedConfig, 'config' | 'file'>;
  reload: () => Promise<Pick<LoadedConfig, 'config'>>;
}

export interface ConfigChangesOptions extends ConfigOrigin {
  log: Log;
  event: (event: EventInput) => Promise<void>;
}

/**
 * Names what the configuration file says by now that this process does not know: settings are read once, at the start.
 * Without a file there is nothing to change.
 */
export class ConfigChanges {
  readonly #options: ConfigChangesOptions;
  #seen: string | undefined;
  #fields: readonly string[] = [];
  #told = '';

  constructor(options: ConfigChangesOptions) {
    this.#options = options;
  }

  /** @returns the fields that a restart would change. What is new is logged, and told as an event, once. */
  async look(): Promise<readonly string[]> {
    const { file } = this.#options.loaded;
    if (file === undefined) return [];
    const seen = await signatureOf(file);
    if (seen === this.#seen) return this.#fields;
    this.#seen = seen;
    const event = await this.#read(file);
    if (event === undefined || event.message === this.#told) return this.#fields;
    this.#told = event.message;
    const { log } = this.#options;
    if (event.type === 'Warning') log.warn(event.message);
    else log.info(event.message);
    await this.#options.event(event);
    return this.#fields;
  }

  /** Undefined where nothing differs, and nothing did before. */
  async #read(file: string): Promise<EventInput | undefined> {
    const { loaded, reload } = this.#options;
    try {
      this.#fields = changedFields(loaded.config, (await reload()).config);
    } catch (error) {
      if (!(error instanceof CcError)) throw error;
      const message = `${file} would not be accepted at the next start: ${explainError(error)}`;
      return { type: 'Warning', reason: 'ConfigurationInvalid', message };
    }
    if (this.#fields.length > 0) {
      const message = `${file} has changed: ${this.#fields.join(', ')}. Restart cc-controller to take that.`;
      return { type: 'Warning', reason: 'RestartNeeded', message };
    }
    if (this.#told === '') return undefined;
    return { type: 'Normal', reason: 'ConfigurationCurrent', message: `${file} says again what is in force` };
  }
}

/** Tells one content of the file from the next; empty where it cannot be looked at. */
async function signatureOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(':');
}
