import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { resolvePlain } from './yaml-scalar.ts';

/** Where something is in a tree: keys, and numbers of list items. */
export type NodePath = readonly string[];

/** A rule of YAML that is broken, and the node that breaks it. */
export class YamlFault extends Error {
  readonly node: Node | undefined;

  constructor(node: Node | undefined, rule: string) {
    super(rule);
    this.name = 'YamlFault';
    this.node = node;
  }
}

/** Nodes of a tree after aliases: no compose file has a tenth of it. */
const MAX_NODES = 100_000;
const MERGE = '<<';

/** A leaf of a document: a scalar, at a place where it may have come to through an alias or a merge key. */
export type ReadLeaf = (node: Scalar | undefined, path: NodePath) => unknown;

/**
 * The tree of a document, aliases and merge keys resolved, each leaf as `read` gives it: the one walk for all that is
 * made of a compose file, so that no way to a value loses how it was written. Keys that are no texts, cycles and bombs
 * are refused. @throws YamlFault
 */
export function treeOf(document: Document, read: ReadLeaf): unknown {
  return new Walk(document, read).at(document.contents, []);
}

class Walk {
  readonly #read: ReadLeaf;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(document: Document, read: ReadLeaf) {
    this.#read = read;
    this.#targets = aliasTargets(document);
  }

  at(given: unknown, path: NodePath): unknown {
    const node = this.#resolved(given);
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new YamlFault(undefined, 'the aliases (*name) make too much of the file');
    if (isScalar(node)) return this.#read(node, path);
    if (!isMap(node) && !isSeq(node)) return this.#read(undefined, path);
    if (this.#open.has(node)) throw new YamlFault(node, 'an alias (*name) stands within what it names');
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node, path) : node.items.map((item, at) => this.at(item, [...path, `${at}`]));
    this.#open.delete(node);
    return value;
  }

  #map(map: YAMLMap, path: NodePath): Record<string, unknown> {
    const values = this.#merged(map, path);
    for (const { key, value } of map.items) {
      if (isMerge(key)) continue;
      const name = this.#keyText(key, map);
      values.set(name, this.at(value, [...path, name]));
    }
    return Object.fromEntries(values);
  }

  /** What merge keys bring: of two that name a key, the first. */
  #merged(map: YAMLMap, path: NodePath): Map<string, unknown> {
    const values = new Map<string, unknown>();
    const merge = map.items.find(({ key }) => isMerge(key));
    if (merge === undefined) return values;
    const given = this.#resolved(merge.value);
    const sources = isSeq(given) && !isAlias(merge.value) ? given.items : [merge.value];
    for (const source of sources) {
      if (!isMap(this.#resolved(source)))
        throw new YamlFault(isNode(merge.key) ? merge.key : map, 'a merge key (<<) takes a mapping, or a list of them');
      for (const [key, value] of Object.entries(this.at(source, path) as object)) {
        if (!values.has(key)) values.set(key, value);
      }
    }
    return values;
  }

  #keyText(key: unknown, map: YAMLMap): string {
    const node = this.#resolved(key);
    if (isScalar(node) && scalarOf(node).kind === 'Text') return String(node.value);
    throw new YamlFault(isNode(node) ? node : map, 'a key must be a text; put it in quotes');
  }

  #resolved(node: unknown): unknown {
    if (!isAlias(node)) return node;
    const target = this.#targets.get(node);
    if (target === undefined) throw new YamlFault(node, `nothing is named &${node.source}`);
    return target;
  }
}

/** A scalar as the docker CLI understands it; explicit tags and quotes count. */
export function scalarOf(node: Scalar): ReturnType<typeof resolvePlain> {
  if (node.type === 'PLAIN' && node.tag === undefined) return resolvePlain(node.source ?? '');
  const { value } = node;
  if (value === null) return { kind: 'Null', value };
  if (typeof value === 'boolean') return { kind: 'Truth', value };
  if (typeof value === 'number') return { kind: Number.isInteger(value) ? 'Whole' : 'Decimal', value };
  return { kind: 'Text', value: typeof value === 'string' ? value : (node.source ?? '') };
}

/** Whether a key merges: `<<` without quotes. */
export function isMerge(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === MERGE;
}

/** An anchor may be given again: an alias means the last one before it. */
function aliasTargets(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
