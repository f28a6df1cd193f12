import type { ControllerFile } from '../lib/cli/presence.ts';
import type { LoadedConfig } from '../lib/config/load.ts';
import { CcError, explainError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { Serial } from '../lib/serial.ts';
import { statsAt } from '../lib/store/stats-at.ts';
import type { EventInput } from '../lib/store/store.ts';
import { type ConfigDifference, ConfigInForce, type LivePart } from './config-in-force.ts';

/** The configuration that this process was started with, and how to read it once more. */
export interface ConfigOrigin {
  loaded: Pick<LoadedConfig, 'config' | 'file'>;
  reload: () => Promise<Pick<LoadedConfig, 'config' | 'file' | 'sources'>>;
}

export interface ConfigChangesOptions extends ConfigOrigin {
  log: Log;
  event: (event: EventInput) => Promise<void>;
}

/** What is told of it in `controller.json`. */
export type PendingChanges = Pick<ControllerFile, 'needsRestart' | 'needsReload'>;

const NONE: ConfigDifference = { live: [], restart: [] };

/**
 * Names what the configuration file says by now that this process does not go by, and takes of it what can be taken when
 * somebody asks for that: an edit that is half done is nobody's wish.
 */
export class ConfigChanges {
  readonly #options: ConfigChangesOptions;
  readonly #inForce: ConfigInForce;
  readonly #serial = new Serial();
  #seen: string | undefined;
  #differs = NONE;
  #told = '';

  constructor(options: ConfigChangesOptions) {
    this.#options = options;
    this.#inForce = new ConfigInForce(options.loaded.config);
  }

  /** From now on these take what {@link reload} brings. */
  follow(parts: readonly LivePart[]): void {
    this.#inForce.follow(parts);
  }

  /** What a reload and a restart would change. What is new is logged, and told as an event, once. */
  look(): Promise<PendingChanges> {
    return this.#serial.run('', async () => {
      const { file } = this.#options.loaded;
      if (file === undefined) return {};
      const seen = signatureOf(file);
      if (seen !== this.#seen) {
        this.#seen = seen;
        await this.#lookInto(file);
      }
      return pendingOf(this.#differs);
    });
  }

  /** Reads the configuration anew and takes what can be taken. A faulty one changes nothing; it is told. */
  reload(): Promise<void> {
    return this.#serial.run('', async () => {
      const { file } = this.#options.loaded;
      // Before it is read: what changes meanwhile is looked at.
      if (file !== undefined) this.#seen = signatureOf(file);
      await this.#tell(await this.#taken());
    });
  }

  /** @returns what came of it. An event that cannot be written is no fault of the configuration. */
  async #taken(): Promise<EventInput> {
    try {
      const next = await this.#options.reload();
      const taken = this.#inForce.take(next.config);
      this.#differs = this.#inForce.difference(next.config);
      return reloadEvent(next, taken, this.#differs);
    } catch (error) {
      return invalidEvent(this.#options.loaded.file ?? 'the configuration', error);
    }
  }

  async #lookInto(file: string): Promise<void> {
    const event = await this.#pending(file);
    if (event !== undefined) await this.#tellOnce(event);
    else if (this.#told !== '') await this.#tellOnce(currentEvent(file));
  }

  /** @returns what is to be told of the file; undefined where nothing differs. */
  async #pending(file: string): Promise<EventInput | undefined> {
    try {
      const { config } = await this.#options.reload();
      this.#differs = this.#inForce.difference(config);
      return pendingEvent(file, this.#differs);
    } catch (error) {
      return invalidEvent(file, error);
    }
  }

  async #tellOnce(event: EventInput): Promise<void> {
    if (event.message !== this.#told) await this.#tell(event);
  }

  async #tell(event: EventInput): Promise<void> {
    this.#told = event.message;
    const { log } = this.#options;
    if (event.type === 'Warning') log.warn(event.message);
    else log.info(event.message);
    await this.#options.event(event);
  }
}

function pendingOf({ live, restart }: ConfigDifference): PendingChanges {
  return {
    ...(live.length > 0 ? { needsReload: live } : {}),
    ...(restart.length > 0 ? { needsRestart: restart } : {}),
  };
}

/** Undefined where nothing differs. */
function pendingEvent(file: string, { live, restart }: ConfigDifference): EventInput | undefined {
  const remedies = [
    ...(live.length > 0 ? [`Reload cc-controller (SIGUSR2) to take ${live.join(', ')}.`] : []),
    ...(restart.length > 0 ? [`Restart cc-controller to take ${restart.join(', ')}.`] : []),
  ];
  if (remedies.length === 0) return undefined;
  const reason = restart.length > 0 ? 'RestartNeeded' : 'ReloadNeeded';
  return { type: 'Warning', reason, message: `${file} has changed. ${remedies.join(' ')}` };
}

function currentEvent(file: string): EventInput {
  return { type: 'Normal', reason: 'ConfigurationCurrent', message: `${file} says again what is in force` };
}

/** @throws what is no fault of the configuration. */
function invalidEvent(what: string, error: unknown): EventInput {
  if (!(error instanceof CcError)) throw error;
  const message = `${what} is not taken, and would not be accepted at the next start: ${explainError(error)}`;
  return { type: 'Warning', reason: 'ConfigurationInvalid', message };
}

/** What was taken, what was not, and what stands whatever the file says. */
function reloadEvent(
  { file = 'the configuration', sources }: Pick<LoadedConfig, 'file' | 'sources'>,
  taken: readonly string[],
  { restart }: ConfigDifference,
): EventInput {
  const fixed = Object.keys(sources).filter((field) => ['Flag', 'Variable'].includes(sources[field] ?? ''));
  const said = [
    taken.length === 0 ? `${file} was read anew: nothing to take` : `${file} was read anew: took ${taken.join(', ')}`,
    ...(restart.length === 0 ? [] : [`restart cc-controller to take ${restart.join(', ')}`]),
    ...(fixed.length === 0 ? [] : [`set by a flag or a variable, whatever the file says: ${fixed.join(', ')}`]),
  ];
  const message = said.join('; ');
  if (restart.length > 0) return { type: 'Warning', reason: 'RestartNeeded', message };
  return { type: 'Normal', reason: 'ConfigurationReloaded', message };
}

/** Tells one content of the file from the next; empty where it cannot be looked at. */
function signatureOf(path: string): string {
  const stats = statsAt(path);
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(':');
}
