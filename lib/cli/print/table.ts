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

/** A text on one line, with the columns that it takes. */
interface Cell {
  text: string;
  width: number;
}

/** Rows as aligned columns, one line each, with a final newline; nothing for no rows and no header. */
export function renderTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const cells = rows.map((row) => row.map(cellOf));
  const header = options.header?.map(cellOf);
  const widths = narrow(naturalWidths(header ? [header, ...cells] : cells, options.least), options);
  const lines = cells.map((row) => line(row, widths, options.paint));
  if (header) lines.unshift(line(header, widths));
  return lines.map((text) => `${text.trimEnd()}\n`).join('');
}

function cellOf(text: string): Cell {
  const shown = oneLine(text);
  return { text: shown, width: textWidth(shown) };
}

/** The text cut to `width` columns, with `…` in the last where something is missing. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
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

function line(row: readonly Cell[], widths: readonly number[], paint?: TableOptions['paint']): string {
  const cells = row.map((cell, column) => {
    const { text, width } = fitted(cell, widths[column] ?? 0);
    const padded = text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width));
    return paint ? paint(cell.text, padded, column) : padded;
  });
  return cells.join(GAP);
}

function fitted(cell: Cell, room: number): Cell {
  if (cell.width <= room) return cell;
  const text = cut(cell.text, room);
  return { text, width: textWidth(text) };
}

function naturalWidths(rows: readonly (readonly Cell[])[], least: number[] = []): number[] {
  const widths = least;
  for (const row of rows) {
    row.forEach(({ width }, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width);
    });
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

let measure: ((text: string) => number) | undefined;

/** Loads what exact widths of other than ASCII text need: tables of characters that cost more time than most commands. */
export async function loadTextWidth(): Promise<void> {
  measure ??= (await import('string-width')).default;
}

/** Loads it where one of the texts needs it. */
export async function loadTextWidthFor(texts: Iterable<string>): Promise<void> {
  for (const text of texts) if (!ASCII.test(text)) return loadTextWidth();
}

/** Columns that the text takes on a terminal; before {@link loadTextWidth} an estimate where it is not ASCII. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return measure ? measure(text) : [...text].length;
}
