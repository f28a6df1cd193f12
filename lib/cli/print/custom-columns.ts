import { usageError } from '../environment.ts';
import { selectPath, valueText } from '../json-path.ts';
import { parseSteps } from '../json-path-steps.ts';
import { renderExactTable } from './table.ts';

/** A column that a person asked for: a header, and the path of what stands below it. */
export interface CustomColumn {
  header: string;
  path: string;
}

/**
 * Reads `NAME:.metadata.name,LEVEL:.status.level`; braces around a path may be left out.
 * @throws CommandError (exit 2) for what is none.
 */
export function parseCustomColumns(text: string): CustomColumn[] {
  return text.split(/,(?![^[\]]*\])/).map((part) => {
    const [, header = '', path = ''] = /^([^:]+):(.+)$/s.exec(part.trim()) ?? [];
    if (header === '' || path === '')
      throw usageError(
        `the column ${JSON.stringify(part)} cannot be read`,
        'Write custom-columns=HEADER:PATH,HEADER:PATH, for example NAME:.metadata.name,LEVEL:.status.level.',
      );
    const plain = path.replace(/^\{(.*)\}$/s, '$1');
    parseSteps(plain);
    return { header, path: plain };
  });
}

/** The items of a list, or the single document, one per line; `<none>` for what is not there. */
export async function renderCustomColumns(
  document: unknown,
  columns: readonly CustomColumn[],
  header: 'Header' | 'NoHeader',
): Promise<string> {
  const { kind, items } = document as { kind?: unknown; items?: unknown };
  const all: unknown[] = kind === 'List' && Array.isArray(items) ? items : [document];
  const rows = all.map((item) => columns.map(({ path }) => cellOf(path, item)));
  const headers = columns.map((column) => column.header);
  return await renderExactTable(rows, { header: header === 'Header' ? headers : undefined });
}

function cellOf(path: string, item: unknown): string {
  const values = selectPath(path, item).filter((value) => value !== null);
  return values.length === 0 ? '<none>' : values.map(valueText).join(',');
}
