import { join } from 'node:path';
import { CcError, orElse, orNothing } from '../errors.ts';
import type { RecordFiles } from '../fs/record-files.ts';
import { Serial } from '../serial.ts';
import { readRecord } from './damaged-record.ts';
import type { Claim, Claims, DamagedClaim } from './store.ts';

/** Letters, digits, dots and dashes: what a domain may hold, and nothing that leaves the directory. */
const DOMAIN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** {@link Claims} as files `<directory>/<domain>.json`. */
export class FileClaims implements Claims {
  readonly #records: RecordFiles;
  readonly #directory: string;
  readonly #serial = new Serial();

  constructor(records: RecordFiles, directory: string) {
    this.#records = records;
    this.#directory = directory;
  }

  claim(claim: Claim): Promise<void> {
    const path = this.#path(claim.domain);
    return this.#serial.run(path, async () => {
      const created = this.#records.create(path, claim).then(() => true);
      if (!(await orNothing(created, 'Conflict'))) await this.#claimAgain(path, claim);
    });
  }

  release(domain: string, uid: string): Promise<void> {
    const path = this.#path(domain);
    return this.#serial.run(path, async () => {
      const holder = await this.#read(path);
      if (holder?.uid === uid) await this.#records.remove(path);
    });
  }

  /** Sorted by domain. */
  async list(): Promise<Claim[]> {
    const looks = await this.#lookAtAll();
    return looks.flatMap((look) => ('claim' in look ? [look.claim] : []));
  }

  async damaged(): Promise<DamagedClaim[]> {
    const looks = await this.#lookAtAll();
    return looks.flatMap((look) => ('claim' in look ? [] : [look]));
  }

  async get(domain: string): Promise<Claim | undefined> {
    return this.#read(this.#path(domain));
  }

  async #lookAtAll(): Promise<({ claim: Claim } | DamagedClaim)[]> {
    const files = this.#records.names(this.#directory).filter((name) => name.endsWith('.json'));
    const looks = await Promise.all(files.map((name) => this.#look(join(this.#directory, name))));
    return looks.filter((look) => look !== undefined);
  }

  async #look(path: string): Promise<{ claim: Claim } | DamagedClaim | undefined> {
    const read = this.#read(path).then((claim) => claim && { claim });
    return await orElse(read, 'Damaged', (error) => ({ path, error }));
  }

  async #read(path: string): Promise<Claim | undefined> {
    return readRecord(this.#records, path, isClaim);
  }

  /** The same owner's next attempt takes the claim over; anybody else is told who holds it. */
  async #claimAgain(path: string, claim: Claim): Promise<void> {
    const holder = await this.#read(path);
    if (holder !== undefined && holder.uid !== claim.uid)
      throw new CcError('Conflict', `the domain ${claim.domain} belongs to ${holder.kind} ${holder.name}`, {
        remedy: 'Choose another domain, or delete that object first.',
      });
    if (holder?.attempt !== claim.attempt) await this.#records.write(path, claim);
  }

  #path(domain: string): string {
    if (!DOMAIN.test(domain) || domain.includes('..') || domain.length > 253)
      throw new CcError('InvalidInput', `${JSON.stringify(domain)} is not a domain name`);
    return join(this.#directory, `${domain.toLowerCase()}.json`);
  }
}

function isClaim(value: object): value is Claim {
  const { domain, kind, name, uid, attempt } = value as Partial<Record<keyof Claim, unknown>>;
  return [domain, kind, name, uid].every((text) => typeof text === 'string') && typeof attempt === 'number';
}
