import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair } from 'yaml';
import type { FieldPath } from './spec-codec-problem.ts';

/** The key of a pair as text; undefined where it is a list, a mapping or an alias. */
export function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return pair.key === null ? '' : undefined;
  return pair.key.value === null ? '' : String(pair.key.value);
}

/** Offset of the first character of a node in the text, where it has one. */
export function offsetOf(node: unknown): number | undefined {
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

interface Child {
  key: unknown;
  value: unknown;
}

function childOf(node: unknown, step: string | number): Child | undefined {
  if (isMap(node)) {
    const pair = node.items.find((each) => keyText(each) === String(step));
    return pair && { key: pair.key, value: pair.value };
  }
  const item: unknown = isSeq(node) ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { key: item, value: item };
}
