import { type Document, isAlias, isCollection, isMap, isNode, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { type FieldPath, fieldPathText, type SpecProblem } from './spec-codec-problem.ts';

/** Most values of a document, what an alias stands for counted each time. */
const MOST_VALUES = 20_000;
const MOST_DEPTH = 64;

const PLAIN_TAGS = new Set(
  ['null', 'bool', 'int', 'float', 'str', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

/** A fault with its offset in the text. */
export interface ValueFault extends Pick<SpecProblem, 'path' | 'message' | 'remedy' | 'code'> {
  offset: number;
}

/**
 * The document as plain data. Null fields are left out, null items stay. Refuses what the parser lets through:
 * repeated keys, tags, and aliases that grow or contain themselves. The cost is bounded, whatever the document.
 */
export function readValue(document: Document.Parsed): { value: unknown; faults: ValueFault[] } {
  const reader = new ValueReader();
  const value = reader.read(document.contents, []);
  return { value: value ?? undefined, faults: reader.faults };
}

class ValueReader {
  readonly faults: ValueFault[] = [];
  readonly #anchors = new Map<string, unknown>();
  #values = 0;

  read(node: unknown, path: FieldPath): unknown {
    if (this.#tooMuch(node, path)) return null;
    this.#checkTag(node, path);
    if (isCollection(node) || isScalar(node)) this.#remember(node);
    if (isAlias(node)) return this.#readAlias(this.#anchors.get(node.source), node, path);
    if (isMap(node)) return this.#readMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    return isScalar(node) ? node.value : null;
  }

  /** `Alias.resolve` of the library walks the document each time; this keeps many aliases cheap. */
  #remember(node: { anchor?: string }): void {
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #readAlias(target: unknown, alias: unknown, path: FieldPath): unknown {
    if (target !== undefined) return this.read(target, path);
    const remedy = 'Define the anchor above its use, or write the value out.';
    this.#fault(alias, path, { message: 'found an alias without its anchor', remedy, code: 'Syntax' });
    return null;
  }

  #readMap(map: YAMLMap, path: FieldPath): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const pair of map.items) this.#readPair(pair, entries, path);
    return Object.fromEntries([...entries].filter(([, value]) => value !== null));
  }

  #readPair(pair: Pair, entries: Map<string, unknown>, path: FieldPath): void {
    const key = keyText(pair);
    if (key === undefined) {
      const remedy = 'Use a plain word as key.';
      this.#fault(pair.key, path, { message: 'found a key that is no plain word', remedy, code: 'WrongType' });
      return;
    }
    const at = [...path, key];
    if (entries.has(key)) {
      const message = `found the key '${key}' a second time`;
      this.#fault(pair.key, at, { message, remedy: 'Keep one of them.', code: 'DuplicateKey' });
    }
    entries.set(key, this.read(pair.value, at));
  }

  #tooMuch(node: unknown, path: FieldPath): boolean {
    this.#values += 1;
    if (this.#values <= MOST_VALUES && path.length <= MOST_DEPTH) return false;
    const what = this.#values > MOST_VALUES ? `more than ${MOST_VALUES} values` : `more than ${MOST_DEPTH} levels`;
    const remedy = 'Write fewer values, and none that contain themselves through an alias.';
    const known = this.faults.some((fault) => fault.code === 'TooComplex');
    if (!known) this.#fault(node, path, { message: `found ${what}`, remedy, code: 'TooComplex' });
    return true;
  }

  #checkTag(node: unknown, path: FieldPath): void {
    const tag = isMap(node) || isSeq(node) || isScalar(node) ? node.tag : undefined;
    if (tag === undefined || PLAIN_TAGS.has(tag)) return;
    const remedy = 'Remove the tag; values are plain text, numbers, lists and mappings.';
    this.#fault(node, path, { message: `found the tag ${tag}`, remedy, code: 'UnsupportedTag' });
  }

  #fault(node: unknown, path: FieldPath, fault: Pick<SpecProblem, 'message' | 'remedy' | 'code'>): void {
    this.faults.push({ ...fault, path: fieldPathText(path.slice(0, 8)), offset: offsetOf(node) ?? 0 });
  }
}

/** The key of a pair as text; undefined where it is a list, a mapping or an alias. */
function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return pair.key === null ? '' : undefined;
  return pair.key.value === null ? '' : String(pair.key.value);
}

/** Offset of the first character of a node in the text, where it has one. */
function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/**
 * Offset of the field that `path` names: of its key (list items: of the item) or of its value. Where the path ends
 * early, of the deepest part that exists.
 */
export function placeOf(document: Document.Parsed, path: FieldPath, at: 'Key' | 'Value'): number {
  let node: unknown = document.contents;
  let keyOffset = offsetOf(node) ?? 0;
  for (const step of path) {
    const child = childOf(isAlias(node) ? node.resolve(document) : node, step);
    if (child === undefined) return keyOffset;
    keyOffset = offsetOf(child.key) ?? keyOffset;
    node = child.value;
  }
  return at === 'Key' ? keyOffset : (offsetOf(node) ?? keyOffset);
}

/** The scalar that `path` names as it stands in the text, also behind an alias. */
export function sourceTextAt(document: Document.Parsed, path: FieldPath): string | undefined {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const node = path.reduce<unknown>((from, step) => childOf(resolved(from), step)?.value, document.contents);
  const scalar = resolved(node);
  return isScalar(scalar) ? scalar.source : undefined;
}

function childOf(node: unknown, step: string | number): Pick<Pair, 'key' | 'value'> | undefined {
  if (isMap(node)) {
    const pair = node.items.find((each) => keyText(each) === String(step));
    return pair && { key: pair.key, value: pair.value };
  }
  const item: unknown = isSeq(node) ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { key: item, value: item };
}
