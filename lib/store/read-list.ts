import type { Kind, ObjectKey } from '../api/kinds.ts';
import { KINDS } from '../api/kinds.ts';
import { columnsOf } from '../columns/columns.ts';
import { byName, type Cells, type KindRows, kindRows, rowsOf } from '../columns/kind-rows.ts';
import type { Row, Time } from '../columns/row.ts';
import { blockHead, type ReadBlock, readBlock } from './list-block.ts';
import { listHead } from './list-form.ts';
import { itemState, type ListItem, rowOfItem } from './list-item.ts';

export interface ListQuery {
  /** Of the program that reads; undefined where it runs from its sources. */
  build: string | undefined;
  kinds: readonly Kind[];
}

/** A list as it was read. */
export interface ReadList {
  /** In the order of `KINDS`, by name; kinds without rows are left out. */
  tables: KindRows[];
  /** Objects whose status it does not know. */
  unknown: ObjectKey[];
}

/**
 * What a list says last of each object of some kinds; undefined where it is none, of another build, or not whole: nothing
 * else tells which are missing. Pure.
 */
export function readListText(text: string, { build, kinds }: ListQuery): ReadList | undefined {
  const head = listHead(build);
  if (!text.startsWith(head) || !text.endsWith('\n')) return undefined;
  try {
    return readLines(text, head.length, kinds);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @throws SyntaxError for a line that is no JSON. */
function readLines(text: string, start: number, kinds: readonly Kind[]): ReadList | undefined {
  const ofKinds = new Map<unknown, ReadBlock>(kinds.map((kind) => [kind, { rows: kindRows(kind, []), unknown: [] }]));
  const blocks = readBlocks(text, start, ofKinds);
  if (blocks === undefined) return undefined;
  const changes = new Map<unknown, Map<string, ListItem>>(kinds.map((kind) => [kind, new Map()]));
  if (!readItems(text.slice(blocks.end), blocks.count, changes)) return undefined;
  const found = KINDS.flatMap((kind) => changed(ofKinds.get(kind), changes.get(kind)) ?? []);
  return {
    tables: found.map(({ rows }) => rows).filter(({ names }) => names.length > 0),
    unknown: found.flatMap(({ rows: { kind }, unknown }) => unknown.map((name) => ({ kind, name }))),
  };
}

/** Puts the blocks of kinds that are asked for in their place. Undefined where one is not whole. */
function readBlocks(
  text: string,
  start: number,
  ofKinds: Map<unknown, ReadBlock>,
): { end: number; count: number } | undefined {
  let [end, count] = [start, 0];
  while (text[end] === '{') {
    const next = text.indexOf('\n', end);
    const line = text.slice(end, next);
    const head = blockHead(line);
    const block = head && (ofKinds.has(head.kind) ? readBlock(line) : 'Passed');
    if (head === undefined || block === undefined) return undefined;
    if (block !== 'Passed') ofKinds.set(head.kind, block);
    count += head.count;
    end = next + 1;
  }
  return { end, count };
}

/**
 * The lines behind the blocks; all in one go, since what a call of the parser costs is more than what it reads of a line.
 * False where a line of whatever kind is out of turn, or one of these kinds is none.
 */
function readItems(text: string, count: number, changes: ReadonlyMap<unknown, Map<string, ListItem>>): boolean {
  const items = JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`) as unknown[];
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (!Array.isArray(item) || item[0] !== count + index + 1) return false;
    const ofKind = changes.get(item[1]);
    if (ofKind && !isItem(item as ListItem)) return false;
    ofKind?.set(item[2], item as ListItem);
  }
  return true;
}

function isItem(item: ListItem): boolean {
  const state = itemState(item);
  return state === 'known'
    ? item[5].length + item[6].length === columnsOf(item[1], 'Table').length
    : state !== undefined;
}

function changed(
  block: ReadBlock | undefined,
  changes: ReadonlyMap<string, ListItem> | undefined,
): ReadBlock | undefined {
  if (block === undefined || changes === undefined || changes.size === 0) return block;
  return patched(block, changes) ?? madeAnew(block, changes);
}

/** An object that looks otherwise than in the block, and its row there. */
interface Patch {
  place: number;
  item: ListItem;
}

/** Rows that look otherwise than in the block, in their places; undefined where any object came or went. */
function patched({ rows, unknown }: ReadBlock, changes: ReadonlyMap<string, ListItem>): ReadBlock | undefined {
  const patches = [...changes.values()].map((item): Patch => ({ place: placeOf(item[2], rows.names), item }));
  if (patches.some(({ place, item }) => place < 0 || itemState(item) !== 'known')) return undefined;
  const uids = put(rows.uids, patches, (item) => item[3]);
  const labels = putCells(rows.labels, patches, (item) => item[4]);
  const cells = rows.cells.map((column, index) => putCells(column, patches, (item) => item[5][index] ?? ''));
  const times = rows.times.map((column, index) => put<Time>(column, patches, (item) => item[6][index] ?? ''));
  return { rows: { ...rows, uids, labels, cells, times }, unknown };
}

function put<T>(column: readonly T[], patches: readonly Patch[], take: (item: ListItem) => T): T[] {
  const next = [...column];
  for (const { place, item } of patches) next[place] = take(item);
  return next;
}

/** What the column has already is not there twice: it is measured and padded once. */
function putCells<T>({ values, at }: Cells<T>, patches: readonly Patch[], take: (item: ListItem) => T): Cells<T> {
  if (at === undefined) return { values: put(values, patches, take) };
  const [all, next] = [[...values], [...at]];
  const known = new Map(values.map((value, index) => [value, index]));
  for (const { place, item } of patches) {
    const value = take(item);
    const index = known.get(value) ?? all.push(value) - 1;
    known.set(value, index);
    next[place] = index;
  }
  return { values: all, at: next };
}

/** Where that name is among sorted ones; -1 where it is not. */
function placeOf(name: string, names: readonly string[]): number {
  let [from, to] = [0, names.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((names[middle] ?? '') < name) from = middle + 1;
    else to = middle;
  }
  return names[from] === name ? from : -1;
}

function madeAnew(block: ReadBlock, changes: ReadonlyMap<string, ListItem>): ReadBlock {
  const rows = new Map<string, Row>(rowsOf(block.rows).map((row) => [row.name, row]));
  const unknown = new Set(block.unknown);
  for (const [name, item] of changes) {
    const state = itemState(item);
    unknown.delete(name);
    rows.delete(name);
    if (state === 'known') rows.set(name, rowOfItem(item));
    if (state === 'unknown') unknown.add(name);
  }
  return { rows: kindRows(block.rows.kind, byName([...rows.values()])), unknown: [...unknown] };
}
