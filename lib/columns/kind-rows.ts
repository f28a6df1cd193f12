import type { Kind } from '../api/kinds.ts';
import type { Row, Time } from './row.ts';

/** A column of rows. */
export interface Cells<T> {
  values: readonly T[];
  /** Which of the values each row has; absent: each its own, in order. */
  at?: readonly number[] | undefined;
}

/**
 * Rows of one kind, column by column: ten thousand rows are a few arrays to read and to print. All columns have as many
 * items as there are names.
 */
export interface KindRows {
  kind: Kind;
  names: readonly string[];
  uids: readonly string[];
  labels: Cells<Row['labels']>;
  /** One for each column that shows no time. */
  cells: readonly Cells<string>[];
  /** One for each that does. */
  times: readonly (readonly Time[])[];
}

/** Rows of one kind, in their order. Pure. */
export function kindRows(kind: Kind, rows: readonly Row[]): KindRows {
  const each = <T>(take: (row: Row) => T): T[] => rows.map(take);
  return {
    kind,
    names: each(({ name }) => name),
    uids: each(({ uid }) => uid),
    labels: { values: each(({ labels }) => labels) },
    cells: (rows[0]?.cells ?? []).map((_, column) => ({ values: each(({ cells }) => cells[column] ?? '') })),
    times: (rows[0]?.times ?? []).map((_, column) => each(({ times }) => times[column] ?? '')),
  };
}

/** The rows one by one. Pure. */
export function rowsOf({ kind, names, uids, labels, cells, times }: KindRows): Row[] {
  return names.map((name, index) => ({
    kind,
    name,
    uid: uids[index] ?? '',
    labels: valueAt(labels, index) ?? {},
    cells: cells.map((column) => valueAt(column, index) ?? ''),
    times: times.map((column) => column[index] ?? ''),
  }));
}

/** Some of the rows, by their indexes; the same where it is all of them. Pure. */
export function selectRows(rows: KindRows, indexes: readonly number[]): KindRows {
  if (indexes.length === rows.names.length) return rows;
  const pick = <T>(column: readonly T[]): T[] => indexes.map((index) => column[index] as T);
  const some = <T>({ values, at }: Cells<T>): Cells<T> => ({ values, at: at ? pick(at) : indexes });
  return {
    kind: rows.kind,
    names: pick(rows.names),
    uids: pick(rows.uids),
    labels: some(rows.labels),
    cells: rows.cells.map(some),
    times: rows.times.map(pick),
  };
}

/** The rows whose labels match. Pure. */
export function rowsLabelled(rows: KindRows, matches: (labels: Row['labels']) => boolean): KindRows {
  const { values, at } = rows.labels;
  const isKept = values.map(matches);
  if (!isKept.includes(false)) return rows;
  const indexes = rows.names.map((_, index) => index);
  return selectRows(
    rows,
    indexes.filter((index) => isKept[at ? (at[index] ?? -1) : index]),
  );
}

/** The value of one row. Pure. */
export function valueAt<T>({ values, at }: Cells<T>, index: number): T | undefined {
  return values[at ? (at[index] ?? -1) : index];
}

/** Rows of one kind by name. Pure. */
export function byName(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
