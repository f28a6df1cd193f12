import { KINDS } from '../../api/kinds.ts';
import { kindRows } from '../../columns/kind-rows.ts';
import { rowOf } from '../../columns/row.ts';
import { escapeSteering, steers } from '../../terminal-text.ts';
import { usageError } from '../environment.ts';
import { renderTemplate, selectPath, valueText } from '../json-path.ts';
import { apiObject, type ObjectView } from '../view.ts';
import { type CustomColumn, parseCustomColumns, renderCustomColumns } from './custom-columns.ts';
import { type RowsForm, type RowsOptions, renderRows, rowsForm } from './rows.ts';

/** How objects are written for programs. */
export type DocumentForm =
  | { form: 'Json' | 'Yaml' }
  | { form: 'JsonPath'; template: string }
  | { form: 'CustomColumns'; columns: readonly CustomColumn[]; header: 'Header' | 'NoHeader' };

/** How objects are written. */
export type OutputForm = { form: RowsForm } | DocumentForm;

export interface ObjectsOptions extends RowsOptions {
  /** `One`: a single named object, printed bare; `List`: in `{kind: List, items}`. */
  shape: 'One' | 'List';
}

const DOCUMENT_FORMS = { json: 'Json', yaml: 'Yaml' } as const;

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
  const form = rowsForm(text);
  if (form) return { form };
  if (Object.hasOwn(DOCUMENT_FORMS, text)) return { form: DOCUMENT_FORMS[text as keyof typeof DOCUMENT_FORMS] };
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
  const { form } = output;
  const tables = KINDS.map((kind) => {
    const own = views.filter(({ object }) => object.kind === kind);
    return kindRows(
      kind,
      own.map((view) => rowOf(view, form === 'Wide' ? 'Wide' : 'Table')),
    );
  });
  return renderRows(tables, form, options);
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
