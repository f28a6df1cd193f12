import { KINDS, type Kind, type ObjectKey } from '../api/kinds.ts';
import { columnsOf } from '../columns/columns.ts';
import { byName, type Cells, type KindRows, kindRows } from '../columns/kind-rows.ts';
import { type Lookup, PART_OBJECTS, type Part } from './index-line.ts';
import { itemState, type ListItem, listLine, rowOfItem } from './list-item.ts';

/** The objects of one kind in one line, column by column. Names and uids hold no spaces. */
interface ListBlock extends Omit<KindRows, 'names' | 'uids'> {
  /** How many objects there are, with and without a status. */
  count: number;
  names: string;
  uids: string;
  /** Names of those without a status. */
  unknown: string;
}

/** What a block says. */
export interface ReadBlock {
  /** By name. */
  rows: KindRows;
  unknown: string[];
}

/** A line for each kind that has objects. */
export function* listBlocks(keys: readonly ObjectKey[], lookup: Lookup): Generator<Part> {
  for (const kind of KINDS) {
    const items: ListItem[] = [];
    const own = keys.filter((key) => key.kind === kind);
    for (let first = 0; first < own.length; first += PART_OBJECTS) {
      items.push(...itemsOf(own.slice(first, first + PART_OBJECTS), lookup));
      yield { text: '', lines: 0 };
    }
    const { kind: _, count, ...rest } = listBlock(kind, items);
    if (count > 0) yield { text: `${JSON.stringify({ kind, count, ...rest })}\n`, lines: count };
  }
}

function itemsOf(keys: readonly ObjectKey[], lookup: Lookup): ListItem[] {
  return keys.flatMap((key, index) => {
    const said = lookup(key);
    return said === undefined ? [] : [JSON.parse(listLine(index, key, said)) as ListItem];
  });
}

function listBlock(kind: Kind, items: readonly ListItem[]): ListBlock {
  const known = items.filter((item) => itemState(item) === 'known').map(rowOfItem);
  const unknown = items.filter((item) => itemState(item) === 'unknown').map(([, , name]) => name);
  const { names, uids, labels, cells, times } = kindRows(kind, byName(known));
  return {
    kind,
    labels: shared(labels),
    cells: cells.map(shared),
    times,
    count: known.length + unknown.length,
    names: names.join(' '),
    uids: uids.join(' '),
    unknown: unknown.join(' '),
  };
}

/** Values that say the same are there once, unless most say something of their own. */
function shared<T>({ values }: Cells<T>): Cells<T> {
  const known = new Map<string, number>();
  const once: T[] = [];
  const at = values.map((value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const place = known.get(text) ?? once.push(value) - 1;
    known.set(text, place);
    return place;
  });
  return once.length > values.length / 2 ? { values } : { values: once, at };
}

/** Of what kind a block is, and of how many objects, without a look at the rest; undefined for what is none. Pure. */
export function blockHead(line: string): { kind: string; count: number } | undefined {
  const [, kind, count] = /^\{"kind":"(\w+)","count":(\d+),/.exec(line.slice(0, MOST_HEAD)) ?? [];
  return kind === undefined ? undefined : { kind, count: Number(count) };
}

const MOST_HEAD = 80;

/** Undefined for a block in which something is missing. @throws SyntaxError for what is no JSON. Pure. */
export function readBlock(line: string): ReadBlock | undefined {
  const { kind, count, labels, cells, times, ...joined } = JSON.parse(line) as ListBlock;
  const [names, uids, unknown] = [joined.names, joined.uids, joined.unknown].map(split) as [string[], ...string[][]];
  const rows = { kind, names, uids: uids ?? [], labels, cells, times };
  const isWhole = isComplete(rows) && names.length + (unknown?.length ?? 0) === count;
  return isWhole ? { rows, unknown: unknown ?? [] } : undefined;
}

function split(joined: string): string[] {
  return joined === '' ? [] : joined.split(' ');
}

function isComplete({ kind, names, uids, labels, cells, times }: KindRows): boolean {
  const timed = columnsOf(kind, 'Table').filter(({ time }) => time !== undefined).length;
  const others = columnsOf(kind, 'Table').length - timed;
  const { length } = names;
  return (
    uids.length === length &&
    isOf(labels, length) &&
    (length === 0 || (cells.length === others && times.length === timed)) &&
    cells.every((column) => isOf(column, length)) &&
    times.every((column) => column.length === length)
  );
}

/** In a plain loop: a list may have ten thousand rows. */
function isOf({ values, at }: Cells<unknown>, length: number): boolean {
  if (at === undefined) return values.length === length;
  if (at.length !== length) return false;
  for (let index = 0; index < length; index += 1) if (values[at[index] ?? -1] === undefined) return false;
  return true;
}
