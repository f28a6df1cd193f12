import { withoutSteering } from '../../terminal-text.ts';

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

const GAP = '  ';

/**
 * Rows as aligned columns, one line each, with a final newline; nothing for no rows and no header. Widths of other than
 * ASCII text are exact after {@link loadTextWidth}.
 */
export function renderTable(rows: Rows, options: TableOptions = {}): string {
  const all = withHeader(rows, options);
  return layOut(all, isAscii(all) ? 'Ascii' : 'Any', options);
}

/** {@link renderTable} with exact widths. */
export async function renderExactTable(rows: Rows, options: TableOptions): Promise<string> {
  const all = withHeader(rows, options);
  const text = isAscii(all) ? 'Ascii' : 'Any';
  if (text === 'Any') await loadTextWidth();
  return layOut(all, text, options);
}

type Rows = readonly (readonly string[])[];

function withHeader(rows: Rows, { header }: TableOptions): Rows {
  return header ? [header, ...rows] : rows;
}

/** @param text of the cells: `Ascii` where they hold neither control characters nor anything else than ASCII. */
function layOut(all: Rows, text: 'Ascii' | 'Any', options: TableOptions): string {
  if (all.length === 0) return '';
  const { header, paint, least } = options;
  const table: Cells =
    text === 'Ascii' ? { cells: all, widthOf: lengthOf } : { cells: all.map(oneLines), widthOf: textWidth };
  const widths = narrow(naturalWidths(table, least), options);
  const lines = table.cells.map((row, index) => {
    const isHeader = header !== undefined && index === 0;
    return lineOf(row, { ...table, widths, paint: isHeader ? undefined : paint });
  });
  return `${lines.join('\n')}\n`;
}

/** Cells on one line each, and the columns that a text takes. */
interface Cells {
  cells: Rows;
  widthOf: (text: string) => number;
}

function oneLines(row: readonly string[]): string[] {
  return row.map(oneLine);
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

interface Layout extends Pick<Cells, 'widthOf'> {
  widths: readonly number[];
  paint: TableOptions['paint'];
}

/** In plain loops, as what follows: a list may have ten thousand rows. */
function lineOf(row: readonly string[], { widths, widthOf, paint }: Layout): string {
  let line = '';
  for (let column = 0; column < row.length; column += 1) {
    const cell = row[column] ?? '';
    const padded = fitted(cell, widths[column] ?? 0, widthOf);
    if (column > 0) line += GAP;
    line += paint ? paint(cell, padded, column) : padded;
  }
  return line.trimEnd();
}

/** Exactly so wide, but for what cannot be cut to that. */
function fitted(cell: string, room: number, widthOf: Cells['widthOf']): string {
  const width = widthOf(cell);
  if (width === cell.length && width <= room) return cell.padEnd(room);
  if (width <= room) return cell + ' '.repeat(room - width);
  const text = cut(cell, room);
  return text + ' '.repeat(Math.max(0, room - textWidth(text)));
}

function naturalWidths({ cells, widthOf }: Cells, least: number[] = []): number[] {
  const widths = least;
  for (const row of cells) {
    for (let column = 0; column < row.length; column += 1) {
      const width = widthOf(row[column] ?? '');
      if (width > (widths[column] ?? -1)) widths[column] = width;
    }
  }
  return widths;
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

/** One look at all of them: a look at each costs more. */
function isAscii(rows: Rows): boolean {
  return ASCII.test(rows.map((row) => row.join('')).join(''));
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
