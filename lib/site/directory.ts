import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256 } from '../digest.ts';
import { CcError, orElse, systemCode } from '../errors.ts';
import { giveWay } from '../give-way.ts';
import { isSitePath, MANIFEST, type Manifest, parseManifest, type WrittenFile } from './manifest.ts';
import { GENERATOR } from './page.ts';
import { type Signature, SiteFiles } from './site-files.ts';
import type { Trends } from './trend.ts';

/** Where the mark of a page of ours stands at the latest. */
const MARK_WITHIN = 4_096;

/** Files that are looked at before others of this process have their turn. */
const AT_ONCE = 100;

/**
 * The directory that a site is written to. Only files that we wrote are replaced or removed: the manifest names them before
 * they are there. No link below the start is followed. A file is replaced by a
 * rename, and not synchronised: after a power cut {@link verify} finds what differs, and it is written again. One writer.
 */
export class SiteDirectory {
  readonly path: string;
  readonly #instance: string;
  readonly #files = new Map<string, WrittenFile>();
  /** Of files that were written or read by this process. */
  readonly #seen = new Map<string, Signature>();
  readonly #disk: SiteFiles;
  #trends: Trends = {};
  #saved: string | undefined;

  /** @param path absolute. @param instance id of the state directory. */
  constructor(path: string, instance: string) {
    this.path = path;
    this.#instance = instance;
    this.#disk = new SiteFiles(path);
  }

  /**
   * Makes the directory where it is missing and reads what is remembered of it.
   * @returns whether it is as this process left it. @throws CcError `Conflict` where another instance writes there.
   */
  async open(): Promise<'Same' | 'Other'> {
    // only this one: a state directory that was moved away is not made anew for its site
    await orElse(mkdir(this.path), ['EEXIST', 'ENOENT'], (error) => {
      if (systemCode(error) === 'ENOENT')
        throw new CcError('NotFound', `${dirname(this.path)} is not there`, { remedy: 'Create it.' });
    });
    const manifest = await this.#disk.read(MANIFEST);
    const text = manifest === undefined || manifest === 'Other' ? undefined : manifest.content.toString('utf8');
    if (text !== undefined && text === this.#saved) return 'Same';
    const found = text === undefined ? undefined : parseManifest(text);
    if (found !== undefined && found.instance !== this.#instance)
      throw new CcError('Conflict', `${this.path} holds the status page of another state directory`, {
        remedy: 'Give each controller a site.directory of its own, or remove the files and .cc-ci-site.json there.',
      });
    this.#saved = text;
    this.#seen.clear();
    if (found === undefined) return 'Other';
    this.#files.clear();
    for (const [path, file] of Object.entries(found.files)) this.#files.set(path, file);
    this.#trends = found.trends;
    return 'Other';
  }

  get trends(): Trends {
    return this.#trends;
  }

  set trends(trends: Trends) {
    this.#trends = trends;
  }

  /** Files of ours, by path. */
  get files(): ReadonlyMap<string, WrittenFile> {
    return this.#files;
  }

  /** Whether the file is there as it was made from that. */
  isFrom(path: string, from: string): boolean {
    const file = this.#files.get(path);
    return file?.from === from && file.digest !== '' && this.#seen.has(path);
  }

  /** Looks at every file of ours; those that are not as they were written are written again by the next {@link put}. */
  async verify(): Promise<void> {
    for (const [index, [path, { digest }]] of [...this.#files].entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await giveWay();
      const before = this.#seen.get(path);
      const now = before && (await orElse(this.#disk.signature(path), 'Refused', () => undefined));
      if (now !== undefined && before !== undefined && isSame(before, now)) continue;
      this.#seen.delete(path);
      const found = await orElse(this.#disk.read(path), 'Refused', () => undefined);
      if (found === undefined || found === 'Other' || digestOf(found.content) !== digest) continue;
      this.#seen.set(path, found.signature);
    }
  }

  /**
   * Takes paths for us before anything is written there.
   * @returns those at which somebody else's file lies; nothing may be written there.
   */
  async claim(paths: readonly string[]): Promise<string[]> {
    const fresh = paths.filter((path) => !this.#files.has(path));
    const foreign: string[] = [];
    for (const [index, path] of fresh.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await giveWay();
      if (await this.#isForeign(path)) foreign.push(path);
      else this.#files.set(path, { digest: '' });
    }
    if (fresh.length > foreign.length) await this.#disk.replace(MANIFEST, this.#text(), 'Plain');
    return foreign;
  }

  /** Writes a file that was claimed where it differs. @returns whether it was written. */
  async put(path: string, content: string | Uint8Array, from?: string): Promise<boolean> {
    const before = this.#files.get(path);
    if (before === undefined) throw new CcError('Internal', `${path} was not claimed`);
    const file = { digest: digestOf(content), ...(from === undefined ? {} : { from }) };
    if (before.digest === file.digest && this.#seen.has(path)) {
      if (before.from !== from) this.#files.set(path, file);
      return false;
    }
    this.#seen.set(path, await this.#disk.replace(path, content, 'Plain'));
    this.#files.set(path, file);
    return true;
  }

  /** Removes a file of ours; absent is success. A directory that it leaves empty goes as well. */
  async remove(path: string): Promise<void> {
    if (!this.#files.has(path)) return;
    await this.#disk.remove(path);
    const [, inner, file] = path.split('/');
    if (inner !== undefined && file !== undefined) await this.#disk.removeEmpty(dirname(path));
    this.#files.delete(path);
    this.#seen.delete(path);
  }

  /** Remembers what was written. Durable. */
  async save(): Promise<void> {
    const text = this.#text();
    if (text === this.#saved) return;
    await this.#disk.replace(MANIFEST, text, 'Synced');
    this.#saved = text;
  }

  /** Lets go of what is open; to be called at the end of a round, whatever came of it. */
  async close(): Promise<void> {
    await this.#disk.close();
  }

  #text(): string {
    const files = Object.fromEntries([...this.#files].sort(([one], [other]) => (one < other ? -1 : 1)));
    const manifest: Manifest = { format: 1, instance: this.#instance, files, trends: this.#trends };
    return `${JSON.stringify(manifest)}\n`;
  }

  /** A page, feed or badge of ours bears our mark, the name of a copy the digest of its run and path. */
  async #isForeign(path: string): Promise<boolean> {
    if (!isSitePath(path)) throw new CcError('Internal', `${path} is no path of a site`);
    const found = await orElse(this.#disk.read(path), 'Refused', () => 'Other' as const);
    if (found === undefined) return false;
    if (found === 'Other') return true;
    return path.split('/').length < 3 && !found.content.subarray(0, MARK_WITHIN).includes(GENERATOR);
  }
}

function isSame(one: Signature, other: Signature): boolean {
  return one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs;
}

function digestOf(content: string | Uint8Array): string {
  return sha256(content).slice(0, 32);
}
