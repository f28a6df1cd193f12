import type { Kind, ObjectKey } from '../api/kinds.ts';
import { isRecord } from '../api/objects.ts';
import { columnsOf } from '../columns/columns.ts';
import { inOrder, type Row, rowOf } from '../columns/row.ts';
import { maskUrls } from '../url-mask.ts';
import type { LineForm } from './index-line.ts';
import type { CommonStatus } from './reader.ts';
import type { StoredObject } from './store.ts';

/** Raised with every change of the format; what columns show is the build's affair. */
const FORMAT = 3;

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
  const items = [uid, labels, ...(status === undefined ? [] : cells)];
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
  const lines = lastLines(text, listHead(build), new Set(kinds));
  // All in one go: what a call of the parser costs is more than what it reads of a line.
  const items = lines && parsed(lines);
  if (items === undefined || !items.every(isItem)) return undefined;
  return {
    rows: inOrder(items.filter((item) => item.length > CELLS).map(ofItem)),
    unknown: items.filter((item) => item.length === CELLS).map(ofItem),
  };
}

/** The last line of each object of some kinds that is there; undefined where one of whatever kind is torn or out of turn. */
function lastLines(text: string, head: string, kinds: ReadonlySet<string>): string[] | undefined {
  if (!text.startsWith(head) || !text.endsWith('\n')) return undefined;
  const last = new Map<string, string>();
  const lines = text.slice(head.length).split('\n');
  for (let number = 1; number < lines.length; number += 1) {
    const line = lines[number - 1] ?? '';
    const start = `[${number},"`;
    // Names are plain words: nothing in them is escaped. Few characters are looked at, since there may be many lines.
    const kindEnd = line.indexOf(BETWEEN, start.length);
    const nameEnd = line.indexOf('"', kindEnd + BETWEEN.length);
    if (!line.startsWith(start) || kindEnd === -1 || nameEnd === -1) return undefined;
    if (!kinds.has(line.slice(start.length, kindEnd))) continue;
    const key = line.slice(start.length, nameEnd);
    if (line.startsWith(',', nameEnd + 1)) last.set(key, line);
    else if (line.slice(nameEnd + 1) === ']') last.delete(key);
    else return undefined;
  }
  return [...last.values()];
}

const BETWEEN = '","';

/** A line: its number, kind, name, uid and labels, then the cells. */
type Item = [number, Kind, string, string, Row['labels'], ...string[]];

/** So many come before the cells. */
const CELLS = 5;

function parsed(lines: readonly string[]): unknown[] | undefined {
  try {
    return JSON.parse(`[${lines.join(',')}]`) as unknown[];
  } catch {
    return undefined;
  }
}

function isItem(item: unknown): item is Item {
  if (!Array.isArray(item) || !isRecord(item[4])) return false;
  return item.length === CELLS || item.length === CELLS + columnsOf(item[1], 'Table').length;
}

function ofItem(item: Item): Row {
  return { kind: item[1], name: item[2], uid: item[3], labels: item[4], cells: item.slice(CELLS) as string[] };
}
