/** What is known of the points of one commit: a directory that later runs go on from. */
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of a file of results. */
export interface PointRecord {
  id: string;
  result: 'Same' | 'Honest' | 'Wrong' | 'NotReached';
  problems: string[];
  starts: number;
  seconds: number;
}

/** The results below a directory, written line by line, so that a run that is ended loses the points under way only. */
export class Results {
  readonly #directory: string;
  readonly #file: string;

  /** Several runs may write at a time, each its own file. */
  constructor(directory: string, name: string) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
    this.#file = join(directory, `${name}.jsonl`);
  }

  add(record: PointRecord): void {
    appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
  }

  /** The last result of each point, from all files. */
  all(): Map<string, PointRecord> {
    const files = globSync('*.jsonl', { cwd: this.#directory }).sort();
    return new Map(
      files.flatMap((file) => recordsIn(join(this.#directory, file))).map((record) => [record.id, record]),
    );
  }
}

function recordsIn(file: string): PointRecord[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as PointRecord];
      } catch {
        return []; // the last line of a run that was ended
      }
    });
}

/** Rows of a table: one for each scenario and sort of fault, with a column for each result. Pure. */
export function summaryOf(records: Iterable<PointRecord>): string[] {
  const rows = new Map<string, Record<PointRecord['result'] | 'points', number>>();
  for (const { id, result } of records) {
    const [scenario = '', mode = ''] = id.split(':');
    for (const name of [
      `${scenario} ${mode.startsWith('kill') ? 'kill' : mode === 'cut' ? 'power cut' : 'error'}`,
      'all',
    ]) {
      const row = rows.get(name) ?? { points: 0, Same: 0, Honest: 0, Wrong: 0, NotReached: 0 };
      row.points += 1;
      row[result] += 1;
      rows.set(name, row);
    }
  }
  const lines = [...rows].toSorted(([a], [b]) => (a === 'all' ? 1 : b === 'all' ? -1 : a < b ? -1 : 1));
  const cells = (name: string, values: readonly (string | number)[]): string =>
    name.padEnd(22) + values.map((value) => String(value).padStart(12)).join('');
  const columns = ['points', 'Same', 'Honest', 'Wrong', 'NotReached'] as const;
  return [
    cells('', columns),
    ...lines.map(([name, row]) =>
      cells(
        name,
        columns.map((column) => row[column]),
      ),
    ),
  ];
}
