import type { Kind, ObjectKey } from '../api/kinds.ts';
import { isRecord } from '../api/objects.ts';
import { type Row, rowOf } from '../columns/row.ts';
import { maskUrls } from '../url-mask.ts';
import type { CommonStatus } from './reader.ts';
import type { StoredObject } from './store.ts';

/** A line of the list: number, kind and name; where the object is there uid and labels; where its status is known the rest. */
export type ListItem = [
  ...[number: number, kind: Kind, name: string, uid: string, labels: Row['labels']],
  ...[cells: Row['cells'], times: Row['times']],
];

/** How many items a line of an object that is gone has, one of an object without a status, and any other. */
const LENGTHS = { gone: 3, unknown: 5, known: 7 } as const;

/** What an item says of its object. */
export type ListItemState = keyof typeof LENGTHS;

/**
 * What the list says of an object: items of an array in JSON, without cells where its status was not shown yet. No user
 * and password of a URL are in it. Pure.
 */
export function listText(object: StoredObject, status: CommonStatus | undefined): string {
  const { uid, labels, cells, times } = rowOf({ object, status }, 'Table');
  const items = [uid, labels, ...(status === undefined ? [] : [cells, times])];
  const masked = (_: string, value: unknown): unknown => (typeof value === 'string' ? maskUrls(value) : value);
  return JSON.stringify(items, masked).slice(1, -1);
}

/** The line of that number: what {@link listText} gave, or that the object is gone. Pure. */
export function listLine(number: number, { kind, name }: ObjectKey, said: string | undefined): string {
  return `[${number},"${kind}","${name}"${said === undefined ? '' : `,${said}`}]\n`;
}

/** Undefined for what no line holds. Pure. */
export function itemState(item: ListItem): ListItemState | undefined {
  const { length }: { length: number } = item;
  if (length === LENGTHS.gone) return 'gone';
  if (length !== LENGTHS.unknown && length !== LENGTHS.known) return undefined;
  if (!isRecord(item[4])) return undefined;
  if (length === LENGTHS.unknown) return 'unknown';
  return Array.isArray(item[5]) && Array.isArray(item[6]) ? 'known' : undefined;
}

/** The row of an object whose status is known. Pure. */
export function rowOfItem([, kind, name, uid, labels, cells, times]: ListItem): Row {
  return { kind, name, uid, labels, cells, times };
}
