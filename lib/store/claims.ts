import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, hasCode, systemCode } from '../errors.ts';
import { createFileDurable, readJson, removeDurable, writeJsonDurable } from '../fs/durable.ts';
import { Serial } from '../serial.ts';
import type { Claim, Claims } from './store.ts';

/** Letters, digits, dots and dashes: what a domain may hold, and nothing that leaves the directory. */
const DOMAIN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** {@link Claims} as files `<directory>/<domain>.json`. */
export class FileClaims implements Claims {
  readonly #directory: string;
  readonly #serial = new Serial();

  constructor(directory: string) {
    this.#directory = directory;
  }

  claim(claim: Claim): Promise<void> {
    const path = this.#path(claim.domain);
    return this.#serial.run(path, async () => {
      try {
        await createFileDurable(path, `${JSON.stringify(claim)}\n`);
      } catch (error) {
        if (!hasCode(error, 'Conflict')) throw error;
        await this.#claimAgain(path, claim);
      }
    });
  }

  release(domain: string, uid: string): Promise<void> {
    const path = this.#path(domain);
    return this.#serial.run(path, async () => {
      const holder = await readJson<Claim>(path);
      if (holder?.uid === uid) await removeDurable(path);
    });
  }

  /** Sorted by domain. */
  async list(): Promise<Claim[]> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
    const claims = await Promise.all(files.map((name) => readJson<Claim>(join(this.#directory, name))));
    return claims.filter((claim) => claim !== undefined);
  }

  async get(domain: string): Promise<Claim | undefined> {
    return readJson<Claim>(this.#path(domain));
  }

  /** The same owner's next attempt takes the claim over; anybody else is told who holds it. */
  async #claimAgain(path: string, claim: Claim): Promise<void> {
    const holder = await readJson<Claim>(path);
    if (holder !== undefined && holder.uid !== claim.uid) {
      throw new CcError('Conflict', `the domain ${claim.domain} belongs to ${holder.kind} ${holder.name}`, {
        remedy: 'Choose another domain, or delete that object first.',
      });
    }
    if (holder?.attempt !== claim.attempt) await writeJsonDurable(path, claim);
  }

  #path(domain: string): string {
    if (!DOMAIN.test(domain) || domain.includes('..') || domain.length > 253) {
      throw new CcError('InvalidInput', `${JSON.stringify(domain)} is not a domain name`);
    }
    return join(this.#directory, `${domain.toLowerCase()}.json`);
  }
}
