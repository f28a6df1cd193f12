import type { ObjectKey } from '../../api/kinds.ts';
import { readAll, readOne } from '../../store/reader.ts';
import { type CommandBody, openState } from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { untilListed } from '../list-lag.ts';
import { notFound, targetText } from '../objects.ts';
import { timeoutMs } from '../options.ts';
import { PresenceWatch } from '../presence.ts';
import { oneLine } from '../print/table.ts';
import { type Progress, parseWaitFor, progressOf, type WaitFor } from '../progress.ts';
import { keysOfSelection, parseSelection, type SelectionOptions } from '../selection.ts';

export interface WaitOptions extends SelectionOptions {
  for?: string;
  timeout?: string;
}

const DEFAULT_TIMEOUT = '30s';

/** A file that was just written is known after at most two rescans. */
const UNKNOWN_GRACE_MS = 3000;

interface Wait {
  environment: CliEnvironment;
  stateDirectory: string;
  wait: WaitFor;
  startedMs: number;
  presence: PresenceWatch;
}

/** `ccctl wait`: ends with 0 once every object is as wanted, 1, 4 or 5 otherwise. */
export const waitFor: CommandBody<WaitOptions> = async (context, words, options) => {
  const { environment } = context;
  if (!options.for)
    throw usageError(
      'say what to wait for',
      'Give --for=condition=Ready, --for=create, --for=delete or --for=jsonpath=….',
    );
  const selection = parseSelection('wait for', words, options);
  const wait = parseWaitFor(options.for);
  const deadlineMs = environment.clock.monotonicMs() + timeoutMs(options.timeout ?? DEFAULT_TIMEOUT);
  const stateDirectory = await openState(context);
  const presence = new PresenceWatch(environment, stateDirectory);
  const state: Wait = { environment, stateDirectory, wait, startedMs: environment.clock.monotonicMs(), presence };
  const keys = await keysOfSelection(selection, () => readAll({ stateDirectory }));
  if (keys.length === 0 && wait.for !== 'Delete')
    throw new CommandError(EXIT.NotFound, 'there is no such object to wait for', {
      remedy: "See 'ccctl get' with the same words and selector.",
    });
  for (const key of keys) {
    const exitCode = await waitForOne(state, key, deadlineMs - environment.clock.monotonicMs());
    if (exitCode !== EXIT.Ok) return exitCode;
  }
  await untilListed(environment, stateDirectory, keys);
  return EXIT.Ok;
};

async function waitForOne(wait: Wait, key: ObjectKey, leftMs: number): Promise<ExitCode> {
  let last: Progress = { progress: 'Unmet', message: '' };
  const what = (): string => `${targetText(key)}: ${last.progress === 'Unmet' ? oneLine(last.message) : ''}`;
  const look = async (): Promise<ExitCode | undefined> => {
    last = await lookAt(wait, key);
    return last.progress === 'Unmet' ? undefined : conclude(wait.environment, key, last);
  };
  const follow = placesOf(wait.stateDirectory, [key]);
  return pollUntil(wait.environment, look, { timeoutMs: Math.max(0, leftMs), follow, what });
}

/** @throws CommandError exit 3 for an object that stays unknown, exit 6 where nobody could change what is there. */
async function lookAt(waiting: Wait, key: ObjectKey): Promise<Progress> {
  const { environment, stateDirectory, wait, startedMs, presence } = waiting;
  const view = await readOne({ stateDirectory }, key);
  const progress = await progressOf(wait, view);
  if (progress.progress !== 'Unmet') return progress;
  await presence.check();
  const waitedMs = environment.clock.monotonicMs() - startedMs;
  if (!view && wait.for !== 'Create' && waitedMs >= UNKNOWN_GRACE_MS)
    await notFound(key, await readAll({ stateDirectory }));
  return progress;
}

function conclude(
  environment: CliEnvironment,
  key: ObjectKey,
  progress: Exclude<Progress, { progress: 'Unmet' }>,
): ExitCode {
  if (progress.progress === 'Met') {
    print(environment, `${targetText(key)} condition met`);
    return EXIT.Ok;
  }
  say(environment, `ccctl: ${targetText(key)}: ${oneLine(progress.message)}`);
  return progress.exitCode;
}
