interface Node<T> {
  value?: T;
  /** Absent where nothing lies below: most paths are those of files. */
  below?: Map<string, Node<T>>;
}

/** Values by absolute path. What lies at or below a path is forgotten without a look at the rest. */
export class PathMap<T> {
  readonly #root: Node<T> = {};

  get(path: string): T | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const name of namesOf(path)) node = node?.below?.get(name);
    return node?.value;
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

  /** Forgets what is at that path and below it. */
  forget(path: string): void {
    const names = namesOf(path);
    const last = names.pop();
    let node: Node<T> | undefined = this.#root;
    for (const name of names) node = node?.below?.get(name);
    if (last !== undefined) node?.below?.delete(last);
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}
