import type { Server } from 'node:http';
import type { AlertFiles } from '../../lib/alerts/alert-files.ts';
import type { HistoryFiles } from '../../lib/alerts/history-files.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { ListenAddress, SiteSettings } from '../../lib/config/resolved.ts';
import { explainError } from '../../lib/errors.ts';
import type { EventInput } from '../../lib/events/event.ts';
import type { Log } from '../../lib/log.ts';
import { withRemedy } from '../../lib/sentences.ts';
import { SiteDirectory } from '../../lib/site/directory.ts';
import { serveSite } from '../../lib/site/server.ts';
import { readSiteAlerts } from './open-alerts.ts';
import type { SiteStore } from './site-facts.ts';
import { SitePublisher } from './site-publisher.ts';

/** Between two tries to listen. */
const LISTEN_AGAIN_MS = 30_000;

export interface SiteOptions {
  settings: SiteSettings;
  stateDirectory: string;
  instanceId: string;
  version: string;
  store: SiteStore;
  alerts: { files: Pick<AlertFiles, 'pending' | 'seen'>; histories: Pick<HistoryFiles, 'read'> };
  /** Between two rounds that look at everything. */
  fullMs: number;
  clock: Clock;
  log: Log;
  holdsState: () => boolean;
  event: (event: EventInput) => Promise<void>;
}

/** The status page of a controller: written where it changes, and served where that is wanted. */
export class Site {
  readonly #options: SiteOptions;
  readonly #directory: SiteDirectory;
  readonly #publisher: SitePublisher;
  #server: Server | undefined;
  #again: Timer | undefined;
  #listening: Promise<void> | undefined;
  #over = false;

  constructor(options: SiteOptions) {
    const { settings, instanceId: instance, version, store, alerts, ...shared } = options;
    const { directory, url } = settings;
    this.#options = options;
    this.#directory = new SiteDirectory(directory, instance);
    this.#publisher = new SitePublisher({
      ...shared,
      store,
      directory: this.#directory,
      alerts: () => readSiteAlerts({ ...alerts, objects: () => store.list() }),
      fixed: { instance, version, ...(url === undefined ? {} : { url }) },
    });
  }

  /** An object, or what is shown of it, changed, came or went. */
  changed(key: ObjectKey): void {
    this.#publisher.changed(key);
  }

  /** An alert came. */
  alertsChanged(): void {
    this.#publisher.alertsChanged();
  }

  /** Writes soon; listens soon. Waits for neither. */
  start(): void {
    this.#publisher.start();
    const { listen } = this.#options.settings;
    if (listen !== undefined) this.#listening = this.#listen(listen, 'First');
  }

  /** Writes and answers nothing any more. Idempotent. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#again?.cancel();
    await this.#listening;
    this.#server?.close();
    this.#server?.closeAllConnections();
    await this.#publisher.stop();
  }

  async #listen(address: ListenAddress, attempt: 'First' | 'Again'): Promise<void> {
    const { clock, log, event } = this.#options;
    try {
      this.#server = await serveSite(this.#directory, address);
      this.#server.on('error', (error) => log.warn('server of the status page', { error: explainError(error) }));
      log.info('status page served', { ...address });
    } catch (error) {
      const fault = `the status page cannot be served at ${address.host}:${address.port}: ${explainError(error)}`;
      const remedy = `Free the address, or choose another site.listen; it is tried again every ${LISTEN_AGAIN_MS / 1_000} s.`;
      const message = withRemedy(fault, remedy);
      if (attempt === 'First') await event({ type: 'Warning', reason: 'SiteNotServed', message });
      if (this.#over) return;
      this.#again = clock.after(LISTEN_AGAIN_MS, () => {
        this.#listening = this.#listen(address, 'Again');
      });
    }
  }
}
