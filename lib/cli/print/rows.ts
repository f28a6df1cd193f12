import { KINDS, type Kind } from '../../api/kinds.ts';
import { type Column, columnsOf } from '../../columns/columns.ts';
import type { Row } from '../../columns/row.ts';
import { maskUrls } from '../../url-mask.ts';
import { targetText } from '../objects.ts';
import { age, relative } from './age.ts';
import { type Colours, NO_COLOURS, paintWord } from './colours.ts';
import type { LabelColumn } from './label-columns.ts';
import { renderExactTable } from './table.ts';

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

/** Rows, of the columns of that form, as text: a table for each kind, or a name per line. */
export async function renderRows(rows: readonly Row[], form: RowsForm, options: RowsOptions): Promise<string> {
  if (form === 'Name') return namesOf(rows, options.memory);
  const kinds = KINDS.filter((kind) => rows.some((row) => row.kind === kind));
  const names = options.memory?.names ?? (kinds.length > 1 ? 'KindAndName' : 'Name');
  const tables = await Promise.all(kinds.map((kind) => kindTable(kind, rows, { form, names, options })));
  return tables.filter((table) => table !== '').join('\n');
}

function namesOf(rows: readonly Row[], memory: TableMemory | undefined): string {
  const shown = memory ? rows.filter((row) => looksNew(row, [targetText(row)], memory)) : rows;
  return shown.map((row) => `${targetText(row)}\n`).join('');
}

interface KindTable {
  form: 'Table' | 'Wide';
  names: TableMemory['names'];
  options: RowsOptions;
}

async function kindTable(kind: Kind, rows: readonly Row[], { form, names, options }: KindTable): Promise<string> {
  const { labels = [], memory, colours, nowMs } = options;
  const columns = columnsOf(kind, form);
  const look: Look = { names, times: timesOf(columns), labels };
  const own = rows.filter((row) => row.kind === kind);
  const shown = memory ? own.filter((row) => looksNew(row, cellsOf(row, look, memory.sinceMs), memory)) : own;
  const cells = shown.map((row) => cellsOf(row, look, nowMs));
  const headers = ['NAME', ...[...columns, ...labels].map(({ header }) => header)];
  return await renderExactTable(cells, {
    least: leastWidths(kind, memory),
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

/** How rows become cells of a table. */
interface Look {
  names: TableMemory['names'];
  /** Where a point in time stands, and how it is shown. */
  times: readonly TimeColumn[];
  labels: readonly LabelColumn[];
}

interface TimeColumn {
  column: number;
  show: (time: string, nowMs: number) => string;
}

const SHOWN = { Age: age, When: relative } as const;

function timesOf(columns: readonly Column[]): TimeColumn[] {
  return columns.flatMap(({ time }, column) => (time === undefined ? [] : [{ column: column + 1, show: SHOWN[time] }]));
}

/** In plain loops: a list may have ten thousand rows. */
function cellsOf(row: Row, { names, times, labels }: Look, nowMs: number): string[] {
  const cells = [names === 'Name' ? row.name : targetText(row)].concat(row.cells);
  for (let index = 0; index < times.length; index += 1) {
    const time = times[index];
    if (time) cells[time.column] = time.show(cells[time.column] ?? '', nowMs);
  }
  for (let index = 0; index < labels.length; index += 1) cells.push(labels[index]?.cell(row.labels) ?? '');
  return cells;
}

/** @param cells of the row, seen from the beginning of the watch. */
function looksNew({ uid }: Row, cells: readonly string[], { rows }: TableMemory): boolean {
  // What a list of the controller holds is masked.
  const row = maskUrls(cells.join('\0'));
  const isNew = rows.get(uid) !== row;
  rows.set(uid, row);
  return isNew;
}

function leastWidths(kind: Kind, memory: TableMemory | undefined): number[] | undefined {
  if (!memory) return undefined;
  const widths = memory.widths.get(kind) ?? [];
  memory.widths.set(kind, widths);
  return widths;
}
