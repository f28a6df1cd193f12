/** One row of the table that `abra recipe lint` prints. */
export interface AbraLintRow {
  /** `R001` … */
  ref: string;
  rule: string;
  severity: 'Error' | 'Warning';
  verdict: 'Satisfied' | 'Broken' | 'Skipped';
  remedy: string;
}

const COLUMNS = ['ref', 'rule', 'severity', 'satisfied', 'skipped', 'how to fix'];
const SEVERITIES: Readonly<Record<string, AbraLintRow['severity']>> = { error: 'Error', warn: 'Warning' };

/**
 * The rows of the table, or undefined where the text holds none that can be read for certain: another heading, a row
 * with other columns or marks, none at all. Format: abra 0.13, after escape sequences are gone.
 */
export function readLintTable(plain: string): AbraLintRow[] | undefined {
  const lines = plain.split('\n').map(cellsOf);
  const start = lines.findIndex((cells) => cells?.join('|').toLowerCase() === COLUMNS.join('|'));
  if (start < 0) return undefined;
  const bodies = lines.slice(start + 1).filter((cells) => cells !== undefined);
  const rows = bodies.map(rowOf);
  const certain = rows.filter((row) => row !== undefined);
  return certain.length === rows.length && rows.length > 0 ? certain : undefined;
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
