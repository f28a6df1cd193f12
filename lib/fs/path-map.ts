interface Node<T> {
  value?: T;
  /** Absent where nothing lies below: most paths are those of files. */
  below?: Map<string, Node<T>>;
}

/** Values by path. What lies at or below a path is found and forgotten without a look at the rest. */
export class PathMap<T> {
  readonly #root: Node<T> = {};

  get(path: string): T | undefined {
    return this.#at(path)?.value;
  }

  set(path: string, value: T): void {
    let node = this.#root;
    for (const name of namesOf(path)) {
      node.below ??= new Map();
      const next: Node<T> = node.below.get(name) ?? {};
      node.below.set(name, next);
      node = next;
    }
    node.value = value;
  }

  /** First names of the paths below a path, in no order. */
  names(path: string): string[] {
    return [...(this.#at(path)?.below?.keys() ?? [])];
  }

  /** Whether anything lies at or below a path. */
  has(path: string): boolean {
    const node = this.#at(path);
    return node !== undefined && (node.value !== undefined || node.below !== undefined);
  }

  /** Values at and below a path, with the paths below it. */
  *values(path = ''): Generator<T> {
    const node = this.#at(path);
    if (node !== undefined) yield* valuesIn(node);
  }

  /** Forgets what is at that path and below it. @returns what that was. */
  forget(path: string): T[] {
    const gone = [...this.values(path)];
    if (gone.length > 0) cut(this.#root, namesOf(path));
    return gone;
  }

  /** Asked several times for each record that is written: name by name, without a list of them. */
  #at(path: string): Node<T> | undefined {
    let node: Node<T> | undefined = this.#root;
    for (let from = 0; from < path.length && node !== undefined; ) {
      const slash = path.indexOf('/', from);
      const to = slash === -1 ? path.length : slash;
      if (to > from) node = node.below?.get(path.slice(from, to));
      from = to + 1;
    }
    return node;
  }
}

function* valuesIn<T>(node: Node<T>): Generator<T> {
  if (node.value !== undefined) yield node.value;
  for (const inner of node.below?.values() ?? []) yield* valuesIn(inner);
}

/** Removes a node, and those above it of which nothing is left. */
function cut<T>(node: Node<T>, names: readonly string[]): void {
  const [name, ...rest] = names;
  const inner = name === undefined ? undefined : node.below?.get(name);
  if (name === undefined || inner === undefined) {
    delete node.value;
    delete node.below;
    return;
  }
  cut(inner, rest);
  if (inner.value === undefined && inner.below === undefined) node.below?.delete(name);
  if (node.below?.size === 0) delete node.below;
}

function namesOf(path: string): string[] {
  const names = path.split('/');
  return names.includes('') ? names.filter((name) => name !== '') : names;
}
