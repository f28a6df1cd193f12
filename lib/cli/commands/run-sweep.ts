import type { SweepRecord, SweepStatus } from '../../api/generated/types.ts';
import type { ObjectKey } from '../../api/kinds.ts';
import { readOne } from '../../store/reader.ts';
import { type CommandContext, stateDirectory } from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, print, say } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { untilListed } from '../list-lag.ts';
import { targetText } from '../objects.ts';
import { absenceOf, PresenceWatch, readControllerFile, requireController } from '../presence.ts';
import { sweepLines } from '../print/describe-sweep.ts';
import { oneLine } from '../print/table.ts';
import { awaitHandled, dropRequest } from '../request-drop.ts';
import { requireTakenIn } from '../taken-in.ts';
import type { ObjectView } from '../view.ts';

/** A request waits its turn while its object is under work; longer than this nobody needs to look on. */
const HANDLED_WITHIN_MS = 5_000;

export interface RunSweepOptions {
  wait: boolean;
  /** Milliseconds; undefined: for ever. */
  timeoutMs: number | undefined;
}

/** `ccctl run sweep/x`: asks for a sweep now; with `--wait` follows it and ends with its verdict. */
export async function runSweep(context: CommandContext, key: ObjectKey, options: RunSweepOptions): Promise<ExitCode> {
  const { environment } = context;
  const directory = await stateDirectory(context);
  const { object } = await requireTakenIn(context, directory, key);
  if (options.wait) await requireController(environment, directory);
  const absence = absenceOf(environment, await readControllerFile(directory));
  const id = await dropRequest(environment, directory, { verb: 'run', object });
  if (absence !== undefined) {
    print(environment, `${targetText(key)} run queued (takes place when the controller runs)`);
    say(environment, `ccctl: ${absence}`);
    return EXIT.Ok;
  }
  const handled = await awaitHandled(environment, directory, { id, object, timeoutMs: HANDLED_WITHIN_MS });
  if (handled?.result === 'Refused')
    throw new CommandError(EXIT.Failed, `${targetText(key)}: run refused: ${handled.message ?? ''}`);
  print(environment, `${targetText(key)} ${handled === undefined ? 'run queued' : `run: ${handled.message ?? ''}`}`);
  return options.wait ? await follow({ environment, directory, key, id }, options.timeoutMs) : EXIT.Ok;
}

interface Followed {
  environment: CliEnvironment;
  directory: string;
  key: ObjectKey;
  /** Of the request. */
  id: string;
}

async function follow(followed: Followed, timeoutMs: number | undefined): Promise<ExitCode> {
  const { environment, directory, key, id } = followed;
  const presence = new PresenceWatch(environment, directory);
  const said = new Set<string>();
  const look = async (): Promise<SweepRecord | undefined> => {
    const view = await readOne({ stateDirectory: directory }, key);
    if (view === undefined) throw new CommandError(EXIT.NotFound, `${targetText(key)} was deleted`);
    const sweep = sweepOf(view);
    if (sweep?.request !== id) {
      throwIfTakenBack(view, id);
      await presence.check();
      return undefined;
    }
    for (const line of sweepLines(sweep).filter((one) => !said.has(one))) {
      said.add(line);
      say(environment, line);
    }
    if (sweep.completionTime !== undefined) return sweep;
    await presence.check();
    return undefined;
  };
  const what = (): string => `${targetText(key)} goes on; see ccctl describe ${targetText(key)}`;
  const end = await pollUntil(environment, look, { timeoutMs, follow: placesOf(directory, [key]), what });
  await untilListed(environment, directory, [key]);
  say(environment, `${targetText(key)} ${end.result ?? ''}`);
  say(environment, `See 'ccctl describe ${targetText(key)}'.`);
  return sweepExitCode(end);
}

/** @throws CommandError exit 1 where somebody cancelled what was asked for before it began. */
function throwIfTakenBack({ object, status }: ObjectView, id: string): void {
  const handled = object.lastHandledRequest ?? status?.lastHandledRequest;
  if (handled === undefined || handled.id === id || handled.verb !== 'cancel' || handled.result !== 'Done') return;
  throw new CommandError(EXIT.Failed, `it does not start: ${oneLine(handled.message ?? 'cancelled')}`);
}

function sweepOf({ status }: ObjectView): SweepRecord | undefined {
  return (status as unknown as SweepStatus | undefined)?.lastSweep;
}

/** 0: nothing went wrong; 7: nothing did but the infrastructure; else 1. Pure. */
export function sweepExitCode({ result, recipes }: SweepRecord): ExitCode {
  if (result === 'Passed') return EXIT.Ok;
  if (result === 'InfraError') return EXIT.InfraFault;
  const unfetched = recipes.filter(({ reason }) => reason === 'FetchFailed');
  const isOutside = result === 'FetchFailed' && unfetched.every(({ blame }) => blame === 'Infra');
  return isOutside ? EXIT.InfraFault : EXIT.Failed;
}
