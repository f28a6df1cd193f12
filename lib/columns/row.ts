import type { Kind } from '../api/kinds.ts';
import type { ReadObject } from '../store/reader.ts';
import { columnsOf } from './columns.ts';

/** A point in time: milliseconds since 1970, or the text of what is none. */
export type Time = number | string;

/** What a table shows of one object, before it is laid out: nothing in it depends on the time of the look. */
export interface Row {
  kind: Kind;
  name: string;
  uid: string;
  labels: Readonly<Record<string, string>>;
  /** One for each of {@link columnsOf} that shows no time. */
  cells: readonly string[];
  /** One for each that does. */
  times: readonly Time[];
}

/** The row of an object. Pure. */
export function rowOf(view: ReadObject, form: 'Table' | 'Wide'): Row {
  const { kind, name, uid, labels } = view.object;
  const cells: string[] = [];
  const times: Time[] = [];
  for (const { cell, time } of columnsOf(kind, form)) {
    if (time === undefined) cells.push(cell(view));
    else times.push(timeOf(cell(view)));
  }
  return { kind, name, uid, labels, cells, times };
}

function timeOf(text: string): Time {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : ms;
}
