import { KINDS, type Kind, type ObjectKey } from '../api/kinds.ts';
import { isRecord } from '../api/objects.ts';
import { columnsOf } from '../columns/columns.ts';
import { byName, type Row, rowOf } from '../columns/row.ts';
import { maskUrls } from '../url-mask.ts';
import type { LineForm } from './index-line.ts';
import type { CommonStatus } from './reader.ts';
import type { StoredObject } from './store.ts';

/** Raised with every change of the format; what columns show is the build's affair. */
const FORMAT = 4;

/** Stands for the build where none is known: the program runs from its sources. */
const FROM_SOURCE = 'source';

/** The list; its cells are as one build makes them, and for programs of that build alone. Pure. */
export function listForm(build: string | undefined): LineForm {
  return { head: listHead(build), line: listLine };
}

function listHead(build: string | undefined): string {
  return `${JSON.stringify({ format: FORMAT, build: build ?? FROM_SOURCE })}\n`;
}

/**
 * What the list says of an object: items of an array in JSON, without cells where its status was not shown yet. No user
 * and password of a URL are in it. Pure.
 */
export function listText(object: StoredObject, status: CommonStatus | undefined): string {
  const { uid, labels, cells } = rowOf({ object, status }, 'Table');
  const items = [uid, labels, ...(status === undefined ? [] : [cells])];
  const masked = (_: string, value: unknown): unknown => (typeof value === 'string' ? maskUrls(value) : value);
  return JSON.stringify(items, masked).slice(1, -1);
}

function listLine(number: number, { kind, name }: ObjectKey, said: string | undefined): string {
  return `[${number},"${kind}","${name}"${said === undefined ? '' : `,${said}`}]\n`;
}

export interface ListQuery {
  /** Of the program that reads; undefined where it runs from its sources. */
  build: string | undefined;
  kinds: readonly Kind[];
}

/** A list as it was read. */
export interface ReadList {
  /** By kind in the order of `KINDS`, then by name. */
  rows: Row[];
  /** Objects whose status it does not know. */
  unknown: ObjectKey[];
}

/**
 * What a list says last of each object of some kinds; undefined where it is none, of another build, or not whole: nothing
 * else tells which are missing. Pure.
 */
export function readListText(text: string, { build, kinds }: ListQuery): ReadList | undefined {
  const items = parsed(text, listHead(build));
  const last = new Map<unknown, LastOfKind>(kinds.map((kind) => [kind, lastOfKind(kind)]));
  if (items === undefined || !takeItems(items, last)) return undefined;
  const found = KINDS.flatMap((kind) => last.get(kind) ?? []);
  return {
    rows: found.flatMap(({ rows }) => byName([...rows.values()])),
    unknown: found.flatMap(({ unknown }) => [...unknown.values()]),
  };
}

/** The lines; all in one go, since what a call of the parser costs is more than what it reads of a line. */
function parsed(text: string, head: string): unknown[] | undefined {
  if (!text.startsWith(head) || !text.endsWith('\n')) return undefined;
  try {
    return JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`) as unknown[];
  } catch {
    return undefined;
  }
}

/** A line: number, kind and name; where the object is there uid and labels; where its status is known the cells. */
type Item = [number: number, kind: Kind, name: string, uid: string, labels: Row['labels'], cells: Row['cells']];

/** How many of these there are of an object that is gone, of one without a status, and of any other. */
const LENGTHS = { gone: 3, unknown: 5, known: 6 } as const;

/** What was said last of the objects of one kind, by name. */
interface LastOfKind {
  rows: Map<string, Row>;
  unknown: Map<string, ObjectKey>;
  columns: number;
}

function lastOfKind(kind: Kind): LastOfKind {
  return { rows: new Map(), unknown: new Map(), columns: columnsOf(kind, 'Table').length };
}

/** False where a line of whatever kind is out of turn, or one of these kinds is none. In a plain loop: there may be many. */
function takeItems(items: readonly unknown[], last: ReadonlyMap<unknown, LastOfKind>): boolean {
  for (let number = 1; number < items.length; number += 1) {
    const item = items[number];
    if (!Array.isArray(item) || item[0] !== number) return false;
    const ofKind = last.get(item[1]);
    if (ofKind && !takeItem(item as Item, ofKind)) return false;
  }
  return true;
}

function takeItem(item: Item, { rows, unknown, columns }: LastOfKind): boolean {
  const kind = item[1];
  const name = item[2];
  unknown.delete(name);
  if (item.length === LENGTHS.known) {
    rows.set(name, { kind, name, uid: item[3], labels: item[4], cells: item[5] });
    return isRecord(item[4]) && Array.isArray(item[5]) && item[5].length === columns;
  }
  rows.delete(name);
  if (item.length === LENGTHS.unknown) unknown.set(name, { kind, name });
  return item.length === LENGTHS.unknown ? isRecord(item[4]) : item.length === LENGTHS.gone;
}
