import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { toTime } from '../clock.ts';
import { orElse, orNothing } from '../errors.ts';
import { createFileDurable, readJson } from '../fs/durable.ts';
import { smallFiles } from '../fs/small-files.ts';
import { readOne } from '../store/reader.ts';
import type { ControllerRequest } from '../store/request-format.ts';
import { statePaths } from '../store/state-paths.ts';
import type { HandledRequest, PendingRequest, StoredObject } from '../store/store.ts';
import { type CliEnvironment, CommandError, EXIT } from './environment.ts';
import { placesOf, pollUntil } from './follow.ts';

export type Verb = PendingRequest['verb'];

/** A verb for one object, or, without `object`, for the whole source or the controller itself. */
export interface RequestDraft {
  verb: Verb | ControllerRequest['verb'];
  object?: Pick<StoredObject, 'kind' | 'name' | 'uid' | 'generation'>;
  args?: Readonly<Record<string, string>>;
}

/**
 * Drops `requests/<time>-<random>.json`; on disk when the promise resolves. Root gives it to the owner of the directory, who
 * could not read it otherwise, whatever the umask. @returns the id of the request.
 */
export async function dropRequest(
  environment: CliEnvironment,
  stateDirectory: string,
  { verb, object, args = {} }: RequestDraft,
): Promise<string> {
  const at = toTime(environment.clock.now());
  const id = `${at.replaceAll(/[-:]/g, '')}-${randomBytes(6).toString('hex')}`;
  const about = object && { kind: object.kind, name: object.name, uid: object.uid, generation: object.generation };
  const request = { verb, ...about, args, by: environment.user, at };
  const directory = statePaths(stateDirectory).requests;
  const owner = process.getuid?.() === 0 ? await smallFiles.stat(directory) : undefined;
  await createFileDurable(join(directory, `${id}.json`), `${JSON.stringify(request)}\n`, { ...(owner && { owner }) });
  return id;
}

/**
 * Waits up to `timeoutMs` until the controller has acted on a request. @returns what it said, or undefined where it has
 * not come to it yet. @throws CommandError (exit 1) where the request was refused unread.
 */
export async function awaitHandled(
  environment: CliEnvironment,
  stateDirectory: string,
  wait: { id: string; object: StoredObject; timeoutMs: number },
): Promise<HandledRequest | undefined> {
  const look = async () => {
    const view = await readOne({ stateDirectory }, wait.object);
    const handled = view?.object.lastHandledRequest ?? view?.status?.lastHandledRequest;
    if (handled?.id === wait.id) return handled;
    await throwIfRejected(stateDirectory, wait.id);
    return undefined;
  };
  const follow = [...placesOf(stateDirectory, [wait.object]), statePaths(stateDirectory).rejectedRequests];
  const bounds = { timeoutMs: wait.timeoutMs, follow, what: () => wait.id };
  return await orNothing(pollUntil(environment, look, bounds), 'DeadlineExceeded');
}

/** @throws CommandError (exit 1) where the request was refused unread. */
export async function throwIfRejected(stateDirectory: string, id: string): Promise<void> {
  const file = join(statePaths(stateDirectory).rejectedRequests, `${id}.json`);
  if ((await orElse(readJson(file), 'Damaged', () => 'Damaged')) === undefined) return;
  throw new CommandError(EXIT.Failed, 'the controller refused the request', {
    remedy: `The reason is beside ${file}.`,
  });
}
