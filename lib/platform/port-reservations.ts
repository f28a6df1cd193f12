import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { CcError, orNothing, systemCode } from '../errors.ts';
import type { RecordFiles } from '../fs/record-files.ts';

/** A port of an app, and what it is for. */
export interface PortReservation {
  domain: string;
  service: string;
  /** Empty for the main port. */
  name: string;
  port: number;
}

export interface PortRange {
  first: number;
  /** Included. */
  last: number;
}

const FREE_POLL_MS = 25;

/**
 * Ports of one machine, one file per reserved port, created exclusively: whoever creates it owns the port until the app
 * is destroyed. The files are the truth; there is no lock that a crash could leave behind.
 */
export class PortReservations {
  readonly #options: { records: RecordFiles; directory: string; range: PortRange; clock: Clock };

  constructor(options: { records: RecordFiles; directory: string; range: PortRange; clock: Clock }) {
    this.#options = options;
  }

  /** All reservations that can be read, or those of one app, by port. */
  async list(domain?: string): Promise<PortReservation[]> {
    const all = await Promise.all(this.#reserved().map((port) => this.#read(port)));
    return all.filter(
      (found) => found !== undefined && (domain === undefined || found.domain === domain),
    ) as PortReservation[];
  }

  /** All ports that are taken, also by somebody of whom nobody can tell; ascending. */
  #reserved(): number[] {
    const names = this.#options.records.names(this.#options.directory).filter((name) => /^\d+$/.test(name));
    return names.map(Number).toSorted((a, b) => a - b);
  }

  /**
   * The reservation of that use, made now where there is none; idempotent. A new one is bindable at this moment.
   * @throws CcError `Conflict` when the range is exhausted.
   */
  async reserve(use: Omit<PortReservation, 'port'>): Promise<PortReservation> {
    const held = await this.list();
    const own = held.find((one) => one.domain === use.domain && one.service === use.service && one.name === use.name);
    if (own) return own;
    const taken = new Set(this.#reserved());
    for (const port of this.#candidates(use.domain)) {
      if (!taken.has(port) && (await isBindable(port)) && (await this.#create({ ...use, port })))
        return { ...use, port };
    }
    throw new CcError(
      'Conflict',
      `no free port in ${this.#options.range.first}-${this.#options.range.last} for ${use.domain}`,
      { remedy: 'Widen hostPorts in the configuration, or delete apps that are no longer wanted.' },
    );
  }

  /** Gives all ports of the app back; none is success. */
  async release(domain: string): Promise<void> {
    for (const { port } of await this.list(domain)) await this.#options.records.remove(this.#path(port));
  }

  /** Waits until all are bindable; returns those that are not after `deadlineMs`. */
  async waitUntilFree(ports: readonly number[], deadlineMs: number): Promise<number[]> {
    const started = this.#options.clock.monotonicMs();
    for (;;) {
      const free = await Promise.all(ports.map((port) => isBindable(port)));
      const busy = ports.filter((_, index) => !free[index]);
      if (busy.length === 0 || this.#options.clock.monotonicMs() - started >= deadlineMs) return busy;
      await this.#options.clock.sleep(FREE_POLL_MS);
    }
  }

  /** Begins at a place that depends on the domain: two state directories with one range rarely meet. */
  *#candidates(domain: string): Iterable<number> {
    const span = this.#options.range.last - this.#options.range.first + 1;
    const offset = [...`${this.#options.directory} ${domain}`].reduce(
      (sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0,
      7,
    );
    for (let step = 0; step < span; step += 1) yield this.#options.range.first + ((offset + step) % span);
  }

  async #create({ domain, service, name, port }: PortReservation): Promise<boolean> {
    const created = this.#options.records.create(this.#path(port), { domain, service, name }).then(() => true);
    return (await orNothing(created, 'Conflict')) ?? false;
  }

  /** Undefined for a reservation that cannot be read: it is kept, for nobody knows whose it is. */
  async #read(port: number): Promise<PortReservation | undefined> {
    const use = await orNothing(this.#options.records.read<Omit<PortReservation, 'port'>>(this.#path(port)), 'Damaged');
    const isUse = [use?.domain, use?.service, use?.name].every((text) => typeof text === 'string');
    return use !== undefined && isUse ? { ...use, port } : undefined;
  }

  #path(port: number): string {
    return join(this.#options.directory, String(port));
  }
}

/** What the system answers for a port that somebody else has, or keeps for himself (bind(2)). */
const TAKEN: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL']);

/**
 * Whether a server could listen on that port of 127.0.0.1 now.
 * @throws system errors that say nothing about the port (`EMFILE`).
 */
export function isBindable(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error) => (TAKEN.has(systemCode(error) ?? '') ? resolve(false) : reject(error)));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
