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
  return KINDS.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    // As a list has them that no object came to since it was written anew.
    const isSorted = own.every(({ name }, index) => index === 0 || (own[index - 1]?.name ?? '') < name);
    return isSorted ? own : own.sort((one, other) => (one.name < other.name ? -1 : 1));
  });
}
