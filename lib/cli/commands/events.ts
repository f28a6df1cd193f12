import type { ObjectKey } from '../../api/kinds.ts';
import type { EventRecord } from '../../events/event.ts';
import { readEvents } from '../../store/reader.ts';
import { type CommandBody, openState } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { parseTarget, requireObject, targetText } from '../objects.ts';
import { countOption } from '../options.ts';
import { coloursFor } from '../print/colours.ts';
import { oneLine } from '../print/table.ts';

export interface EventsOptions {
  watch?: boolean;
  limit?: string;
}

const DEFAULT_LIMIT = 50;
/** More than can happen between two looks. */
const WATCH_LIMIT = 1000;

/** `ccctl events [kind/name]`: what happened, oldest first; of everything without words. */
export const events: CommandBody<EventsOptions> = async (context, words, options) => {
  const { environment } = context;
  const limit = countOption('--limit', options.limit) ?? DEFAULT_LIMIT;
  const stateDirectory = await openState(context);
  const key = words.length > 0 ? (await requireObject(stateDirectory, parseTarget(words))).object : undefined;
  const first = await readEvents({ stateDirectory, limit: options.watch ? WATCH_LIMIT : limit }, key);
  printEvents(environment, first.slice(-limit));
  return options.watch ? watch(environment, stateDirectory, { key, first }) : EXIT.Ok;
};

async function watch(
  environment: CliEnvironment,
  stateDirectory: string,
  { key, first }: { key: ObjectKey | undefined; first: readonly EventRecord[] },
): Promise<ExitCode> {
  let seen = new Set(first.map((event) => JSON.stringify(event)));
  const look = async () => {
    const now = await readEvents({ stateDirectory, limit: WATCH_LIMIT }, key);
    const fresh = now.filter((event) => !seen.has(JSON.stringify(event)));
    printEvents(environment, fresh);
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
