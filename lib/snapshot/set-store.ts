import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { renameDurable } from '../fs/durable.ts';
import { namesIn } from '../fs/exists.ts';
import { joinInside } from '../fs/join-inside.ts';
import type { Pace } from '../fs/pace.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Manifest } from './manifest.ts';
import { diskReader, type SetReader } from './set-reader.ts';
import { safeName } from './sibling-names.ts';
import { type SetState, verifySet } from './verify-set.ts';

/** One complete set of an object. */
export interface StoredSet {
  id: string;
  manifest: Manifest;
}

const TEMP = '.tmp-';
const TRASH = '.trash-';
const NOBODY: ReadonlySet<string> = new Set();

/** The sets of one object in one directory: `generations/` of a canonical, `sets/` of a warm service. */
export class SetStore {
  /** Where sets are made: `makeSet`'s `directory`. */
  readonly directory: string;
  readonly #reader: SetReader;

  constructor(options: { directory: string; reader?: SetReader | undefined }) {
    this.directory = options.directory;
    this.#reader = options.reader ?? diskReader;
  }

  /** Path of a set. @throws CcError `InvalidInput` for an id that is no file name. */
  pathOf(id: string): string {
    return join(this.directory, safeName('set id', id));
  }

  /** The manifest of a set, as `readManifest`; use {@link verify} before its data is used. */
  async manifest(id: string): Promise<Manifest | undefined> {
    return await this.#reader.manifest(this.pathOf(id));
  }

  /**
   * The set of that id if it is complete; undefined if it is not there, unfinished, its manifest is damaged, or no set
   * can have that id.
   * @throws system errors as they are: they say nothing about the set.
   */
  async get(id: string): Promise<StoredSet | undefined> {
    const manifest = await orNothing(this.manifest(id), 'Damaged', 'InvalidInput');
    return manifest && { id, manifest };
  }

  /** Every name that may be a set, in whatever state it is. */
  async ids(): Promise<string[]> {
    return (await namesIn(this.directory)).filter((name) => !name.startsWith('.'));
  }

  /** All complete sets with a readable manifest, newest first. */
  async list(): Promise<StoredSet[]> {
    const found: StoredSet[] = [];
    for (const id of await this.ids()) {
      const set = await this.get(id);
      if (set) found.push(set);
    }
    return found.sort((a, b) => compareText(b.manifest.createdTime, a.manifest.createdTime) || compareText(b.id, a.id));
  }

  /** Reads the whole set and compares digests, as `verifySet`. @throws CcError `Aborted`; system errors as they are. */
  async verify(id: string, signal: AbortSignal, pace?: Pace): Promise<SetState> {
    const paced = (path: string, one: AbortSignal): Promise<string> => this.#reader.digest(path, one, pace);
    return await verifySet(this.pathOf(id), signal, {
      manifest: (set) => this.#reader.manifest(set),
      names: (directory) => this.#reader.names(directory),
      exists: (path) => this.#reader.exists(path),
      digest: paced,
    });
  }

  /** `id` and its ancestors (its parent, that one's parent …) as far as manifests can be read. */
  async line(id: string): Promise<StoredSet[]> {
    const line: StoredSet[] = [];
    let next: string | undefined = id;
    while (next !== undefined && !line.some((one) => one.id === next)) {
      const set: StoredSet | undefined = await this.get(next);
      if (set) line.push(set);
      next = set?.manifest.parent;
    }
    return line;
  }

  /**
   * The newest ancestor of `id` that is intact; `id` itself is not looked at beyond its manifest. Undefined when there
   * is none, or when the line is broken by an unreadable manifest.
   */
  async newestIntactAncestor(id: string, signal: AbortSignal): Promise<StoredSet | undefined> {
    for (const ancestor of (await this.line(id)).slice(1)) {
      const found = await this.verify(ancestor.id, signal);
      if (found.state === 'Intact') return { id: ancestor.id, manifest: found.manifest };
    }
    return undefined;
  }

  /** Removes a set that is there: renamed to `.trash-<id>` first, so that a crash leaves no half of one. */
  async remove(id: string): Promise<void> {
    const trash = joinInside(this.directory, `${TRASH}${id}`);
    await renameDurable(joinInside(this.directory, id), trash);
    await removeTree(trash);
  }

  /** Whether a crash left something that {@link sweep} would remove. */
  async hasLitter(): Promise<boolean> {
    return (await this.#litter(NOBODY)).length > 0;
  }

  /** Removes what crashes left: `.tmp-<id>` of operations that are not referenced, `.trash-<id>`. Idempotent. */
  async sweep(referenced: ReadonlySet<string> = NOBODY): Promise<void> {
    for (const name of await this.#litter(referenced)) await removeTree(join(this.directory, name));
  }

  async #litter(referenced: ReadonlySet<string>): Promise<string[]> {
    const isLeft = (name: string): boolean =>
      name.startsWith(TRASH) || (name.startsWith(TEMP) && !referenced.has(name.slice(TEMP.length)));
    return (await namesIn(this.directory)).filter(isLeft);
  }
}

function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
