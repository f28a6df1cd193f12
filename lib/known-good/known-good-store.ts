import { symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { throwIfAborted } from '../fs/coreutils.ts';
import { renameDurable } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { translateNoSpace } from '../fs/no-space.ts';
import { discardAsides } from '../snapshot/discard.ts';
import { type RetentionFacts, supersededSets } from '../snapshot/retention.ts';
import type { SetReader } from '../snapshot/set-reader.ts';
import { SetStore, type StoredSet } from '../snapshot/set-store.ts';
import { Asides } from './asides.ts';
import { linkedId, notePointer, readNotedPointer } from './pointer-note.ts';
import { readVolumesState, type VolumesState, writeVolumesState } from './volumes-state.ts';

const POINTER = 'known-good';

/**
 * What is known to be good of one canonical: complete sets, and the link that names the current one. The link is the
 * record of "known good"; it moves by one rename. What it names is noted beside it, in case that it is lost.
 */
export class KnownGoodStore {
  /** `canonicals/<name>`. */
  readonly directory: string;
  /** Its generations. */
  readonly sets: SetStore;
  /** What was live when a canonical began afresh. */
  readonly asides: Asides;

  constructor(options: { directory: string; reader?: SetReader | undefined }) {
    this.directory = options.directory;
    this.sets = new SetStore({ directory: join(options.directory, 'generations'), reader: options.reader });
    this.asides = new Asides(options.directory);
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
    if (await this.sets.get(noted)) await this.#link(noted);
    return noted;
  }

  /** Whether the generation `later` was made after `earlier`, as far as both can be read, or `earlier` is not there. */
  async #follows(later: string, earlier: string): Promise<boolean> {
    const [one, other] = [await this.sets.get(later), await this.sets.get(earlier)];
    if (one === undefined) return false;
    if (other === undefined) return !(await exists(this.sets.pathOf(earlier)));
    if ((await this.sets.line(earlier)).some(({ id }) => id === later)) return false;
    return (
      one.manifest.createdTime > other.manifest.createdTime ||
      (await this.sets.line(later)).some((g) => g.id === earlier)
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
    await orNothing(unlink(temp), 'ENOENT');
    await symlink(join('generations', id), temp);
    await renameDurable(temp, join(this.directory, POINTER));
  }

  /**
   * The current known-good. Reads the manifest only; its data is to be verified before it is used.
   * @throws CcError `Damaged` when the link names a set whose manifest is absent or cannot be read.
   */
  async pointer(): Promise<StoredSet | undefined> {
    const id = await this.pointerId();
    if (id === undefined) return undefined;
    const manifest = await this.sets.manifest(id);
    if (manifest !== undefined) return { id, manifest };
    throw new CcError('Damaged', `${join(this.directory, POINTER)} names ${id}, which has no manifest`, {
      remedy: 'An intact ancestor or a new seed run can take its place.',
    });
  }

  /**
   * Makes `id` the known-good: found complete first, then one rename of the link. Its content was digested when it was
   * made, and is read back by the looks. Idempotent. A crash leaves the old or the new pointer.
   * @throws CcError `Damaged` or `DataMissing` when the set is not complete; `NoSpace`; `Aborted`; the pointer stays then.
   */
  async swap(id: string, signal: AbortSignal): Promise<void> {
    const found = await this.sets.outline(id);
    throwIfAborted(signal);
    if (found.state === 'Missing') throw new CcError('DataMissing', `generation ${id} is not complete`);
    if (found.state === 'Damaged') throw new CcError('Damaged', `generation ${id}: ${found.reason}`);
    try {
      await this.#link(id);
      await notePointer(this.directory, id);
    } catch (error) {
      throw translateNoSpace(error, `naming ${id} the known-good`);
    }
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
    return (await this.sets.ids()).length === 0 && (await this.asides.list()).length === 0;
  }

  /**
   * Removes generations that nothing needs, and what crashes left (`.tmp-<id>` of operations that are not referenced,
   * `.trash-<id>`); gives the ids removed. Each is renamed to `.trash-<id>` first. Without a readable pointer no
   * complete generation is removed, nor while the line of the pointer is broken, nor while a line that began afresh is
   * shorter than `keep`: until then what it began beside stays, and what was live then.
   */
  async collect(options: Pick<RetentionFacts, 'keep' | 'referenced'>): Promise<string[]> {
    await this.sweep(options.referenced);
    const pointer = await this.pointerId();
    const line = pointer === undefined ? [] : await this.sets.line(pointer);
    const superseded = supersededSets({ ...options, line, ids: await this.sets.ids() });
    if (superseded === undefined) return [];
    for (const id of superseded) await this.sets.remove(id);
    await this.asides.remove((await this.asides.list()).filter(({ state }) => state === 'Kept').map(({ id }) => id));
    return superseded;
  }

  /**
   * Puts away what a finished restore of the app in `appDirectory` replaced, in a time that no amount of data changes; the
   * Canonical removes it later. Absent is success; idempotent.
   * @throws CcError `Refused` while a restore is unfinished.
   */
  async discardAsides(appDirectory: string): Promise<void> {
    await discardAsides(appDirectory);
  }

  /** Whether a crash left something that {@link sweep} would remove. */
  async hasLitter(): Promise<boolean> {
    return (await this.sets.hasLitter()) || (await this.asides.hasLitter());
  }

  /** Removes what crashes left: `.tmp-<id>` of operations that are not referenced, `.trash-<id>`. Idempotent. */
  async sweep(referenced?: ReadonlySet<string>): Promise<void> {
    await this.sets.sweep(referenced);
    await this.asides.sweep();
  }
}
