import { CcError } from '../errors.ts';
import { truth } from './compose-casts.ts';
import { type ComposeDocument, isTree, type Tree, type TreePath } from './compose-document.ts';
import { shownKey } from './compose-fault.ts';
import { parseGoDuration } from './go-duration.ts';

/** Reads typed values out of a merged tree; a fault names the file and place it comes from. */
export class ComposeReader {
  readonly #tree: Tree;
  readonly #documents: readonly ComposeDocument[];

  constructor(tree: Tree, documents: readonly ComposeDocument[]) {
    this.#tree = tree;
    this.#documents = documents;
  }

  /** `InvalidInput` that names the place, the rule and the remedy. */
  fault(path: TreePath, rule: string, remedy: string): CcError {
    return new CcError(
      'InvalidInput',
      `${this.placeOf(path)}: ${path.map(shownKey).join('.')}${rule.startsWith(':') ? '' : ' '}${rule}`,
      { remedy },
    );
  }

  value(path: TreePath): unknown {
    return path.reduce<unknown>(
      (node, key) => (isTree(node) && Object.hasOwn(node, key) ? node[key] : undefined),
      this.#tree,
    );
  }

  /** A mapping; absent and null are empty. */
  map(path: TreePath): Tree {
    const value = this.value(path) ?? {};
    if (isTree(value)) return value;
    throw this.fault(path, 'must be a mapping', 'Write key: value lines.');
  }

  /** A text; numbers and booleans are taken as written; undefined where absent or null. */
  text(path: TreePath): string | undefined {
    const value = this.value(path) ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw this.fault(path, 'must be a text', 'Write one value.');
  }

  /** A whole number from 0 on. */
  count(path: TreePath): number | undefined {
    const text = this.text(path);
    if (text === undefined || text === '') return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw this.fault(path, `must be a whole number, not "${text}"`, 'Write digits only.');
  }

  truth(path: TreePath): boolean {
    const text = this.text(path) || 'false';
    const value = truth(text);
    if (value !== undefined) return value;
    throw this.fault(path, `must be true or false, not "${text}"`, 'Write true or false.');
  }

  /** Milliseconds. */
  duration(path: TreePath): number | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const durationMs = parseGoDuration(text);
    if (durationMs !== undefined) return durationMs;
    throw this.fault(path, `must be a duration, not "${text}"`, 'Write it like 90s or 1m30s.');
  }

  /** A list of texts; absent is undefined. */
  texts(path: TreePath): string[] | undefined {
    const value = this.value(path) ?? undefined;
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.some((item) => item === null || typeof item === 'object'))
      throw this.fault(path, 'must be a list of texts', 'Write it like [node, server.mjs].');
    return value.map(String);
  }

  /** A text or a list of texts, as in the file. */
  textOrTexts(path: TreePath): string | string[] | undefined {
    return Array.isArray(this.value(path)) ? this.texts(path) : this.text(path);
  }

  /** A map of texts; null values are passed to `missing`, whose undefined leaves the key out. */
  textMap(path: TreePath, missing: (key: string) => string | undefined): Record<string, string> {
    const entries = Object.keys(this.map(path)).flatMap((key): [string, string][] => {
      const value = this.text([...path, key]) ?? missing(key);
      return value === undefined ? [] : [[key, value]];
    });
    return Object.fromEntries(entries);
  }

  /** `file:line:column` of what is at the path or nearest above it, in the last file that has it; else all files. */
  placeOf(path: TreePath): string {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.#documents.toReversed().flatMap((document) => document.position(path.slice(0, length)) ?? []);
      if (found[0] !== undefined) return found[0];
    }
    return this.#documents.map((document) => document.file).join(', ');
  }
}
