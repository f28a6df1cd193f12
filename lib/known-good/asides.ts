import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CcError, orElse } from '../errors.ts';
import { copyTree } from '../fs/copy-tree.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { readJson, renameDurable, syncDirectory, syncTree, writeJsonDurable } from '../fs/durable.ts';
import { exists, namesIn } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import { safeName } from '../snapshot/sibling-names.ts';
import { DamagedRecord } from '../store/damaged-record.ts';

/** A live file or directory of an app, and its name below the aside. */
export interface AsidePart {
  /** `volumes/<name>`, `env` or `secrets`. */
  name: string;
  live: string;
}

/** `aside.json`: what went aside, for whom, and how far it is. */
export interface Aside {
  format: 1;
  id: string;
  domain: string;
  /** Generation that the pointer named then; absent: there was no pointer. */
  generation?: string;
  /** `Moving`: a part may still be in its live place, and must get here before anything else happens to the app. */
  state: 'Moving' | 'Kept';
  parts: AsidePart[];
}

export type NewAside = Pick<Aside, 'id' | 'domain' | 'generation' | 'parts'>;

/**
 * What was live when a canonical began afresh beside a damaged known-good: `canonicals/<name>/asides/<id>/`, where no
 * removal of the app reaches it.
 */
export class Asides {
  readonly directory: string;

  /** @param directory `canonicals/<name>`. */
  constructor(directory: string) {
    this.directory = join(directory, 'asides');
  }

  /** All asides, by id. @throws DamagedRecord where a record is no record. */
  async list(): Promise<Aside[]> {
    const found: Aside[] = [];
    for (const name of await namesIn(this.directory)) {
      const aside = name.startsWith('.') ? undefined : await readAside(this.#pathOf(name));
      if (aside) found.push(aside);
    }
    return found;
  }

  /**
   * Moves the parts out of their live places; what an earlier call left half done is ended first. Nothing is ever
   * overwritten, and no only copy removed: across file systems the part is copied and compared, and the live one is left
   * to whoever destroys the app. Parts that are not there are left out. Idempotent; a crash at any point is resumed by
   * the next call, whatever its id.
   * @throws CcError as `copyTree`; `Conflict` when a copy reads back differently.
   */
  async keep(wanted: NewAside, tools: Coreutils): Promise<void> {
    await this.resume(tools);
    const parts: AsidePart[] = [];
    for (const part of wanted.parts) if (await exists(part.live)) parts.push(part);
    if (parts.length === 0) return;
    const aside: Aside = { format: 1, ...wanted, state: 'Moving', parts };
    await this.#write(aside);
    await this.#move(aside, tools);
  }

  /** Ends what an earlier {@link keep} left half done; before anything is put in a live place. As {@link keep}. */
  async resume(tools: Coreutils): Promise<void> {
    for (const aside of await this.list()) if (aside.state === 'Moving') await this.#move(aside, tools);
  }

  /**
   * Gives up what of an aside is not moved yet, for want of room for it: the parts that are there are kept, and the
   * others are left in their live places, for good. Idempotent; without effect where there is no such aside.
   */
  async settle(id: string): Promise<void> {
    const aside = (await this.list()).find((one) => one.id === id);
    if (aside?.state !== 'Moving') return;
    const root = this.#pathOf(id);
    const parts: AsidePart[] = [];
    for (const part of aside.parts) {
      await removeTree(tempOf(join(root, part.name)));
      if (await exists(join(root, part.name))) parts.push(part);
    }
    await this.#write({ ...aside, state: 'Kept', parts });
  }

  /** Removes these asides; absent is success. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const trash = join(this.directory, `.trash-${safeName('aside', id)}`);
      if (await exists(this.#pathOf(id))) await renameDurable(this.#pathOf(id), trash);
      await removeTree(trash);
    }
  }

  /** Whether a crash left something that {@link sweep} would remove. */
  async hasLitter(): Promise<boolean> {
    return (await namesIn(this.directory)).some((name) => name.startsWith('.trash-'));
  }

  /** Ends removals that a crash cut off. Idempotent. */
  async sweep(): Promise<void> {
    for (const name of await namesIn(this.directory)) {
      if (name.startsWith('.trash-')) await removeTree(join(this.directory, name));
    }
  }

  async #move(aside: Aside, tools: Coreutils): Promise<void> {
    const root = this.#pathOf(aside.id);
    await mkdir(join(root, 'volumes'), { recursive: true, mode: 0o700 });
    for (const { name, live } of aside.parts) {
      if ((await exists(join(root, name))) || !(await exists(live))) continue;
      const target = join(root, name);
      await orElse(renameDurable(live, target), 'EXDEV', () => copyPart(live, target, tools));
    }
    await syncDirectory(join(root, 'volumes'));
    await this.#write({ ...aside, state: 'Kept' });
  }

  async #write(aside: Aside): Promise<void> {
    await writeJsonDurable(join(this.#pathOf(aside.id), 'aside.json'), aside, { mode: 0o600 });
    await syncDirectory(this.directory);
  }

  #pathOf(id: string): string {
    return join(this.directory, safeName('aside', id));
  }
}

const tempOf = (target: string): string => join(target, '..', `.tmp-${basename(target)}`);

async function copyPart(live: string, target: string, tools: Coreutils): Promise<void> {
  const temp = tempOf(target);
  await removeTree(temp);
  await copyTree(live, temp, tools);
  await syncTree(temp, tools);
  const [from, to] = [await treeDigest(live, tools.signal), await treeDigest(temp, tools.signal)];
  if (from.digest !== to.digest) throw new CcError('Conflict', `${live} and its copy differ: it changed meanwhile`);
  await renameDurable(temp, target);
}

/** A directory without a record holds nothing yet: the record comes first. */
async function readAside(directory: string): Promise<Aside | undefined> {
  const path = join(directory, 'aside.json');
  const aside = await orElse(readJson<Partial<Aside> | null>(path), 'Damaged', (error) => {
    throw new DamagedRecord(path, error);
  });
  if (aside === undefined) return undefined;
  if (aside?.format === 1 && aside.id === basename(directory) && Array.isArray(aside.parts)) return aside as Aside;
  throw new DamagedRecord(path, new Error(`${path} is not the record of an aside of this version`));
}
