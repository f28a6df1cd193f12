import type { CliEnvironment } from '../environment.ts';
import { labelSelector } from '../label-selector.ts';
import { parseTargets, type Targets } from '../objects.ts';
import { coloursFor } from '../print/colours.ts';
import { type LabelColumn, type LabelColumnsOptions, labelColumns } from '../print/label-columns.ts';
import type { OutputForm } from '../print/objects.ts';
import { type RowsOptions, rowsForm, type TableMemory } from '../print/rows.ts';

/** Options of `ccctl get` as given. */
export interface GetOptions extends LabelColumnsOptions {
  output?: string;
  watch?: boolean;
  selector?: string;
  headers?: boolean;
  sortBy?: string;
}

/** What is to be shown, and how. */
export interface Query {
  targets: Targets;
  output: OutputForm;
  matches: (labels: Readonly<Record<string, string>>) => boolean;
  labels: readonly LabelColumn[];
  sortBy: string | undefined;
  header: RowsOptions['header'];
  memory?: TableMemory;
}

/** Reads words and options. @throws CommandError (exit 2) for what cannot be read. */
export async function queryOf(words: readonly string[], options: GetOptions, nowMs: number): Promise<Query> {
  const header = options.headers === false ? 'NoHeader' : 'Header';
  const targets = parseTargets(words);
  return {
    targets,
    output: await outputOf(options.output ?? 'table', header),
    matches: labelSelector(options.selector ?? ''),
    labels: labelColumns(options),
    sortBy: options.sortBy,
    header,
    ...(options.watch ? { memory: newMemory(nowMs, targets) } : {}),
  };
}

/** Forms for programs are loaded only when wanted. */
async function outputOf(text: string, header: Query['header']): Promise<OutputForm> {
  const form = rowsForm(text);
  return form ? { form } : (await import('../print/objects.ts')).parseOutputForm(text, header);
}

function newMemory(sinceMs: number, { kinds, keys }: Targets): TableMemory {
  const watched = new Set(keys.length > 0 ? keys.map(({ kind }) => kind) : kinds);
  const names = watched.size > 1 ? 'KindAndName' : 'Name';
  return { widths: new Map(), rows: new Map(), sinceMs, names };
}

/** How rows are written to the standard output. */
export function rowsOptions(environment: CliEnvironment, { output, header, labels, memory }: Query): RowsOptions {
  return {
    nowMs: environment.clock.now(),
    colours: coloursFor(environment, environment.stdout),
    width: output.form === 'Table' ? environment.stdout.columns : undefined,
    header,
    labels,
    ...(memory ? { memory } : {}),
  };
}

/** Whether it is a table for people. */
export function isTable(query: Query): boolean {
  return query.output.form === 'Table' || query.output.form === 'Wide';
}
