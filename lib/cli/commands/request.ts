import { specInForce } from '../../store/spec-in-force.ts';
import { type CommandContext, stateDirectory } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { parseTargets, targetText } from '../objects.ts';
import { absenceOf, readControllerFile } from '../presence.ts';
import { awaitHandled, dropRequest, type Verb } from '../request-drop.ts';
import { requireTakenIn } from '../taken-in.ts';
import type { ObjectView } from '../view.ts';

export interface RequestOptions {
  reason?: string;
}

/** The verbs that are nothing but a request. */
export type RequestVerb = Extract<Verb, 'reconcile' | 'suspend' | 'resume' | 'cancel' | 'retry'>;

/** A request waits its turn while its object is under work; longer than this nobody needs to look on. */
const HANDLED_WITHIN_MS = 5000;

/** `ccctl reconcile | suspend | resume | cancel | retry`: drops a request per object and says what came of it. */
export async function request(
  context: CommandContext,
  verb: RequestVerb,
  words: readonly string[],
  options: RequestOptions,
): Promise<ExitCode> {
  const { environment } = context;
  const { keys } = parseTargets(words);
  if (keys.length === 0) throw usageError(`name the object to ${verb}`, 'Write kind/name, for example run/notes-1.');
  const directory = await stateDirectory(context);
  const views = await Promise.all(keys.map((key) => requireTakenIn(context, directory, key)));
  for (const view of views) refuseWhereUseless(verb, view);
  const codes: ExitCode[] = [];
  const args = options.reason === undefined ? {} : { reason: options.reason };
  for (const view of views) codes.push(await sendRequest(environment, directory, { verb, view, args }));
  return codes.find((code) => code !== EXIT.Ok) ?? EXIT.Ok;
}

/** A verb for one object that is there. */
export interface WantedRequest {
  verb: Verb;
  view: ObjectView;
  args: Readonly<Record<string, string>>;
}

/** Drops the request, which waits for a controller that is away; else waits a while for the answer, says it, and gives the exit code that it stands for. */
export async function sendRequest(
  environment: CliEnvironment,
  directory: string,
  { verb, view, args }: WantedRequest,
): Promise<ExitCode> {
  const { object } = view;
  const absence = absenceOf(environment, await readControllerFile(directory));
  const id = await dropRequest(environment, directory, { verb, object, args });
  if (absence !== undefined) {
    print(environment, `${targetText(object)} ${verb} queued (takes place when the controller runs)`);
    say(environment, `ccctl: ${absence}`);
    return EXIT.Ok;
  }
  const handled = await awaitHandled(environment, directory, { id, object, timeoutMs: HANDLED_WITHIN_MS });
  if (!handled) {
    print(environment, `${targetText(object)} ${verb} queued`);
    say(environment, 'ccctl: the object is under work; the controller acts on the request when it comes to it');
    return EXIT.Ok;
  }
  if (handled.result === 'Refused') {
    say(environment, `ccctl: ${targetText(object)}: ${verb} refused: ${handled.message ?? ''}`);
    return EXIT.Failed;
  }
  print(environment, `${targetText(object)} ${verb} done${handled.message ? `: ${handled.message}` : ''}`);
  return EXIT.Ok;
}

/** @throws CommandError (exit 2) for a request that could not be served whatever the controller does. */
function refuseWhereUseless(verb: RequestVerb, { object }: ObjectView): void {
  const { suspend } = specInForce(object) as { suspend?: boolean };
  if (verb === 'resume' && suspend)
    throw usageError(`${targetText(object)} is suspended by its file`, `Set spec.suspend to false in ${object.path}.`);
  if (verb === 'retry' && object.kind === 'Sweep')
    throw usageError('a Sweep is not tried again', `'ccctl run ${targetText(object)}' starts another one.`);
}
