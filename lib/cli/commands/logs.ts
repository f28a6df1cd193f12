import { open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { orNothing } from '../../errors.ts';
import { closing } from '../../fs/closing.ts';
import { offsetSince } from '../../fs/log-times.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { readOne } from '../../store/reader.ts';
import { type CommandBody, openState } from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, say } from '../environment.ts';
import { pollUntil } from '../follow.ts';
import { isNamed, type LogFile, logFilesOf } from '../log-files.ts';
import { parseTarget, targetText } from '../objects.ts';
import { countOption, durationMs } from '../options.ts';
import { requireTakenIn } from '../taken-in.ts';
import { conditionOf, type ObjectView } from '../view.ts';

export interface LogsOptions {
  follow?: boolean;
  tail?: string;
  since?: string;
  stage?: string;
}

/** More than this of one log is not shown without `-f`; the file is named instead. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/** How far each log has been printed. */
type Printed = Map<string, { offset: number; decoder: StringDecoder }>;

/**
 * `ccctl logs kind/name [service|test]`: logs as they are kept, secrets masked where they were written. A service, test or
 * hook has the same name while the app is there and after it.
 */
export const logs: CommandBody<LogsOptions> = async (context, words, options) => {
  const { environment } = context;
  const { target, part } = splitWords(words);
  const tail = countOption('--tail', options.tail);
  const sinceMs =
    options.since === undefined ? undefined : environment.clock.now() - durationMs('--since', options.since);
  const stateDirectory = await openState(context);
  const view = await requireTakenIn(context, stateDirectory, parseTarget(target));
  const choice: Choice = { part, stage: options.stage?.toLowerCase() };
  const files = chooseLogs(await logFilesOf(stateDirectory, view), choice, view);
  if (files.length === 0 && !options.follow) say(environment, `ccctl: ${targetText(view.object)} has no logs`);
  const printed: Printed = new Map();
  const printer = { environment, printed, heads: part === undefined || files.length > 1 };
  if (sinceMs !== undefined) for (const file of files) await passOver(printed, file, sinceMs);
  for (const file of files) await printNew(printer, file, tail);
  if (!options.follow) return EXIT.Ok;
  return pollUntil(environment, async () => {
    const now = await readOne({ stateDirectory }, view.object);
    for (const file of now ? await logFilesOf(stateDirectory, now) : []) {
      if (isChosen(file, choice)) await printNew(printer, file, undefined);
    }
    return !now || isFinished(now) ? EXIT.Ok : undefined;
  });
};

/** Counts what is older as printed. */
async function passOver(printed: Printed, file: LogFile, sinceMs: number): Promise<void> {
  const { size } = (await orNothing(stat(file.path), 'ENOENT')) ?? { size: 0 };
  const offset = (await offsetSince(file.path, sinceMs)) ?? size;
  printed.set(file.path, { offset, decoder: new StringDecoder('utf8') });
}

/** `run/x`, `run/x app`, `run x` and `run x app`. */
function splitWords(words: readonly string[]): { target: string[]; part: string | undefined } {
  const length = words[0]?.includes('/') ? 1 : 2;
  return { target: words.slice(0, length), part: words[length] };
}

/** Which logs: of all parts and stages where none is named. */
interface Choice {
  part: string | undefined;
  /** In lower case. */
  stage: string | undefined;
}

function isChosen(file: LogFile, { part, stage }: Choice): boolean {
  const isOfStage = stage === undefined || file.stage?.toLowerCase() === stage;
  return isOfStage && (part === undefined || isNamed(file, part));
}

/** @throws CommandError (exit 3) where a part or a stage is named that has none. */
function chooseLogs(files: readonly LogFile[], choice: Choice, view: ObjectView): LogFile[] {
  const { part, stage } = choice;
  const chosen = files.filter((file) => isChosen(file, choice));
  if (chosen.length > 0 || (part === undefined && stage === undefined)) return chosen;
  const what = [part && `log ${JSON.stringify(part)}`, stage && `log of stage ${stage}`].filter(Boolean).join(', ');
  const parts = [...new Set(files.map((file) => file.part))];
  const kept = isFinished(view)
    ? ' Of services, those of stages that failed are kept; the others went with the app.'
    : '';
  const listed = `Logs: ${parts.join(', ') || 'none yet'}.${kept}`;
  const remedy = part === undefined ? listed : meantOr(part, parts, listed);
  throw new CommandError(EXIT.NotFound, `${targetText(view.object)} has no ${what}`, { remedy });
}

function isFinished({ object, status }: ObjectView): boolean {
  if (object.kind !== 'Run') return false;
  const succeeded = conditionOf(status, 'Succeeded');
  return succeeded !== undefined && succeeded.status !== 'Unknown';
}

interface Printer {
  environment: CliEnvironment;
  printed: Printed;
  /** Whether each piece is headed by the name of its log. */
  heads: boolean;
}

async function printNew(printer: Printer, file: LogFile, tail: number | undefined): Promise<void> {
  const { environment, printed, heads } = printer;
  const state = printed.get(file.path) ?? { offset: 0, decoder: new StringDecoder('utf8') };
  printed.set(file.path, state);
  const { bytes, from } = await readFrom(file.path, state.offset);
  if (bytes.length === 0) return;
  if (from > 0 && state.offset === 0) say(environment, `ccctl: only the last ${LIMIT_BYTES} bytes of ${file.path}`);
  state.offset = from + bytes.length;
  const text = state.decoder.write(bytes);
  const shown = tail === undefined ? text : lastLines(text, tail);
  if (heads) environment.stdout.write(`==> ${file.part}${file.stage ? ` (${file.stage})` : ''} <==\n`);
  environment.stdout.write(shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`);
}

function lastLines(text: string, count: number): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.slice(Math.max(0, lines.length - count)).join('\n');
}

/**
 * What was added since `offset`, at most {@link LIMIT_BYTES} of it; nothing for a file that is gone. A file that became
 * shorter was rotated and is read from its start.
 */
async function readFrom(path: string, offset: number): Promise<{ bytes: Buffer; from: number }> {
  const read = await closing(await orNothing(open(path, 'r'), 'ENOENT'), async (handle) => {
    const { size } = await handle.stat();
    const from = Math.max(size < offset ? 0 : offset, size - LIMIT_BYTES);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, bytesRead), from };
  });
  return read ?? { bytes: Buffer.alloc(0), from: 0 };
}
