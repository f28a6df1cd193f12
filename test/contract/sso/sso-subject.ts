import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SsoProvider, SsoSite } from '../../../lib/sso/provider.ts';
import { Gate } from '../../doubles/gate.ts';

/** `METHOD /path` of what a provider is asked. */
export interface SsoCalls {
  signIn: RegExp;
  create: RegExp;
  look: RegExp;
  remove: RegExp;
  list: RegExp;
}

/** A provider of sign-on that runs, and its adapter. */
export interface SsoServer {
  port: number;
  calls: SsoCalls;
  /** A new adapter, as after a restart of the controller. */
  adapter(instance: string, callMs?: number): SsoProvider;
  /** A realm that somebody else made. */
  plant(realm: string, attributes: Record<string, string>): Promise<void>;
  /** Names of all realms there, whosever they are. */
  realms(): Promise<string[]>;
  /** Removes every realm but `master`, whosever it is. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export const ADMIN = { user: 'admin', password: 'p4ss word$"&%é' };

/** The server with a gate before it, and the admin's password in a file. */
export class SsoSubject {
  readonly server: SsoServer;
  readonly gate: Gate;
  readonly #directory: string;

  private constructor(server: SsoServer, gate: Gate, directory: string) {
    this.server = server;
    this.gate = gate;
    this.#directory = directory;
  }

  static async open(server: SsoServer): Promise<SsoSubject> {
    const directory = await mkdtemp(join(tmpdir(), 'cc-ci-sso-'));
    await writeFile(join(directory, 'password'), ADMIN.password, { mode: 0o600 });
    return new SsoSubject(server, await Gate.open(server.port), directory);
  }

  get site(): SsoSite {
    return { url: this.gate.url, adminUser: ADMIN.user, adminPasswordFile: join(this.#directory, 'password') };
  }

  async close(): Promise<void> {
    await this.gate.close();
    await this.server.close();
    await rm(this.#directory, { recursive: true });
  }
}
