import type { TriggerStatus } from '../../forge/trigger-status.ts';
import { relative } from './age.ts';
import { paintWord } from './colours.ts';
import type { Looks } from './listing.ts';
import { oneLine, renderExactTable } from './table.ts';

interface TriggerColumn {
  header: string;
  cell: (trigger: TriggerStatus, nowMs: number) => string | undefined;
}

const COLUMNS: readonly TriggerColumn[] = [
  { header: 'REPOSITORY', cell: ({ repository }) => repository },
  { header: 'STATUS', cell: ({ state, reason }) => (reason === undefined ? state : `${state}/${reason}`) },
  { header: 'CANONICAL', cell: ({ canonical }) => canonical },
  { header: 'RUNS', cell: ({ commands }) => String(commands) },
  { header: 'OUTBOX', cell: ({ outbox }) => String(outbox) },
  { header: 'POLLED', cell: ({ lastPollTime }, nowMs) => lastPollTime && relative(lastPollTime, nowMs) },
];

const WIDE: readonly TriggerColumn[] = [
  { header: 'FORGE', cell: ({ forge }) => forge },
  { header: 'MESSAGE', cell: ({ message }) => message && oneLine(message) },
];

/** One line for each repository. */
export async function triggerTable(
  triggers: readonly TriggerStatus[],
  form: 'Table' | 'Wide',
  { nowMs, colours, width, header }: Looks,
): Promise<string> {
  const columns = form === 'Wide' ? [...COLUMNS, ...WIDE] : COLUMNS;
  const rows = triggers.map((trigger) => columns.map(({ cell }) => cell(trigger, nowMs) ?? '-'));
  return await renderExactTable(rows, {
    width,
    header: header === 'Header' ? columns.map((column) => column.header) : undefined,
    paint: (cell, padded, column) => (columns[column]?.header === 'STATUS' ? paintWord(colours, cell, padded) : padded),
  });
}
