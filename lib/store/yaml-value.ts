import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { type FieldPath, fieldPathText, type SpecProblem } from './spec-codec-problem.ts';
import { keyText, offsetOf } from './yaml-place.ts';

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
