import { usageError } from '../environment.ts';
import type { Column } from './columns.ts';

/** Which labels a table shows: those of `-L`, a column each, and all with `--show-labels`. */
export interface LabelColumnsOptions {
  showLabels?: boolean;
  /** Each may name several, with commas. */
  labelColumns?: readonly string[];
}

/** The columns for labels, which come last. @throws CommandError (exit 2) for a name that is none. */
export function labelColumns({ showLabels, labelColumns: names = [] }: LabelColumnsOptions): Column[] {
  const keys = names.flatMap((list) => list.split(',')).map((key) => key.trim());
  const wrong = keys.find((key) => !/^[A-Za-z0-9][\w./-]*$/.test(key));
  if (wrong !== undefined)
    throw usageError(`-L ${JSON.stringify(wrong)} is not the name of a label`, 'Write -L team,tier.');
  const own = keys.map(
    (key): Column => ({
      header: (key.split('/').at(-1) ?? key).toUpperCase(),
      cell: ({ object }) => object.labels[key] ?? '',
    }),
  );
  return showLabels ? [...own, { header: 'LABELS', cell: ({ object }) => labelsText(object.labels) }] : own;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return parts.length === 0 ? '<none>' : parts.sort().join(',');
}
