/** One figure of a benchmark. */
export interface Row {
  what: string;
  /** Undefined: it could not be measured; the note says why. */
  figure: number | undefined;
  unit: 'ms' | 's' | '×';
  /** What is wanted; absent: the figure is for information. */
  target?: { atMost: number } | { atLeast: number };
  note?: string;
}

export type Verdict = 'ok' | 'over' | 'under' | 'not measured' | '';

/** How a figure stands to what is wanted; empty where nothing is. Pure. */
export function verdictOf({ figure, target }: Pick<Row, 'figure' | 'target'>): Verdict {
  if (figure === undefined) return 'not measured';
  if (target === undefined) return '';
  if ('atMost' in target) return figure <= target.atMost ? 'ok' : 'over';
  return figure >= target.atLeast ? 'ok' : 'under';
}

/** The rows as a table for people, a line each below a head. Pure. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['what', 'figure', 'target', '', ''],
    ...rows.map((row) => [row.what, figureText(row), targetText(row), verdictOf(row), row.note ?? '']),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => lineOf(line, widths)).join('');
}

/** Figures to the right, words to the left. */
function lineOf([what = '', figure = '', target = '', verdict = '', note = '']: string[], widths: number[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = widths;
  return `${`${what.padEnd(a)}  ${figure.padStart(b)}  ${target.padStart(c)}  ${verdict.padEnd(d)}  ${note}`.trimEnd()}\n`;
}

function figureText({ figure, unit }: Row): string {
  return figure === undefined ? '–' : textOf(figure, unit);
}

function targetText({ target, unit }: Row): string {
  if (target === undefined) return '';
  return 'atMost' in target ? `≤ ${textOf(target.atMost, unit)}` : `≥ ${textOf(target.atLeast, unit)}`;
}

function textOf(value: number, unit: Row['unit']): string {
  return unit === 'ms' ? `${value.toFixed(0)} ms` : `${value.toFixed(1)} ${unit}`;
}
