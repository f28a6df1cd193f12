import { shortTargetText } from '../objects.ts';
import type { SetView } from '../sets.ts';
import { age, byteSize, relative } from './age.ts';
import { paintWord } from './colours.ts';
import type { Looks } from './listing.ts';
import { renderExactTable } from './table.ts';

interface SetColumn {
  header: string;
  cell: (view: SetView, nowMs: number) => string | undefined;
}

const COLUMNS: readonly SetColumn[] = [
  { header: 'NAME', cell: ({ id }) => id },
  { header: 'STATE', cell: ({ state }) => state },
  { header: 'ORIGIN', cell: ({ origin }) => origin },
  { header: 'OBJECT', cell: ({ object }) => shortTargetText(object) },
  { header: 'VERSION', cell: ({ manifest }) => manifest?.version },
  { header: 'SIZE', cell: ({ manifest }) => manifest && byteSize(manifest.bytes) },
  { header: 'AGE', cell: ({ manifest }, nowMs) => manifest && age(manifest.createdTime, nowMs) },
  { header: 'EXPIRES', cell: ({ failed }, nowMs) => failed && relative(failed.expires, nowMs) },
];

const WIDE: readonly SetColumn[] = [
  { header: 'COMMIT', cell: ({ manifest }) => manifest?.commit.slice(0, 8) },
  { header: 'VOLUMES', cell: ({ manifest }) => manifest?.volumes.length.toString() },
  { header: 'LOSS-WINDOW', cell: ({ failed }) => failed?.lossWindow && windowText(failed.lossWindow) },
  { header: 'PATH', cell: ({ path }) => path },
  { header: 'MESSAGE', cell: ({ message }) => message ?? '' },
];

/** What was written between two times. Pure. */
export function windowText({ from, to }: { from: string; to: string }): string {
  return `${from} to ${to}`;
}

/** One line for each set. */
export async function setTable(
  views: readonly SetView[],
  form: 'Table' | 'Wide',
  { nowMs, colours, width, header }: Looks,
): Promise<string> {
  const columns = form === 'Wide' ? [...COLUMNS, ...WIDE] : COLUMNS;
  const rows = views.map((view) => columns.map(({ cell }) => cell(view, nowMs) ?? '-'));
  return await renderExactTable(rows, {
    width,
    header: header === 'Header' ? columns.map((column) => column.header) : undefined,
    paint: (cell, padded, column) =>
      ['STATE', 'ORIGIN'].includes(columns[column]?.header ?? '') ? paintWord(colours, cell, padded) : padded,
  });
}
