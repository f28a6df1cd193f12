import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import { CcError } from '../errors.ts';
import { InterpolationError, interpolate, type Lookup, requiredVariablesIn, variablesIn } from './interpolation.ts';

/** A tree of plain values, as read from YAML. */
export type Tree = { [key: string]: unknown };
export type TreePath = readonly string[];

const MAX_ALIASES = 100;
const MAX_FILE_BYTES = 1024 * 1024;
const TEXT_MAPS = new Set(['environment', 'labels']);

/** One compose file: its tree, interpolated, and where things are in it. */
export class ComposeDocument {
  readonly file: string;
  readonly tree: Tree;
  /** Variables without value and default. */
  readonly unset: ReadonlySet<string>;
  readonly nonStringValues: readonly string[];
  /** `secrets.<key>` or `configs.<key>` → the variables in its `name`. */
  readonly nameVariables: ReadonlyMap<string, string[]>;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #filledIn = new WeakSet<Node>();

  /**
   * Reads YAML 1.2 with merge keys; a `mode` with a leading zero is octal, as everyone means it.
   * @throws CcError `InvalidInput` with file, line and column.
   */
  constructor(file: string, text: string, lookup: Lookup) {
    this.file = file;
    this.#lines = new LineCounter();
    if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw this.#tooBig();
    this.#document = parseDocument(text, { merge: true, lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error) throw this.#invalid(this.#at(error.pos[0]), error.message, 'Correct the YAML.', error);
    this.nameVariables = this.#readNameVariables();
    this.nonStringValues = this.#keepText();
    this.unset = this.#interpolate(lookup);
    this.tree = this.#toTree();
  }

  /** True where the text at `path` (list items by their number) stands in the file as it is, no variable in it. */
  isLiteral(path: TreePath): boolean {
    const node = this.#document.getIn(path, true);
    return isScalar(node) && !this.#filledIn.has(node);
  }

  /** `file:line:column` of what is at `path`, or undefined where this file has nothing there. */
  position(path: TreePath): string | undefined {
    const node = nodeAt(this.#document, path);
    return node?.range ? this.#at(node.range[0]) : undefined;
  }

  #toTree(): Tree {
    let tree: unknown;
    try {
      tree = this.#document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      throw this.#invalid(this.file, `the aliases (*name) cannot be resolved`, 'Use fewer of them.', error);
    }
    if (tree === null || tree === undefined) return {};
    if (isTree(tree)) return tree;
    throw this.#invalid(`${this.file}:1:1`, 'a compose file is a mapping', 'Begin with services:.');
  }

  #interpolate(lookup: Lookup): Set<string> {
    const unset = new Set<string>();
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
        try {
          for (const name of requiredVariablesIn(node.value)) if (lookup(name) === undefined) unset.add(name);
          node.value = interpolate(node.value, lookup);
          this.#filledIn.add(node);
        } catch (error) {
          if (!(error instanceof InterpolationError)) throw error;
          throw this.#invalid(this.#at(node.range?.[0] ?? 0), error.message, error.remedy ?? '', error);
        }
      },
    });
    return unset;
  }

  /** Keeps what stands there for values that are texts (`1.10`, `true`) and reads octal modes. */
  #keepText(): string[] {
    const found: string[] = [];
    visit(this.#document, {
      Pair: (_key, pair, path) => {
        if (!isScalar(pair.key)) return;
        if (pair.key.value === 'mode') readOctal(pair);
        if (!TEXT_MAPS.has(String(pair.key.value)) || !isMap(pair.value)) return;
        const changed = pair.value.items.flatMap((item) => asText(item) ?? []);
        const owner = path.findLast((node) => isNamedPair(node));
        const service = isNamedPair(owner) ? String(owner.key.value) : '';
        if (pair.key.value !== 'environment' || service === 'x-process') return;
        found.push(...changed.map(({ key, offset }) => `${this.#at(offset)} ${service}.${key}`));
      },
    });
    return found;
  }

  #readNameVariables(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const section of ['secrets', 'configs']) {
      const map = this.#document.get(section);
      if (!isMap(map)) continue;
      for (const pair of map.items) {
        const name = isMap(pair.value) ? pair.value.get('name') : undefined;
        if (typeof name === 'string') found.set(`${section}.${keyText(pair)}`, safeVariables(name));
      }
    }
    return found;
  }

  #at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.file}:${line}:${col}`;
  }

  #tooBig(): CcError {
    return this.#invalid(this.file, `a compose file may have ${MAX_FILE_BYTES} bytes`, 'Make it smaller.');
  }

  #invalid(place: string, rule: string, remedy: string, cause?: unknown): CcError {
    return new CcError('InvalidInput', `${place}: ${rule}`, { remedy, ...(cause === undefined ? {} : { cause }) });
  }
}

/** The node at a path of the merged tree, in which lists of `KEY=value`, names and mounts are maps. */
function nodeAt(document: Document, path: TreePath): Node | undefined {
  let node: unknown = document.contents;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) node = node.get(key, true);
    else if (isSeq(node)) node = node.items.find((item) => isNode(item) && keysOf(item).includes(key));
    else return undefined;
  }
  return isNode(node) ? node : undefined;
}

/** The keys that an item of a list may have in a map. */
function keysOf(item: Node): string[] {
  if (isMap(item)) return ['target', 'source'].map((key) => String(item.get(key)));
  const text = isScalar(item) ? String(item.value) : '';
  const [first = '', second] = text.split(':');
  return [text, text.split('=')[0] ?? '', second ?? first];
}

/** True for a mapping (not null, not a list). */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamedPair(node: Node | Document | Pair | undefined): node is Pair & { key: { value: unknown } } {
  return node !== undefined && 'key' in node && isScalar(node.key);
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** Turns a number or boolean into the text that stands there; gives its place when it did. */
function asText(pair: Pair): { key: string; offset: number } | undefined {
  const { value } = pair;
  if (!isScalar(value) || typeof value.value === 'string' || value.value === null) return undefined;
  value.value = value.source ?? String(value.value);
  return { key: keyText(pair), offset: value.range?.[0] ?? 0 };
}

function readOctal(pair: Pair): void {
  if (isScalar(pair.value) && pair.value.type === 'PLAIN' && /^0[0-7]+$/.test(pair.value.source ?? '')) {
    pair.value.value = Number.parseInt(pair.value.source ?? '', 8);
  }
}

function safeVariables(text: string): string[] {
  try {
    return variablesIn(text).filter((name) => name !== 'STACK_NAME');
  } catch {
    return []; // the interpolation reports it with its place
  }
}
