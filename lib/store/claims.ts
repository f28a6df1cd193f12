import { join } from 'node:path';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import { CcError, orElse, orNothing } from '../errors.ts';
import type { RecordFiles } from '../fs/record-files.ts';
import { smallFiles } from '../fs/small-files.ts';
import { Serial } from '../serial.ts';
import { readRecord } from './damaged-record.ts';
import { type FileSignature, sameSignature, signatureNow } from './replace-file.ts';
import type { Claim, Claims, DamagedClaim } from './store.ts';

/** Letters, digits, dots and dashes: what a domain may hold, and nothing that leaves the directory. */
const DOMAIN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

interface Seen {
  file: FileSignature;
  /** Of the version that the log keeps. */
  revision: number;
  claim: Claim;
}

/** {@link Claims} as files `<directory>/<domain>.json`. */
export class FileClaims implements Claims {
  readonly #records: RecordFiles;
  readonly #directory: string;
  readonly #serial = new Serial();
  /** By path: what a file that is still the same said. */
  readonly #seen = new Map<string, Seen>();
  /** Domains by the holder's key, as this process has seen or made them: where to look, not what is so. */
  #holders: Promise<Map<string, Set<string>>> | undefined;

  constructor(records: RecordFiles, directory: string) {
    this.#records = records;
    this.#directory = directory;
  }

  claim(claim: Claim): Promise<void> {
    const path = this.#path(claim.domain);
    return this.#serial.run(path, async () => {
      const created = this.#records.create(path, claim).then(() => true);
      if (!(await orNothing(created, 'Conflict'))) await this.#claimAgain(path, claim);
      else this.#remember(path, claim);
      note(await this.#domains(), claim);
    });
  }

  release(domain: string, uid: string): Promise<void> {
    const path = this.#path(domain);
    return this.#serial.run(path, async () => {
      const holder = await this.#read(path);
      if (holder?.uid !== uid) return;
      this.#seen.delete(path);
      await this.#records.remove(path);
      (await this.#domains()).get(keyText(holder))?.delete(holder.domain);
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

  async of(key: ObjectKey): Promise<Claim[]> {
    const domains = [...((await this.#domains()).get(keyText(key)) ?? [])];
    const looks = await Promise.all(domains.map((domain) => orNothing(this.get(domain), 'Damaged')));
    return looks.filter((claim) => claim !== undefined && keyText(claim) === keyText(key)) as Claim[];
  }

  async get(domain: string): Promise<Claim | undefined> {
    return this.#read(this.#path(domain));
  }

  #domains(): Promise<Map<string, Set<string>>> {
    this.#holders ??= this.#findHolders().catch((error: unknown) => {
      this.#holders = undefined;
      throw error;
    });
    return this.#holders;
  }

  /** Once for all; again the next time while one of them cannot be read. */
  async #findHolders(): Promise<Map<string, Set<string>>> {
    const holders = new Map<string, Set<string>>();
    for (const look of await this.#lookAtAll()) {
      if ('claim' in look) note(holders, look.claim);
      else this.#holders = undefined;
    }
    return holders;
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
    const seen = this.#seen.get(path);
    if (seen !== undefined && this.#isAsSeen(path, seen)) return seen.claim;
    this.#seen.delete(path);
    const before = await smallFiles.stat(path);
    if (before === undefined && !this.#records.knows(path)) return undefined;
    const claim = await readRecord(this.#records, path, isClaim);
    if (claim !== undefined && sameSignature(before, signatureNow(path))) this.#remember(path, claim);
    return claim;
  }

  #remember(path: string, claim: Claim): void {
    const [file, revision] = [signatureNow(path), this.#records.revision(path)];
    if (file !== undefined && revision !== undefined)
      this.#seen.set(path, { file, revision, claim: Object.freeze({ ...claim }) });
  }

  #isAsSeen(path: string, { file, revision }: Seen): boolean {
    return this.#records.revision(path) === revision && sameSignature(signatureNow(path), file);
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

function note(holders: Map<string, Set<string>>, claim: Claim): void {
  const domains = holders.get(keyText(claim)) ?? new Set();
  holders.set(keyText(claim), domains.add(claim.domain));
}

function isClaim(value: object): value is Claim {
  const { domain, kind, name, uid, attempt } = value as Partial<Record<keyof Claim, unknown>>;
  return [domain, kind, name, uid].every((text) => typeof text === 'string') && typeof attempt === 'number';
}
