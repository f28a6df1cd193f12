import { KINDS, type Kind, type ObjectKey } from '../api/kinds.ts';
import type { StoredObject } from './store.ts';

/** Alphabetical, as the keys are. */
const KINDS_BY_NAME = KINDS.toSorted();

/** The objects of a store in memory: by key, in order, by their files, and Canonicals by the recipes that they name. */
export class ObjectList {
  readonly #kinds = new Map<Kind, OfKind>();
  readonly #recipes = new Map<string, Set<string>>();
  readonly #paths = new Map<string, Set<StoredObject>>();
  #all: readonly StoredObject[] | undefined;

  get({ kind, name }: ObjectKey): StoredObject | undefined {
    return this.#kinds.get(kind)?.get(name);
  }

  set(object: StoredObject): void {
    const { kind, name } = object;
    const before = this.get(object);
    const ofKind = this.#kinds.get(kind) ?? new OfKind();
    this.#kinds.set(kind, ofKind);
    ofKind.set(name, object);
    this.#all = undefined;
    this.#nameRecipes(before, object);
    this.#place(before, object);
  }

  delete(key: ObjectKey): void {
    const before = this.get(key);
    this.#nameRecipes(before, undefined);
    this.#place(before, undefined);
    this.#kinds.get(key.kind)?.delete(key.name);
    this.#all = undefined;
  }

  get size(): number {
    return [...this.#kinds.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** By kind and name. One and the same array while nothing changes, which is not to be changed. */
  list(kind?: Kind): readonly StoredObject[] {
    if (kind !== undefined) return this.#kinds.get(kind)?.list() ?? [];
    this.#all ??= KINDS_BY_NAME.flatMap((one) => this.list(one));
    return this.#all;
  }

  /** Canonicals whose spec, as written or as accepted last, names a recipe that this one's does; by name. */
  ofSameRecipe(canonical: StoredObject): StoredObject[] {
    const names = [...recipesOf(canonical)].flatMap((recipe) => [...(this.#recipes.get(recipe) ?? [])]);
    return [...new Set(names)].sort().flatMap((name) => this.get({ kind: 'Canonical', name }) ?? []);
  }

  /** The objects that remember that file as theirs; several after a rename inside the file. */
  at(path: string): StoredObject[] {
    return [...(this.#paths.get(path) ?? [])];
  }

  #place(before: StoredObject | undefined, after: StoredObject | undefined): void {
    if (before !== undefined) this.#paths.get(before.path)?.delete(before);
    if (before !== undefined && this.#paths.get(before.path)?.size === 0) this.#paths.delete(before.path);
    if (after === undefined) return;
    const there = this.#paths.get(after.path) ?? new Set();
    this.#paths.set(after.path, there.add(after));
  }

  #nameRecipes(before: StoredObject | undefined, after: StoredObject | undefined): void {
    for (const recipe of recipesOf(before)) {
      const names = this.#recipes.get(recipe);
      names?.delete(before?.name ?? '');
      if (names?.size === 0) this.#recipes.delete(recipe);
    }
    for (const recipe of recipesOf(after)) {
      const names = this.#recipes.get(recipe) ?? new Set();
      this.#recipes.set(recipe, names.add(after?.name ?? ''));
    }
  }
}

/** The objects of one kind by name. Its list is made anew from the one before: a change of an object sorts nothing. */
class OfKind {
  readonly #objects = new Map<string, StoredObject>();
  readonly #changed = new Set<string>();
  #positions: Map<string, number> | undefined;
  #list: readonly StoredObject[] = [];

  get size(): number {
    return this.#objects.size;
  }

  get(name: string): StoredObject | undefined {
    return this.#objects.get(name);
  }

  set(name: string, object: StoredObject): void {
    if (this.#objects.has(name)) this.#changed.add(name);
    else this.#positions = undefined;
    this.#objects.set(name, object);
  }

  delete(name: string): void {
    if (this.#objects.delete(name)) this.#positions = undefined;
  }

  list(): readonly StoredObject[] {
    if (this.#positions === undefined) this.#sort();
    else if (this.#changed.size > 0) this.#replace(this.#positions);
    this.#changed.clear();
    return this.#list;
  }

  #sort(): void {
    const sorted = [...this.#objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#positions = new Map(sorted.map(([name], index) => [name, index]));
    this.#list = sorted.map(([, object]) => object);
  }

  #replace(positions: ReadonlyMap<string, number>): void {
    const next = [...this.#list];
    for (const name of this.#changed) {
      const [position, object] = [positions.get(name), this.#objects.get(name)];
      if (position !== undefined && object !== undefined) next[position] = object;
    }
    this.#list = next;
  }
}

function recipesOf(object: StoredObject | undefined): Set<string> {
  if (object?.kind !== 'Canonical') return new Set();
  const named = [object.spec, object.accepted?.spec].map((spec) => recipeIn(spec));
  return new Set(named.filter((recipe) => recipe !== undefined));
}

function recipeIn(spec: unknown): string | undefined {
  const recipe = (spec as { app?: { recipe?: unknown } } | undefined)?.app?.recipe;
  return typeof recipe === 'string' ? recipe : undefined;
}
