import { KINDS, type Kind } from '../api/kinds.ts';
import type { ReadObject } from '../store/reader.ts';
import { columnsOf } from './columns.ts';

/** What a table shows of one object, before it is laid out: nothing in it depends on the time of the look. */
export interface Row {
  kind: Kind;
  name: string;
  uid: string;
  labels: Readonly<Record<string, string>>;
  /** One for each of {@link columnsOf}. */
  cells: readonly string[];
}

/** The row of an object. Pure. */
export function rowOf(view: ReadObject, form: 'Table' | 'Wide'): Row {
  const { kind, name, uid, labels } = view.object;
  return { kind, name, uid, labels, cells: columnsOf(kind, form).map(({ cell }) => cell(view)) };
}

/** The rows by kind in the order of `KINDS`, then by name. Pure. */
export function inOrder(rows: readonly Row[]): Row[] {
  return KINDS.flatMap((kind) => byName(rows.filter((row) => row.kind === kind)));
}

/** Rows of one kind by name; the array itself, sorted where it is not. */
export function byName(rows: Row[]): Row[] {
  for (let index = 1; index < rows.length; index += 1) {
    // A list to which no object came since it was written anew is in order.
    if ((rows[index]?.name ?? '') < (rows[index - 1]?.name ?? ''))
      return rows.sort((one, other) => (one.name < other.name ? -1 : 1));
  }
  return rows;
}
