import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SweepRecord, SweptRecipe, SweptWarmService } from '../../lib/api/index.ts';
import { runDirectoryName } from '../../lib/app/domain.ts';
import { orElse } from '../../lib/errors.ts';
import { writeFileDurable, writeJsonDurable } from '../../lib/fs/durable.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { plainText } from '../../lib/terminal-text.ts';
import { sweepSummary } from './result.ts';

/** Reports of a Sweep that are kept. */
const KEEP = 20;
/** Characters of a cell. */
const LONGEST = 300;

/** `sweeps/<name>-<uid8>`, below the state directory. Pure. */
export function reportsOf({ name, uid }: Pick<StoredObject, 'name' | 'uid'>): string {
  return join('sweeps', runDirectoryName(name, uid));
}

/** Writes `sweep.json` and `sweep.md` into a directory of their own, and drops the oldest beyond {@link KEEP}. Idempotent. */
export async function writeReport(
  stateDirectory: string,
  object: Pick<StoredObject, 'name' | 'uid'>,
  record: SweepRecord,
): Promise<string> {
  const report = join(reportsOf(object), record.occurrence);
  const directory = join(stateDirectory, report);
  const document = { metadata: { name: object.name, uid: object.uid }, sweep: record };
  await writeJsonDurable(join(directory, 'sweep.json'), document);
  await writeFileDurable(join(directory, 'sweep.md'), sweepMarkdown(object.name, record));
  const all = join(stateDirectory, reportsOf(object));
  const names = (await orElse(readdir(all), 'ENOENT', () => [])).toSorted();
  for (const old of names.slice(0, -KEEP)) await removeTree(join(all, old));
  return report;
}

/** The report for people. What comes from recipes and tests is text in it, never markup. Pure. */
export function sweepMarkdown(name: string, record: SweepRecord): string {
  const { occurrence, cause, startTime, completionTime, result, warmServices, recipes } = record;
  return [
    `# Sweep ${cell(name)}, ${occurrence}`,
    '',
    `**${result ?? 'Under way'}**: ${cell(sweepSummary(record))}.`,
    '',
    `Started ${startTime} by ${cause === 'Request' ? 'request' : 'its schedule'}${completionTime === undefined ? '' : `, ended ${completionTime}`}.`,
    '',
    '## Warm services',
    '',
    ...table(SERVICES, warmServices, 'No warm service was rolled.'),
    '',
    '## Recipes',
    '',
    ...table(RECIPES, recipes, result === 'Cancelled' ? 'It was cancelled before.' : 'No recipe is enrolled.'),
    '',
  ].join('\n');
}

type Columns<T> = readonly (readonly [header: string, text: (row: T) => string | number | undefined])[];

const SERVICES: Columns<SweptWarmService> = [
  ['service', ({ name }) => name],
  ['result', ({ result }) => result ?? 'not reached'],
  ['reason', ({ reason }) => reason],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
];

const RECIPES: Columns<SweptRecipe> = [
  ['recipe', ({ recipe }) => recipe],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
  ['decision', ({ decision }) => decision ?? 'not reached'],
  ['reason', ({ reason }) => reason],
  ['result', ({ result }) => result],
  ['level', ({ level }) => level],
  ['failed stage', ({ failedStage }) => failedStage],
  ['blame', ({ blame }) => blame],
  ['promotion', ({ promotion }) => promotion],
  ['run', ({ run }) => run],
  ['what happened', ({ message }) => message],
];

/** Columns without a text in any row are left out. */
function table<T>(columns: Columns<T>, rows: readonly T[], otherwise: string): string[] {
  if (rows.length === 0) return [otherwise];
  const used = columns.filter(([, text]) => rows.some((row) => text(row) !== undefined));
  return [
    `| ${used.map(([header]) => header).join(' | ')} |`,
    `|${used.map(() => '---|').join('')}`,
    ...rows.map((row) => `| ${used.map(([, text]) => cell(text(row) ?? '')).join(' | ')} |`),
  ];
}

/** One line in which nothing is markup, whoever wrote it. */
function cell(text: string | number): string {
  const line = plainText(String(text)).replaceAll(/\s+/g, ' ').trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
  return short
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replaceAll(/[\\`*_[\]|~]/g, (mark) => `\\${mark}`);
}
