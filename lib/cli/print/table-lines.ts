import type { Cells } from '../../columns/kind-rows.ts';

/** Between two columns. */
export const GAP = '  ';

/** A line for each row, of columns that are padded, without blanks at its end; each with its line feed. Pure. */
export function tableLines(padded: readonly Cells<string>[], rows: number): string {
  const { columns, end } = piecesOf(padded);
  if (end !== '') return linesEnding(`${end}\n`, columns, rows);
  const last = columns.at(-1)?.values ?? [];
  const trimmed = { values: last.map((cell) => cell.trimEnd()), at: columns.at(-1)?.at };
  const text = linesEnding('\n', [...columns.slice(0, -1), trimmed], rows);
  if (!trimmed.values.includes('')) return text;
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** What lines are made of: columns side by side, and what all of them end with. */
interface Pieces {
  columns: readonly Cells<string>[];
  end: string;
}

/** A column that says the same in every row goes into its neighbour: the fewer pieces, the faster. */
function piecesOf(columns: readonly Cells<string>[]): Pieces {
  const pieces: Cells<string>[] = [];
  let pending = '';
  for (const [index, { values, at }] of columns.entries()) {
    if (index > 0) pending += GAP;
    const last = pieces.at(-1);
    if (values.length !== 1) {
      const before = pending;
      pieces.push({ values: before === '' ? values : values.map((cell) => before + cell), at });
      pending = '';
    } else if (last?.at) {
      const own = pending + values[0];
      pieces[pieces.length - 1] = { values: last.values.map((cell) => cell + own), at: last.at };
      pending = '';
    } else pending += values[0];
  }
  return { columns: pieces, end: pending.trimEnd() };
}

/** In plain loops: a list may have ten thousand rows. */
function linesEnding(end: string, columns: readonly Cells<string>[], rows: number): string {
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns.length; column += 1) {
      const { values, at } = columns[column] ?? NONE;
      text += values[at ? (at[row] ?? -1) : row] ?? '';
    }
    text += end;
  }
  return text;
}

const NONE: Cells<string> = { values: [] };
