import { usageError } from '../environment.ts';

type Labels = Readonly<Record<string, string>>;

/** A column that shows labels. */
export interface LabelColumn {
  header: string;
  cell: (labels: Labels) => string;
}

/** Which labels a table shows: those of `-L`, a column each, and all with `--show-labels`. */
export interface LabelColumnsOptions {
  showLabels?: boolean;
  /** Each may name several, with commas. */
  labelColumns?: readonly string[];
}

/** The columns for labels, which come last. @throws CommandError (exit 2) for a name that is none. */
export function labelColumns({ showLabels, labelColumns: names = [] }: LabelColumnsOptions): LabelColumn[] {
  const keys = names.flatMap((list) => list.split(',')).map((key) => key.trim());
  const wrong = keys.find((key) => !/^[A-Za-z0-9][\w./-]*$/.test(key));
  if (wrong !== undefined)
    throw usageError(`-L ${JSON.stringify(wrong)} is not the name of a label`, 'Write -L team,tier.');
  const own = keys.map(
    (key): LabelColumn => ({
      header: (key.split('/').at(-1) ?? key).toUpperCase(),
      cell: (labels) => (Object.hasOwn(labels, key) ? (labels[key] ?? '') : ''),
    }),
  );
  return showLabels ? [...own, { header: 'LABELS', cell: labelsText }] : own;
}

function labelsText(labels: Labels): string {
  const parts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return parts.length === 0 ? '<none>' : parts.sort().join(',');
}
