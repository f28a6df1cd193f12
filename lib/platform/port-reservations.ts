import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { CcError, hasCode, systemCode } from '../errors.ts';
import { createFileDurable, removeDurable } from '../fs/durable.ts';

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
  readonly #directory: string;
  readonly #range: PortRange;
  readonly #clock: Clock;

  constructor(options: { directory: string; range: PortRange; clock: Clock }) {
    this.#directory = options.directory;
    this.#range = options.range;
    this.#clock = options.clock;
  }

  /** All reservations, or those of one app, by port. */
  async list(domain?: string): Promise<PortReservation[]> {
    const ports = (await namesIn(this.#directory)).filter((name) => /^\d+$/.test(name)).map(Number);
    const all = await Promise.all(ports.toSorted((a, b) => a - b).map((port) => this.#read(port)));
    return all.filter(
      (found) => found !== undefined && (domain === undefined || found.domain === domain),
    ) as PortReservation[];
  }

  /**
   * The reservation of that use, made now where there is none; idempotent. A new one is bindable at this moment.
   * @throws CcError `Conflict` when the range is exhausted.
   */
  async reserve(use: Omit<PortReservation, 'port'>): Promise<PortReservation> {
    const held = await this.list();
    const own = held.find((one) => one.domain === use.domain && one.service === use.service && one.name === use.name);
    if (own) return own;
    const taken = new Set(held.map(({ port }) => port));
    for (const port of this.#candidates(use.domain)) {
      if (!taken.has(port) && (await isBindable(port)) && (await this.#create({ ...use, port })))
        return { ...use, port };
    }
    throw new CcError('Conflict', `no free port in ${this.#range.first}-${this.#range.last} for ${use.domain}`, {
      remedy: 'Widen hostPorts in the configuration, or delete apps that are no longer wanted.',
    });
  }

  /** Gives all ports of the app back; none is success. */
  async release(domain: string): Promise<void> {
    for (const { port } of await this.list(domain)) await removeDurable(join(this.#directory, String(port)));
  }

  /** Waits until all are bindable; returns those that are not after `deadlineMs`. */
  async waitUntilFree(ports: readonly number[], deadlineMs: number): Promise<number[]> {
    const started = this.#clock.monotonicMs();
    for (;;) {
      const free = await Promise.all(ports.map((port) => isBindable(port)));
      const busy = ports.filter((_, index) => !free[index]);
      if (busy.length === 0 || this.#clock.monotonicMs() - started >= deadlineMs) return busy;
      await this.#clock.sleep(FREE_POLL_MS);
    }
  }

  /** Begins at a place that depends on the domain: two state directories with one range rarely meet. */
  *#candidates(domain: string): Iterable<number> {
    const span = this.#range.last - this.#range.first + 1;
    const offset = [...`${this.#directory} ${domain}`].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
    for (let step = 0; step < span; step += 1) yield this.#range.first + ((offset + step) % span);
  }

  async #create({ domain, service, name, port }: PortReservation): Promise<boolean> {
    try {
      await createFileDurable(join(this.#directory, String(port)), `${JSON.stringify({ domain, service, name })}\n`);
      return true;
    } catch (error) {
      if (hasCode(error, 'Conflict')) return false;
      throw error;
    }
  }

  async #read(port: number): Promise<PortReservation | undefined> {
    try {
      const text = await readFile(join(this.#directory, String(port)), 'utf8');
      return { ...(JSON.parse(text) as Omit<PortReservation, 'port'>), port };
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw new CcError('Damaged', `the reservation ${join(this.#directory, String(port))} is not readable`, {
        cause: error,
      });
    }
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

/** Names in a directory; a missing one is empty. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
