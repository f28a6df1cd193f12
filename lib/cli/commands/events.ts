import type { ObjectKey } from '../../api/kinds.ts';
import type { EventRecord } from '../../events/event.ts';
import { readEvents } from '../../store/reader.ts';
import { type CommandBody, openState } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode, usageError } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { parseTarget, requireObject, targetText } from '../objects.ts';
import { countOption } from '../options.ts';
import { coloursFor } from '../print/colours.ts';
import { type DocumentForm, isDocumentForm, listDocument, parseOutputForm, renderDocument } from '../print/objects.ts';
import { oneLine } from '../print/table.ts';

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
  const output = outputOf(options.output);
  const target = targetOf(words, options.for);
  const stateDirectory = await openState(context);
  const key = target && (await requireObject(stateDirectory, target)).object;
  const first = await readEvents({ stateDirectory, limit: options.watch ? WATCH_LIMIT : limit }, key);
  await show(environment, first.slice(-limit), output);
  return options.watch ? watch(environment, stateDirectory, { key, first, output }) : EXIT.Ok;
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

async function show(
  environment: CliEnvironment,
  records: readonly EventRecord[],
  output: DocumentForm | undefined,
): Promise<void> {
  if (output === undefined) return printEvents(environment, records);
  environment.stdout.write(await renderDocument(listDocument(records, 'List'), output));
}

async function watch(
  environment: CliEnvironment,
  stateDirectory: string,
  {
    key,
    first,
    output,
  }: { key: ObjectKey | undefined; first: readonly EventRecord[]; output: DocumentForm | undefined },
): Promise<ExitCode> {
  let seen = new Set(first.map((event) => JSON.stringify(event)));
  const look = async () => {
    const now = await readEvents({ stateDirectory, limit: WATCH_LIMIT }, key);
    const fresh = now.filter((event) => !seen.has(JSON.stringify(event)));
    if (fresh.length > 0) await show(environment, fresh, output);
    seen = new Set(now.map((event) => JSON.stringify(event)));
    return undefined;
  };
  return pollUntil<never>(environment, look, key ? { follow: placesOf(stateDirectory, [key]) } : {});
}

function printEvents(environment: CliEnvironment, records: readonly EventRecord[]): void {
  const colours = coloursFor(environment, environment.stdout);
  for (const { time, type, reason, message, object } of records) {
    const word = type === 'Warning' ? colours.yellow(type) : type;
    const about = object ? targetText(object) : 'controller';
    environment.stdout.write(`${time}  ${word.padEnd(7)}  ${about}  ${reason}  ${oneLine(message)}\n`);
  }
}
