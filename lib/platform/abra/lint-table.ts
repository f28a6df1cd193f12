import type { LintRow } from '../../recipe/lint.ts';

/** One row of the table that `abra recipe lint` prints. */
export interface AbraLintRow extends Pick<LintRow, 'ref' | 'rule' | 'severity' | 'remedy'> {
  verdict: 'Satisfied' | 'Broken' | 'Skipped';
}

const COLUMNS = ['ref', 'rule', 'severity', 'satisfied', 'skipped', 'how to fix'];
/** Rules of abra 0.13; later versions may have more. */
const LEAST_RULES = 16;
const SEVERITIES: Readonly<Record<string, AbraLintRow['severity']>> = { error: 'Error', warn: 'Warning' };

/**
 * The rows of the table, or undefined where the text holds none that can be read for certain: another heading, a row
 * with other columns or marks, one that is missing. Format: abra 0.13, after escape sequences are gone.
 */
export function readLintTable(plain: string): AbraLintRow[] | undefined {
  const lines = plain.split('\n').map(cellsOf);
  const start = lines.findIndex((cells) => cells?.join('|').toLowerCase() === COLUMNS.join('|'));
  if (start < 0) return undefined;
  const bodies = unwrapped(lines.slice(start + 1).filter((cells) => cells !== undefined));
  const rows = bodies.map(rowOf);
  const certain = rows.filter((row) => row !== undefined);
  return certain.length === rows.length && isComplete(certain) ? certain : undefined;
}

/** A row that got lost could be the one that is broken: all refs from R001 to at least R016 are there, each once. */
function isComplete(rows: readonly AbraLintRow[]): boolean {
  const refs = rows.map(({ ref }) => ref).toSorted();
  return refs.length >= LEAST_RULES && refs.every((ref, index) => ref === `R${String(index + 1).padStart(3, '0')}`);
}

/** Texts that were too wide go on in lines whose other cells are empty. */
function unwrapped(lines: readonly string[][]): string[][] {
  const rows: string[][] = [];
  for (const cells of lines) {
    const last = rows.at(-1);
    const [ref, rule, severity, satisfied, skipped, remedy] = cells;
    const goesOn = last !== undefined && [ref, severity, satisfied, skipped].every((cell) => cell === '');
    if (!goesOn) rows.push([...cells]);
    else rows.splice(-1, 1, last.with(1, `${last[1]} ${rule}`.trim()).with(5, `${last[5]} ${remedy}`.trim()));
  }
  return rows;
}

/** The cells of a line with borders; undefined for any other line, rules of the table included. */
function cellsOf(line: string): string[] | undefined {
  const inner = /^\s*[│┃|](.*)[│┃|]\s*$/.exec(line)?.[1];
  if (inner === undefined || /^[\s─━┼╋+|-]*$/.test(inner)) return undefined;
  return inner.split(/[│┃|]/).map((cell) => cell.trim());
}

function rowOf(cells: string[]): AbraLintRow | undefined {
  const [ref = '', rule = '', level = '', satisfied = '', skipped = '', remedy = ''] = cells;
  const severity = Object.hasOwn(SEVERITIES, level.toLowerCase()) ? SEVERITIES[level.toLowerCase()] : undefined;
  const verdict = verdictOf(satisfied, skipped);
  if (cells.length !== COLUMNS.length || !/^R\d{3}$/.test(ref) || !severity || !verdict) return undefined;
  return { ref, rule, severity, verdict, remedy };
}

function verdictOf(satisfied: string, skipped: string): AbraLintRow['verdict'] | undefined {
  if (skipped === '✅' && satisfied !== '❌') return 'Skipped';
  if (satisfied === '❌') return 'Broken';
  return satisfied === '✅' ? 'Satisfied' : undefined;
}
