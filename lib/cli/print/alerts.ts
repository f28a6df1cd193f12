import type { Delivery } from '../../alerts/alert.ts';
import type { AlertView } from '../alert-view.ts';
import { shortTargetText, targetText } from '../objects.ts';
import { age, relative } from './age.ts';
import { paintWord } from './colours.ts';
import type { Looks } from './listing.ts';
import { fieldLines, oneLine, renderExactTable, renderSections, type Section } from './table.ts';

interface AlertColumn {
  header: string;
  cell: (view: AlertView, nowMs: number) => string;
}

const COLUMNS: readonly AlertColumn[] = [
  { header: 'NAME', cell: ({ record }) => record.id },
  { header: 'SEVERITY', cell: ({ record }) => record.severity },
  { header: 'REASON', cell: ({ record }) => record.reason },
  { header: 'OBJECT', cell: ({ record }) => shortTargetText(record.object) },
  { header: 'STATUS', cell: ({ state }) => state },
  { header: 'DELIVERED', cell: ({ record }) => deliveredText(record.deliveries) },
  { header: 'AGE', cell: ({ record }, nowMs) => age(record.time, nowMs) },
];

const WIDE: readonly AlertColumn[] = [
  { header: 'RECOVERED-BY', cell: ({ recoveredBy }) => recoveredBy ?? '-' },
  { header: 'MESSAGE', cell: ({ record }) => record.message },
];

const PAINTED: readonly string[] = ['SEVERITY', 'STATUS'];

/** One line for each alert. */
export async function alertTable(
  views: readonly AlertView[],
  form: 'Table' | 'Wide',
  { nowMs, colours, width, header }: Looks,
): Promise<string> {
  const columns = form === 'Wide' ? [...COLUMNS, ...WIDE] : COLUMNS;
  const rows = views.map((view) => columns.map(({ cell }) => cell(view, nowMs)));
  return await renderExactTable(rows, {
    width,
    header: header === 'Header' ? columns.map((column) => column.header) : undefined,
    paint: (cell, padded, column) =>
      PAINTED.includes(columns[column]?.header ?? '') ? paintWord(colours, cell, padded) : padded,
  });
}

/** Sinks that have it, of those that were asked; `-` before the first try. */
function deliveredText(deliveries: readonly Delivery[]): string {
  const delivered = deliveries.filter(({ deliveredTime }) => deliveredTime !== undefined);
  return deliveries.length === 0 ? '-' : `${delivered.length}/${deliveries.length}`;
}

/** The alert in full. Pure. */
export function describeAlert(view: AlertView, nowMs: number): string {
  const { record, state, recoveredBy } = view;
  const { reminds } = record;
  const identity = fieldLines([
    ['Name', record.id],
    ['Severity', record.severity],
    ['Reason', record.reason],
    ['Object', targetText(record.object)],
    ['UID', record.object.uid],
    ['Time', `${record.time} (${age(record.time, nowMs)} ago)`],
    ['Status', state],
    ['Message', record.message],
    ['Reminds of', reminds && `alert/${reminds.id}; muted since it was told last: ${reminds.muted}`],
    ['Recovers', record.recovers?.map((id) => `alert/${id}`).join(', ')],
    ['Recovered by', recoveredBy && `alert/${recoveredBy}`],
  ]);
  return `${identity.map((line) => `${line}\n`).join('')}${renderSections(sectionsOf(view, nowMs))}`;
}

function sectionsOf({ record }: AlertView, nowMs: number): Section[] {
  const { attempted, lastGood, recovered, reason, lossWindow, failedSet, held = [], notes = [] } = record.facts;
  const facts = fieldLines([
    ['Attempted', attempted && `${attempted.version} (${attempted.commit})`],
    ['Last good', lastGood && `${lastGood.version} (${lastGood.commit})`],
    ['Recovered', recovered === undefined ? undefined : String(recovered)],
    ['Cause', reason],
    ['Loss window', lossWindow && `${lossWindow.from} to ${lossWindow.to}`],
    ['Failed set', failedSet],
  ]);
  return [
    { title: 'Facts', lines: facts },
    { title: 'Held', lines: held.map(({ code, message }) => oneLine(`${code}: ${message}`)) },
    { title: 'Notes', lines: notes.flatMap(noteLines) },
    { title: 'Delivery', lines: record.deliveries.flatMap((delivery) => deliveryLines(delivery, nowMs)) },
  ];
}

function noteLines({ version, text }: { version: string; text: string }): string[] {
  return [
    `${oneLine(version)}:`,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `  ${oneLine(line)}`.trimEnd()),
  ];
}

function deliveryLines({ name, failures, deliveredTime, lastFailure }: Delivery, nowMs: number): string[] {
  const tries = failures === 0 ? '' : `, failed tries: ${failures}`;
  if (deliveredTime !== undefined)
    return [oneLine(`${name}: ${deliveredTime} (${relative(deliveredTime, nowMs)})${tries}`)];
  if (lastFailure === undefined) return [oneLine(`${name}: not tried yet`)];
  return [
    oneLine(`${name}: failed tries: ${failures}, last ${relative(lastFailure.time, nowMs)}`),
    oneLine(`  ${lastFailure.message}`),
  ];
}
