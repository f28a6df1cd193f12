import { KINDS, type Kind } from '../../api/kinds.ts';
import { escapeSteering, steers } from '../../terminal-text.ts';
import { usageError } from '../environment.ts';
import { renderTemplate, selectPath, valueText } from '../json-path.ts';
import { targetText } from '../objects.ts';
import { apiObject, type ObjectView } from '../view.ts';
import type { Colours } from './colours.ts';
import { paintWord } from './colours.ts';
import { type Column, columnsOf } from './columns.ts';
import { type CustomColumn, parseCustomColumns, renderCustomColumns } from './custom-columns.ts';
import { loadTextWidthFor, renderTable } from './table.ts';

/** How objects are written for programs. */
export type DocumentForm =
  | { form: 'Json' | 'Yaml' }
  | { form: 'JsonPath'; template: string }
  | { form: 'CustomColumns'; columns: readonly CustomColumn[]; header: 'Header' | 'NoHeader' };

/** How objects are written. */
export type OutputForm = { form: 'Table' | 'Wide' | 'Name' } | DocumentForm;

export interface ObjectsOptions {
  nowMs: number;
  colours: Colours;
  width: number | undefined;
  header: 'Header' | 'NoHeader';
  /** `One`: a single named object, printed bare; `List`: in `{kind: List, items}`. */
  shape: 'One' | 'List';
  /** Columns for labels, the last ones. */
  labels?: readonly Column[];
  /** Given by a watch: keeps columns in line over its prints and leaves out rows that look as they did. */
  memory?: TableMemory;
}

/** What a watch has printed so far. */
export interface TableMemory {
  widths: Map<Kind, number[]>;
  /** The last row of each object by uid, as it would have been at the beginning: the passing of time alone is no news. */
  rows: Map<string, string>;
  /** When it began, wall clock. */
  sinceMs: number;
  /** How it names them from the first print to the last, whatever changes together. */
  names: 'KindAndName' | 'Name';
}

const FORMS = { table: 'Table', wide: 'Wide', json: 'Json', yaml: 'Yaml', name: 'Name' } as const;

const CUSTOM = 'custom-columns=';

/** Reads the value of `-o`. @throws CommandError (exit 2) for a form that does not exist. */
export function parseOutputForm(text: string, header: 'Header' | 'NoHeader' = 'Header'): OutputForm {
  if (text.startsWith(CUSTOM))
    return { form: 'CustomColumns', columns: parseCustomColumns(text.slice(CUSTOM.length)), header };
  if (text.startsWith('jsonpath=')) {
    const template = text.slice('jsonpath='.length);
    renderTemplate(template, {});
    return { form: 'JsonPath', template };
  }
  if (Object.hasOwn(FORMS, text)) return { form: FORMS[text as keyof typeof FORMS] };
  throw usageError(
    `there is no output form ${JSON.stringify(text)}`,
    'Forms: table, wide, json, yaml, name, jsonpath=TEMPLATE, custom-columns=HEADER:PATH,….',
  );
}

/** The objects as text in one form. */
export async function renderObjects(
  views: readonly ObjectView[],
  output: OutputForm,
  options: ObjectsOptions,
): Promise<string> {
  if (isDocumentForm(output)) return renderDocument(listDocument(views.map(apiObject), options.shape), output);
  if (output.form === 'Name') return namesOf(views, options.memory);
  return renderTables(views, output.form, options);
}

function namesOf(views: readonly ObjectView[], memory: TableMemory | undefined): string {
  const lines = views.filter((view) => looksNew(view, () => [targetText(view.object)], memory));
  return lines.map(({ object }) => `${targetText(object)}\n`).join('');
}

/** Whether it is a form for programs. */
export function isDocumentForm(output: OutputForm): output is DocumentForm {
  return ['Json', 'Yaml', 'JsonPath', 'CustomColumns'].includes(output.form);
}

/** A document as text for programs. */
export async function renderDocument(value: unknown, output: DocumentForm): Promise<string> {
  if (output.form === 'CustomColumns') return renderCustomColumns(value, output.columns, output.header);
  if ('template' in output) return renderTemplate(output.template, value);
  return output.form === 'Yaml' ? toYaml(value) : `${escapeSteering(JSON.stringify(value, null, 2))}\n`;
}

/** A single item that was asked for bare, others in a list. Pure. */
export function listDocument(items: readonly unknown[], shape: ObjectsOptions['shape']): unknown {
  return shape === 'One' && items.length === 1 ? items[0] : { kind: 'List', items };
}

/** Sorts by the value that a path of `--sort-by` leads to: numbers by size, the rest as text; what lacks it comes last. */
export function sortViews(views: readonly ObjectView[], path: string): ObjectView[] {
  return sortByPath(views, path, apiObject);
}

/** {@link sortViews} of anything that has a document. */
export function sortByPath<T>(items: readonly T[], path: string, documentOf: (item: T) => unknown): T[] {
  const plain = path.replace(/^\{(.*)\}$/, '$1');
  const keyed = items.map((item) => ({ item, value: selectPath(plain, documentOf(item))[0] }));
  return keyed.sort((a, b) => compare(a.value, b.value)).map(({ item }) => item);
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [valueText(a), valueText(b)];
  return left < right ? -1 : Number(left > right);
}

/** Loaded only when wanted: a table must come fast. */
async function toYaml(value: unknown): Promise<string> {
  const { quotingYaml } = await import('../yaml-text.ts');
  return escapeSteering(quotingYaml(value, steers));
}

async function renderTables(
  views: readonly ObjectView[],
  form: 'Table' | 'Wide',
  options: ObjectsOptions,
): Promise<string> {
  const kinds = KINDS.filter((kind) => views.some(({ object }) => object.kind === kind));
  const names = options.memory?.names ?? (kinds.length > 1 ? 'KindAndName' : 'Name');
  const tables = await Promise.all(kinds.map((kind) => kindTable(kind, views, { form, names, options })));
  return tables.filter((table) => table !== '').join('\n');
}

interface KindTable {
  form: 'Table' | 'Wide';
  names: TableMemory['names'];
  options: ObjectsOptions;
}

async function kindTable(kind: Kind, views: readonly ObjectView[], table: KindTable): Promise<string> {
  const { form, names, options } = table;
  const columns = [...columnsOf(kind, form, names), ...(options.labels ?? [])];
  const own = views.filter(({ object }) => object.kind === kind);
  const rows = own
    .filter((view) => looksNew(view, (sinceMs) => cellsOf(view, columns, sinceMs), options.memory))
    .map((view) => cellsOf(view, columns, options.nowMs));
  await loadTextWidthFor(rows.flat());
  return renderTable(rows, {
    least: leastWidths(kind, options.memory),
    width: options.width,
    keep: columns.flatMap(({ header }, column) => (KEPT.includes(header) ? [column] : [])),
    header: options.header === 'Header' ? columns.map((column) => column.header) : undefined,
    paint: (cell, padded, column) => (column === 1 || column === 2 ? paintWord(options.colours, cell, padded) : padded),
  });
}

/** What is cut last where there is little room. */
const KEPT: readonly string[] = ['STATUS', 'RECIPE'];

function cellsOf(view: ObjectView, columns: readonly Column[], nowMs: number): string[] {
  return columns.map((column) => column.cell(view, nowMs));
}

/** @param cells of its row, seen from the time that is given. */
function looksNew(
  { object }: ObjectView,
  cells: (nowMs: number) => readonly string[],
  memory: TableMemory | undefined,
): boolean {
  if (!memory) return true;
  const row = cells(memory.sinceMs).join('\0');
  const isNew = memory.rows.get(object.uid) !== row;
  memory.rows.set(object.uid, row);
  return isNew;
}

function leastWidths(kind: Kind, memory: TableMemory | undefined): number[] | undefined {
  if (!memory) return undefined;
  const widths = memory.widths.get(kind) ?? [];
  memory.widths.set(kind, widths);
  return widths;
}
