import type { Cells } from '../../columns/kind-rows.ts';
import { withoutSteering } from '../../terminal-text.ts';
import { GAP, tableLines } from './table-lines.ts';

export interface TableOptions {
  /** Total width in columns, which no line exceeds: the widest columns are cut to fit. Undefined: no limit. */
  width?: number | undefined;
  /** Columns that shrink last, for they are what people look for. */
  keep?: readonly number[] | undefined;
  /** Absent: no header line. */
  header?: readonly string[] | undefined;
  /** Columns are at least so wide; grows to the widths that were needed. */
  least?: number[] | undefined;
  /** Colours a cell after it was padded; `cell` is the text before. */
  paint?: (cell: string, padded: string, column: number) => string;
}

/**
 * Rows as aligned columns, one line each, with a final newline; nothing for no rows and no header. Widths of other than
 * ASCII text are exact after {@link loadTextWidth}.
 */
export function renderTable(rows: Rows, options: TableOptions = {}): string {
  const table = columnsOfRows(rows, options);
  return layOut(table, charactersOf(table, options), options);
}

/** {@link renderTable} with exact widths. */
export async function renderExactTable(rows: Rows, options: TableOptions): Promise<string> {
  return await renderExactColumns(columnsOfRows(rows, options), options);
}

/** The same of columns, whose headers {@link TableOptions.header} says. */
export async function renderExactColumns(table: TableColumns, options: TableOptions): Promise<string> {
  const characters = charactersOf(table, options);
  if (characters === 'Any') await loadTextWidth();
  return layOut(table, characters, options);
}

type Rows = readonly (readonly string[])[];

/** Cells by column. */
export interface TableColumns {
  rows: number;
  columns: readonly Cells<string>[];
}

function columnsOfRows(rows: Rows, { header = [] }: TableOptions): TableColumns {
  const count = rows.reduce((most, { length }) => Math.max(most, length), header.length);
  const columns = Array.from({ length: count }, (_, column) => ({ values: rows.map((row) => row[column] ?? '') }));
  return { rows: rows.length, columns };
}

function layOut(table: TableColumns, characters: Characters, options: TableOptions): string {
  const { header, least = [], paint } = options;
  if (table.rows === 0 && !header) return '';
  const isPlain = characters === 'Ascii';
  const columns = isPlain
    ? table.columns
    : table.columns.map(({ values, at }) => ({ values: values.map(oneLine), at }));
  const headers = isPlain ? header : header?.map(oneLine);
  const widthOf = isPlain ? lengthOf : textWidth;
  for (const [index, column] of columns.entries()) {
    const own = widest(column, widthOf);
    least[index] = Math.max(least[index] ?? 0, own, widthOf(headers?.[index] ?? ''));
  }
  const widths = narrow(least, options);
  const padOf = (cell: string, column: number): string => fitted(cell, widths[column] ?? 0, widthOf);
  const padded = columns.map(({ values, at }, column) => ({
    values: values.map((cell) => (paint ? paint(cell, padOf(cell, column), column) : padOf(cell, column))),
    at,
  }));
  const first = headers ? `${headers.map(padOf).join(GAP).trimEnd()}\n` : '';
  return first + tableLines(padded, table.rows);
}

function lengthOf(text: string): number {
  return text.length;
}

/** The text cut to `width` columns, with `…` in the last where something is missing. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (ASCII.test(text)) return width > 0 ? `${text.slice(0, width - 1)}…` : '';
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (textWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : '';
}

/** Control characters could move the cursor or change colours: a cell is one line of plain text. */
export function oneLine(text: string): string {
  if (ASCII.test(text)) return text;
  return withoutSteering(text.replace(/\s*\n\s*/g, ' ').replaceAll('\t', ''));
}

/** Of the cells that stand in some row. In a plain loop: there may be ten thousand of their own. */
function widest({ values, at }: Cells<string>, widthOf: (text: string) => number): number {
  const shown = at ? [...new Set(at)].map((index) => values[index] ?? '') : values;
  let most = 0;
  for (let index = 0; index < shown.length; index += 1) {
    const width = widthOf(shown[index] ?? '');
    if (width > most) most = width;
  }
  return most;
}

/** Exactly so wide, but for what cannot be cut to that. */
function fitted(cell: string, room: number, widthOf: (text: string) => number): string {
  const width = widthOf(cell);
  if (width === cell.length && width <= room) return cell.padEnd(room);
  if (width <= room) return cell + ' '.repeat(room - width);
  const text = cut(cell, room);
  return text + ' '.repeat(Math.max(0, room - textWidth(text)));
}

/** Narrows the widest columns until the row fits: first those that may be, then what people look for, then the name. */
function narrow(widths: readonly number[], { width, keep = [] }: TableOptions): number[] {
  if (width === undefined) return [...widths];
  const fitted = [...widths];
  const columns = fitted.map((_, column) => column);
  const others = columns.filter((column) => column !== 0 && !keep.includes(column));
  for (const { among, least } of [
    { among: others, least: 8 },
    { among: others, least: 4 },
    { among: keep, least: 10 },
    { among: [0], least: 12 },
    { among: columns, least: 1 },
  ])
    shrink(fitted, among, { least, width });
  return fitted;
}

function shrink(widths: number[], among: readonly number[], { least, width }: { least: number; width: number }): void {
  const at = (column: number): number => widths[column] ?? 0;
  const total = (): number => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    const widest = among.toSorted((a, b) => at(b) - at(a))[0];
    if (widest === undefined || at(widest) <= least) return;
    widths[widest] = at(widest) - 1;
  }
}

/** A titled part of `ccctl describe`; without lines it is left out. */
export interface Section {
  title: string;
  lines: readonly string[];
}

/** Text of labelled values in two columns; empty and absent values are left out. */
export function fieldLines(
  fields: readonly (readonly [label: string, value: string | number | undefined])[],
): string[] {
  const present = fields.filter(([, value]) => value !== undefined && value !== '');
  const widest = Math.max(0, ...present.map(([label]) => textWidth(label)));
  return present.map(
    ([label, value]) => `${label}:${' '.repeat(widest - textWidth(label) + 2)}${oneLine(String(value))}`,
  );
}

/** Sections below each other, their lines indented. */
export function renderSections(sections: readonly Section[]): string {
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('');
}

const ASCII = /^[\x20-\x7e]*$/;

/** What the cells hold: `Ascii` is neither control characters nor anything else than ASCII. */
type Characters = 'Ascii' | 'Any';

/** One look at all cells of a column: a look at each costs more. */
function charactersOf({ columns }: TableColumns, { header = [] }: TableOptions): Characters {
  const isAscii = ASCII.test(header.join('')) && columns.every(({ values }) => ASCII.test(values.join('')));
  return isAscii ? 'Ascii' : 'Any';
}

let measure: ((text: string) => number) | undefined;

/** Loads what exact widths of other than ASCII text need: tables of characters that cost more time than most commands. */
export async function loadTextWidth(): Promise<void> {
  measure ??= (await import('string-width')).default;
}

/** Columns that the text takes on a terminal; before {@link loadTextWidth} an estimate where it is not ASCII. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return measure ? measure(text) : [...text].length;
}
