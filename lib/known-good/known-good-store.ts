import { symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, hasCode, systemCode } from '../errors.ts';
import { renameDurable } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { namesIn } from '../fs/names-in.ts';
import { translateNoSpace } from '../fs/no-space.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { safeName } from '../snapshot/names.ts';
import { diskReader, type SetReader } from '../snapshot/set-reader.ts';
import { type SetState, verifySet } from '../snapshot/verify-set.ts';
import { Asides } from './asides.ts';
import { linkedId, notePointer, readNotedPointer } from './pointer-note.ts';
import { readVolumesState, type VolumesState, writeVolumesState } from './volumes-state.ts';

/** One complete set below `generations/`. */
export interface Generation {
  id: string;
  manifest: Manifest;
}

export interface CollectOptions {
  /** How many generations of the pointer's line stay, the pointer's own included; at least 1. */
  keep: number;
  /** Ids that a lease, a running restore, a prepared copy or an unfinished run needs. */
  referenced: ReadonlySet<string>;
}

const POINTER = 'known-good';

/**
 * What is known to be good of one canonical: complete sets, and the link that names the current one. The link is the
 * record of "known good"; it moves by one rename. What it names is noted beside it, in case that it is lost.
 */
export class KnownGoodStore {
  /** `canonicals/<name>`. */
  readonly directory: string;
  /** Where sets are made: `makeSet`'s `directory`. */
  readonly generationsDirectory: string;

  /** What was live when a canonical began afresh. */
  readonly asides: Asides;
  readonly #reader: SetReader;

  constructor(options: { directory: string; reader?: SetReader | undefined }) {
    this.directory = options.directory;
    this.asides = new Asides(options.directory);
    this.#reader = options.reader ?? diskReader;
    this.generationsDirectory = join(options.directory, 'generations');
  }

  /** Path of a generation. @throws CcError `InvalidInput` for an id that is no file name. */
  pathOf(id: string): string {
    return join(this.generationsDirectory, safeName('generation', id));
  }

  /**
   * The id that the link names, whether or not its set is usable; undefined without a link. A link that is lost, no link
   * or older than what was noted beside it is put right.
   * @throws CcError `Damaged` where something else than a link to a generation is there; system errors as they are.
   */
  async pointerId(): Promise<string | undefined> {
    const path = join(this.directory, POINTER);
    const noted = await readNotedPointer(this.directory);
    const linked = await linkedId(path);
    if (noted === undefined || noted === linked) {
      if (linked !== 'NoLink') return linked;
      throw new CcError('Damaged', `${path} is not a link to a generation`);
    }
    if (linked !== undefined && linked !== 'NoLink' && !(await this.#follows(noted, linked))) return linked;
    if (await this.generation(noted)) await this.#link(noted);
    return noted;
  }

  /** Whether the generation `later` was made after `earlier`, as far as both can be read, or `earlier` is not there. */
  async #follows(later: string, earlier: string): Promise<boolean> {
    const [one, other] = [await this.generation(later), await this.generation(earlier)];
    if (one === undefined) return false;
    if (other === undefined) return !(await exists(this.pathOf(earlier)));
    if ((await this.#line(earlier)).some(({ id }) => id === later)) return false;
    return (
      one.manifest.createdTime > other.manifest.createdTime || (await this.#line(later)).some((g) => g.id === earlier)
    );
  }

  /** Notes what the link names, where that is not noted: for links of before. Idempotent. */
  async notePointer(): Promise<void> {
    const linked = await linkedId(join(this.directory, POINTER));
    if (linked === undefined || linked === 'NoLink' || linked === (await readNotedPointer(this.directory))) return;
    await notePointer(this.directory, linked);
  }

  async #link(id: string): Promise<void> {
    const temp = join(this.directory, `.tmp-${POINTER}`);
    await unlinkIfThere(temp);
    await symlink(join('generations', id), temp);
    await renameDurable(temp, join(this.directory, POINTER));
  }

  /**
   * The current known-good. Reads the manifest only; use {@link verify} before its data is used.
   * @throws CcError `Damaged` when the link names a set whose manifest is absent or cannot be read.
   */
  async pointer(): Promise<Generation | undefined> {
    const id = await this.pointerId();
    if (id === undefined) return undefined;
    const manifest = await this.#reader.manifest(this.pathOf(id));
    if (manifest !== undefined) return { id, manifest };
    throw new CcError('Damaged', `${join(this.directory, POINTER)} names ${id}, which has no manifest`, {
      remedy: 'An intact ancestor or a new seed run can take its place.',
    });
  }

  /**
   * The generation of that id if it is complete; undefined if it is not there, unfinished, or its manifest is damaged.
   * @throws system errors as they are: they say nothing about the generation.
   */
  async generation(id: string): Promise<Generation | undefined> {
    try {
      const manifest = await this.#reader.manifest(this.pathOf(id));
      return manifest && { id, manifest };
    } catch (error) {
      if (hasCode(error, 'Damaged')) return undefined;
      throw error;
    }
  }

  /** All complete generations with a readable manifest, newest first. */
  async generations(): Promise<Generation[]> {
    const found: Generation[] = [];
    for (const name of await this.#names()) {
      const generation = name.startsWith('.') ? undefined : await this.generation(name);
      if (generation) found.push(generation);
    }
    return found.sort((a, b) => compareText(b.manifest.createdTime, a.manifest.createdTime) || compareText(b.id, a.id));
  }

  /** Reads the whole set and compares digests, as `verifySet`. @throws CcError `Aborted`; system errors as they are. */
  async verify(id: string, signal: AbortSignal): Promise<SetState> {
    return await verifySet(this.pathOf(id), signal, this.#reader);
  }

  /**
   * Makes `id` the known-good: verified first, then one rename of the link. Idempotent. A crash leaves the old or the
   * new pointer.
   * @throws CcError `Damaged` or `DataMissing` when the set is not intact; `NoSpace`; `Aborted`; the pointer stays then.
   */
  async swap(id: string, signal: AbortSignal): Promise<void> {
    const found = await this.verify(id, signal);
    if (found.state === 'Missing') throw new CcError('DataMissing', `generation ${id} is not complete`);
    if (found.state === 'Damaged') throw new CcError('Damaged', `generation ${id}: ${found.reason}`);
    try {
      await this.#link(id);
      await notePointer(this.directory, id);
    } catch (error) {
      throw translateNoSpace(error, `naming ${id} the known-good`);
    }
  }

  /**
   * The newest ancestor of `id` (its parent, that one's parent …) that is intact; `id` itself is not looked at beyond
   * its manifest. Undefined when there is none, or when the line is broken by an unreadable manifest.
   */
  async newestIntactAncestor(id: string, signal: AbortSignal): Promise<Generation | undefined> {
    for (const ancestor of (await this.#line(id)).slice(1)) {
      const found = await this.verify(ancestor.id, signal);
      if (found.state === 'Intact') return { id: ancestor.id, manifest: found.manifest };
    }
    return undefined;
  }

  /** `id` and its ancestors as far as manifests can be read. */
  async #line(id: string): Promise<Generation[]> {
    const line: Generation[] = [];
    let next: string | undefined = id;
    while (next !== undefined && !line.some((one) => one.id === next)) {
      const generation: Generation | undefined = await this.generation(next);
      if (generation) line.push(generation);
      next = generation?.manifest.parent;
    }
    return line;
  }

  /** What is journaled about the live volumes. */
  async volumesState(): Promise<VolumesState> {
    return await readVolumesState(this.directory);
  }

  /** Journals it durably. */
  async setVolumesState(state: VolumesState): Promise<void> {
    await writeVolumesState(this.directory, state);
  }

  /**
   * True where nothing was ever known to be good, as far as the disk tells: no pointer, no generation, whatever state it
   * is in, and nothing aside.
   */
  async isEmpty(): Promise<boolean> {
    if ((await this.pointerId()) !== undefined) return false;
    const generations = (await this.#names()).filter((name) => !name.startsWith('.'));
    return generations.length === 0 && (await this.asides.list()).length === 0;
  }

  /**
   * Removes generations that nothing needs, and what crashes left (`.tmp-<id>` of operations that are not referenced,
   * `.trash-<id>`); gives the ids removed. Each is renamed to `.trash-<id>` first. Without a readable pointer no
   * complete generation is removed, nor while the line of the pointer is broken, nor while a line that began afresh is
   * shorter than `keep`: until then what it began beside stays, and what was live then.
   */
  async collect(options: CollectOptions): Promise<string[]> {
    await this.sweep(options.referenced);
    const pointer = await this.pointerId();
    const line = pointer === undefined ? [] : await this.#line(pointer);
    if (!(await this.#isOldEnough(line, options.keep))) return [];
    const kept = new Set(line.slice(0, Math.max(1, options.keep)).map((generation) => generation.id));
    const removed: string[] = [];
    for (const id of await this.#names()) {
      if (id.startsWith('.') || kept.has(id) || options.referenced.has(id)) continue;
      const trash = join(this.generationsDirectory, `.trash-${id}`);
      await renameDurable(join(this.generationsDirectory, id), trash);
      await removeTree(trash);
      removed.push(id);
    }
    await this.asides.remove((await this.asides.list()).filter(({ state }) => state === 'Kept').map(({ id }) => id));
    return removed;
  }

  /**
   * Whether a line needs nothing but itself: it has all generations that are kept, or the older ones of it were removed
   * before. False where the pointer's set, or one that would be kept behind it, is there but cannot be read.
   */
  async #isOldEnough(line: readonly Generation[], keep: number): Promise<boolean> {
    const last = line.at(-1);
    if (last === undefined) return false;
    if (line.length >= keep) return true;
    const next = last.manifest.parent;
    return next !== undefined && !(await exists(this.pathOf(next)));
  }

  /** Whether a crash left something that {@link sweep} would remove. */
  async hasLitter(): Promise<boolean> {
    return (await this.#names()).some((name) => isLitter(name, NOBODY)) || (await this.asides.hasLitter());
  }

  /** Removes what crashes left: `.tmp-<id>` of operations that are not referenced, `.trash-<id>`. Idempotent. */
  async sweep(referenced: ReadonlySet<string> = NOBODY): Promise<void> {
    for (const name of await this.#names()) {
      if (isLitter(name, referenced)) await removeTree(join(this.generationsDirectory, name));
    }
    await this.asides.sweep();
  }

  #names(): Promise<string[]> {
    return namesIn(this.generationsDirectory);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function isLitter(name: string, referenced: ReadonlySet<string>): boolean {
  const unfinished = name.startsWith('.tmp-') && !referenced.has(name.slice('.tmp-'.length));
  return unfinished || name.startsWith('.trash-');
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
