import type { ObjectKey } from '../../api/kinds.ts';
import type { EventRecord } from '../../events/event.ts';
import { readEvents } from '../../store/reader.ts';
import { type CommandBody, openState } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode, usageError } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { parseTarget, targetText } from '../objects.ts';
import { countOption } from '../options.ts';
import { coloursFor } from '../print/colours.ts';
import { type DocumentForm, isDocumentForm, listDocument, parseOutputForm, renderDocument } from '../print/objects.ts';
import { oneLine, renderExactTable } from '../print/table.ts';
import { foldText } from '../print/wrap.ts';
import { requireTakenIn } from '../taken-in.ts';

export interface EventsOptions {
  watch?: boolean;
  limit?: string;
  for?: string;
  output?: string;
}

const DEFAULT_LIMIT = 50;
/** More than can happen between two looks. */
const WATCH_LIMIT = 1000;

/** `ccctl events [kind/name]`: what happened, oldest first; of everything without words. */
export const events: CommandBody<EventsOptions> = async (context, words, options) => {
  const { environment } = context;
  const limit = countOption('--limit', options.limit) ?? DEFAULT_LIMIT;
  const shown: Shown = { environment, output: outputOf(options.output), widths: [] };
  const target = targetOf(words, options.for);
  const stateDirectory = await openState(context);
  const key = target && (await requireTakenIn(context, stateDirectory, target)).object;
  const first = await readEvents({ stateDirectory, limit: options.watch ? WATCH_LIMIT : limit }, key);
  await show(shown, first.slice(-limit));
  return options.watch ? watch(shown, stateDirectory, { key, first }) : EXIT.Ok;
};

function targetOf(words: readonly string[], wanted: string | undefined): ObjectKey | undefined {
  if (wanted === undefined) return words.length > 0 ? parseTarget(words) : undefined;
  if (words.length > 0) throw usageError('name the object once: as a word, or with --for');
  return parseTarget([wanted]);
}

/** Undefined: lines for people. */
function outputOf(text = 'table'): DocumentForm | undefined {
  const output = parseOutputForm(text);
  if (isDocumentForm(output)) return output;
  if (output.form === 'Table') return undefined;
  throw usageError(
    `there is no output form ${JSON.stringify(text)} of events`,
    'Forms: table, json, yaml, jsonpath=TEMPLATE, custom-columns=HEADER:PATH,….',
  );
}

/** How events are shown. */
interface Shown {
  environment: CliEnvironment;
  output: DocumentForm | undefined;
  /** Of the columns so far. */
  widths: number[];
}

async function show(shown: Shown, records: readonly EventRecord[]): Promise<void> {
  if (shown.output === undefined) return await printEvents(shown, records);
  shown.environment.stdout.write(await renderDocument(listDocument(records, 'List'), shown.output));
}

async function watch(
  shown: Shown,
  stateDirectory: string,
  { key, first }: { key: ObjectKey | undefined; first: readonly EventRecord[] },
): Promise<ExitCode> {
  let seen = new Set(first.map((event) => JSON.stringify(event)));
  const look = async () => {
    const now = await readEvents({ stateDirectory, limit: WATCH_LIMIT }, key);
    const fresh = now.filter((event) => !seen.has(JSON.stringify(event)));
    if (fresh.length > 0) await show(shown, fresh);
    seen = new Set(now.map((event) => JSON.stringify(event)));
    return undefined;
  };
  return pollUntil<never>(shown.environment, look, key ? { follow: placesOf(stateDirectory, [key]) } : {});
}

/** In columns, as wide as those before needed; a message goes on below itself. */
async function printEvents({ environment, widths }: Shown, records: readonly EventRecord[]): Promise<void> {
  const colours = coloursFor(environment, environment.stdout);
  const rows = records.map(({ time, type, reason, message, object }) => [
    ...[time, type, object ? targetText(object) : 'controller', reason, oneLine(message)],
  ]);
  const table = await renderExactTable(rows, { least: widths });
  const { columns } = environment.stdout;
  const text = columns === undefined ? table : foldText(table, columns);
  environment.stdout.write(text.replace(WARNINGS, (_, time, word) => `${time}${colours.yellow(word)}`));
}

/** The type of an event, in the line that begins with its time. */
const WARNINGS = /^(\d\S+ {2})(Warning)/gm;
