import type { Kind } from '../../api/kinds.ts';
import { columnsOf } from '../../columns/columns.ts';
import { type KindRows, selectRows, valueAt } from '../../columns/kind-rows.ts';
import { maskUrls } from '../../url-mask.ts';
import { kindWord } from '../objects.ts';
import { type Colours, NO_COLOURS, paintWord } from './colours.ts';
import type { LabelColumn } from './label-columns.ts';
import { columnCells } from './row-cells.ts';
import { renderExactColumns, type TableColumns } from './table.ts';

/** What is written of rows: tables, or names alone. */
export type RowsForm = 'Table' | 'Wide' | 'Name';

/** The form that a value of `-o` stands for; undefined for one of documents, or none. Pure. */
export function rowsForm(text: string): RowsForm | undefined {
  if (text === 'table') return 'Table';
  if (text === 'wide') return 'Wide';
  return text === 'name' ? 'Name' : undefined;
}

export interface RowsOptions {
  nowMs: number;
  colours: Colours;
  width: number | undefined;
  header: 'Header' | 'NoHeader';
  /** Columns for labels, the last ones. */
  labels?: readonly LabelColumn[];
  /** Given by a watch: keeps columns in line over its prints and leaves out rows that look as they did. */
  memory?: TableMemory;
}

/** What a watch has printed so far. */
export interface TableMemory {
  widths: Map<Kind, number[]>;
  /** The last row of each object by uid, as it would have been at the beginning: the passing of time alone is no news. */
  rows: Map<string, string>;
  /** When it began, wall clock. */
  sinceMs: number;
  /** How it names them from the first print to the last, whatever changes together. */
  names: 'KindAndName' | 'Name';
}

/** Rows, of the columns of that form, as text: a table for each kind that has some, or a name per line. */
export async function renderRows(tables: readonly KindRows[], form: RowsForm, options: RowsOptions): Promise<string> {
  const there = tables.filter(({ names }) => names.length > 0);
  if (form === 'Name') return there.map((rows) => namesOf(rows, options.memory)).join('');
  const names = options.memory?.names ?? (there.length > 1 ? 'KindAndName' : 'Name');
  const texts = await Promise.all(there.map((rows) => kindTable(rows, { form, names, options })));
  return texts.filter((text) => text !== '').join('\n');
}

function namesOf(all: KindRows, memory: TableMemory | undefined): string {
  const { names } = memory ? selectRows(all, newOnes(all, nameCells(all), memory)) : all;
  const prefix = `${kindWord(all.kind)}/`;
  return names.length === 0 ? '' : `${prefix}${names.join(`\n${prefix}`)}\n`;
}

function nameCells(rows: KindRows): TableColumns {
  return { rows: rows.names.length, columns: [{ values: fullNames(rows) }] };
}

interface KindTable {
  form: 'Table' | 'Wide';
  names: TableMemory['names'];
  options: RowsOptions;
}

async function kindTable(all: KindRows, { form, names, options }: KindTable): Promise<string> {
  const { labels = [], memory, colours, nowMs } = options;
  const columns = columnsOf(all.kind, form);
  const cellsAt = (rows: KindRows, timeMs: number): TableColumns => ({
    rows: rows.names.length,
    columns: [
      { values: names === 'Name' ? rows.names : fullNames(rows) },
      ...columnCells(rows, columns, timeMs),
      ...labels.map(({ cell }) => ({ values: rows.labels.values.map(cell), at: rows.labels.at })),
    ],
  });
  const shown = memory ? selectRows(all, newOnes(all, cellsAt(all, memory.sinceMs), memory)) : all;
  const headers = ['NAME', ...[...columns, ...labels].map(({ header }) => header)];
  return await renderExactColumns(cellsAt(shown, nowMs), {
    least: leastWidths(all.kind, memory),
    width: options.width,
    keep: headers.flatMap((header, column) => (KEPT.includes(header) ? [column] : [])),
    header: options.header === 'Header' ? headers : undefined,
    ...(colours === NO_COLOURS ? {} : { paint: painter(colours) }),
  });
}

/** What is cut last where there is little room. */
const KEPT: readonly string[] = ['STATUS', 'RECIPE'];

/** READY and STATUS in the colour of what they mean. */
function painter(colours: Colours): (cell: string, padded: string, column: number) => string {
  return (cell, padded, column) => (column === 1 || column === 2 ? paintWord(colours, cell, padded) : padded);
}

/** `run/notes-1`, as commands take them. */
function fullNames({ kind, names }: KindRows): string[] {
  const word = kindWord(kind);
  return names.map((name) => `${word}/${name}`);
}

/** @param cells of the rows, seen from the beginning of the watch. */
function newOnes({ uids }: KindRows, { columns }: TableColumns, { rows }: TableMemory): number[] {
  return uids.flatMap((uid, index) => {
    // What a list of the controller holds is masked.
    const row = maskUrls(columns.map((column) => valueAt(column, index)).join('\0'));
    const isNew = rows.get(uid) !== row;
    rows.set(uid, row);
    return isNew ? [index] : [];
  });
}

function leastWidths(kind: Kind, memory: TableMemory | undefined): number[] | undefined {
  if (!memory) return undefined;
  const widths = memory.widths.get(kind) ?? [];
  memory.widths.set(kind, widths);
  return widths;
}
