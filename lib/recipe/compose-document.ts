import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import { isRecord, mapValues } from '../api/objects.ts';
import { CcError } from '../errors.ts';
import { type ComposeFault, shownKey } from './compose-fault.ts';
import { type ComposeLeaf, readLeaf } from './compose-leaf.ts';
import {
  InterpolationError,
  type Lookup,
  misleadingDefaultsIn,
  requiredVariablesIn,
  variablesIn,
} from './interpolation.ts';
import { isMerge, type NodePath, scalarOf, treeOf, YamlFault } from './yaml-tree.ts';

/** A tree of plain values, as read from YAML. */
export type Tree = { [key: string]: unknown };
export type TreePath = NodePath;

const MAX_FILE_BYTES = 1024 * 1024;

/** One compose file: its tree, interpolated, and where things are in it. */
export class ComposeDocument {
  readonly file: string;
  /** As it is meant: texts as they stand in the file, numbers only where a number is wanted. */
  readonly tree: Tree;
  /** As the docker CLI judges it: numbers wherever YAML has them. */
  readonly judged: Tree;
  /** Variables that its texts name. */
  readonly read = new Set<string>();
  /** Variables without value and default. */
  readonly unset = new Set<string>();
  readonly nonStringValues: string[] = [];
  /** `file:line:column what` of defaults that do not do what they look like. */
  readonly misleadingDefaults: string[] = [];
  /** `secrets.<key>` or `configs.<key>` → the variables in its `name`. */
  readonly nameVariables = new Map<string, string[]>();
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #decimals = new Set<string>();

  /**
   * Reads YAML as the docker CLI does: 1.2 with merge keys, octals with a leading zero, `yes` and `no` as texts.
   * @throws CcError `InvalidInput` with file, line and column.
   */
  constructor(file: string, text: string, lookup: Lookup) {
    this.file = file;
    this.#lines = new LineCounter();
    if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw this.#tooBig();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error) throw this.#invalid(this.#at(error.pos[0]), error.message, 'Correct the YAML.', error);
    const leaves = this.#read(lookup);
    this.tree = leavesOf(leaves, ({ meant }) => meant) as Tree;
    this.judged = leavesOf(leaves, ({ judged }) => judged) as Tree;
  }

  /** Whether the number at a path of `judged` is written with a point or an exponent. */
  isDecimal(path: TreePath): boolean {
    return this.#decimals.has(path.join('\0'));
  }

  /** `file:line:column` of what is at `path`, or undefined where this file has nothing there. */
  position(path: TreePath): string | undefined {
    const node = nodeAt(this.#document, path);
    return node?.range ? this.#at(node.range[0]) : undefined;
  }

  /** The error for a fault, at the place of its path, or of the nearest one above it. */
  fault({ path, rule, remedy }: ComposeFault): CcError {
    const lengths = path.map((_, index) => path.length - index);
    const [place = this.file] = lengths.flatMap((length) => this.position(path.slice(0, length)) ?? []);
    const name = path.map(shownKey).join('.');
    return this.#invalid(place, rule.startsWith(':') ? `${name}${rule}` : `${name} ${rule}`, remedy);
  }

  #read(lookup: Lookup): Tree {
    let tree: unknown;
    try {
      tree = treeOf(this.#document, (node, path) => this.#leaf(node, path, lookup));
    } catch (error) {
      if (!(error instanceof YamlFault)) throw error;
      const place = error.node?.range ? this.#at(error.node.range[0]) : this.file;
      throw this.#invalid(place, error.message, 'Correct the YAML.', error);
    }
    if (isTree(tree)) return tree;
    throw this.#invalid(`${this.file}:1:1`, 'a compose file is a mapping', 'Begin with services:.');
  }

  #leaf(node: Scalar | undefined, path: TreePath, lookup: Lookup): Leaf {
    try {
      const leaf = readLeaf(node, path, lookup);
      if (leaf.kind === 'Decimal') this.#decimals.add(path.join('\0'));
      if (node !== undefined) this.#note(node, path, { leaf, lookup });
      return new Leaf(leaf);
    } catch (error) {
      const place = this.#at(node?.range?.[0] ?? 0);
      if (error instanceof YamlFault)
        throw this.#invalid(place, `${path.map(shownKey).join('.')} ${error.message}`, 'Correct the value.', error);
      if (!(error instanceof InterpolationError)) throw error;
      throw this.#invalid(place, `${path.map(shownKey).join('.')}: ${error.message}`, error.remedy ?? '', error);
    }
  }

  #note(node: Scalar, path: TreePath, { leaf, lookup }: { leaf: ComposeLeaf; lookup: Lookup }): void {
    const [section = '', name = '', key, item] = path;
    const written = scalarOf(node).value;
    const place = this.#at(node.range?.[0] ?? 0);
    if (typeof written === 'string' && written.includes('$')) this.#noteVariables(written, place, lookup);
    if ((section === 'secrets' || section === 'configs') && key === 'name' && path.length === 3) {
      const variables = variablesIn(String(written)).filter((variable) => variable !== 'STACK_NAME');
      this.nameVariables.set(`${section}.${name}`, variables);
    }
    const inEnvironment = section === 'services' && key === 'environment' && path.length === 4;
    const isText = leaf.kind === 'Text' || leaf.kind === 'Null';
    if (inEnvironment && !isText) this.nonStringValues.push(`${place} ${name}.${item}`);
  }

  #noteVariables(written: string, place: string, lookup: Lookup): void {
    for (const variable of variablesIn(written)) this.read.add(variable);
    for (const variable of requiredVariablesIn(written)) if (lookup(variable) === undefined) this.unset.add(variable);
    this.misleadingDefaults.push(...misleadingDefaultsIn(written).map((what) => `${place} ${what}`));
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

/** Told apart from the mappings around it. */
class Leaf {
  readonly value: ComposeLeaf;

  constructor(value: ComposeLeaf) {
    this.value = value;
  }
}

function leavesOf(node: unknown, pick: (leaf: ComposeLeaf) => unknown): unknown {
  if (node instanceof Leaf) return pick(node.value);
  if (Array.isArray(node)) return node.map((item) => leavesOf(item, pick));
  return mapValues(node as Tree, (value) => leavesOf(value, pick));
}

/** The node at a path of the merged tree, in which lists of `KEY=value`, names and mounts are maps. */
function nodeAt(document: Document, path: TreePath): Node | undefined {
  let node: unknown = document.contents;
  for (const key of path) {
    node = below(document, node, key);
    if (node === undefined) return undefined;
  }
  return isNode(node) ? node : undefined;
}

/** What lies under `key`, its own before what a merge key brings. */
function below(document: Document, given: unknown, key: string): unknown {
  const node = isAlias(given) ? given.resolve(document) : given;
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair !== undefined) return isNode(pair.value) ? pair.value : pair.key;
    const merged = node.items.filter((item) => isMerge(item.key)).map((item) => item.value);
    const sources = merged.flatMap((source) => (isSeq(source) ? source.items : [source]));
    for (const source of sources) {
      const found = below(document, source, key);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isSeq(node)) return undefined;
  return node.items.find((item) => isNode(item) && keysOf(item).includes(key)) ?? node.items[Number(key)];
}

/** The keys that an item of a list may have in a map. */
function keysOf(item: Node): string[] {
  if (isMap(item)) return ['target', 'source'].map((key) => String(item.get(key)));
  const text = isScalar(item) ? String(item.value) : '';
  const [first = '', second] = text.split(':');
  return [text, text.split('=')[0] ?? '', second ?? first];
}

/** The mapping, or an empty one for anything else. */
export function asTree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

/** True for a mapping (not null, not a list). */
export function isTree(value: unknown): value is Tree {
  return isRecord(value) && !(value instanceof Leaf);
}
