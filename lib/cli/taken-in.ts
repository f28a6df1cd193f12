import type { ObjectKey } from '../api/kinds.ts';
import { orNothing } from '../errors.ts';
import { readAll, readOne } from '../store/reader.ts';
import { statePaths } from '../store/state-paths.ts';
import { type CommandContext, specDirectory } from './context.ts';
import { placesOf, pollUntil } from './follow.ts';
import { requireObject } from './objects.ts';
import { absenceOf, readControllerFile } from './presence.ts';
import type { ObjectView } from './view.ts';

/** A controller that lives takes a file in within a moment, without a sign of the kernel within two seconds. */
const TAKEN_IN_WITHIN_MS = 5_000;

/**
 * {@link requireObject} of an object whose file somebody may just have written: where there is one, and a controller lives,
 * it is waited for until that has taken it in, or refused it. @throws as that.
 */
export async function requireTakenIn(
  context: CommandContext,
  stateDirectory: string,
  key: ObjectKey,
): Promise<ObjectView> {
  const view = await readOne({ stateDirectory }, key);
  if (view !== undefined) return view;
  await untilTakenIn(context, stateDirectory, key);
  return await requireObject(stateDirectory, key);
}

async function untilTakenIn(context: CommandContext, stateDirectory: string, key: ObjectKey): Promise<void> {
  const { environment } = context;
  if (absenceOf(environment, await readControllerFile(stateDirectory)) !== undefined) return;
  const file = await fileOf(context, stateDirectory, key);
  if (file === undefined) return;
  const look = async (): Promise<true | undefined> => {
    if ((await readOne({ stateDirectory }, key)) !== undefined) return true;
    const { problems } = await readAll({ stateDirectory });
    return problems.some(({ path }) => path === file) ? true : undefined;
  };
  const bounds = { timeoutMs: TAKEN_IN_WITHIN_MS, follow: placesOf(stateDirectory, [key]), what: () => file };
  await orNothing(pollUntil(environment, look, bounds), 'DeadlineExceeded');
}

/** The path of a file that says that it is the object; undefined where there is none. */
async function fileOf(context: CommandContext, stateDirectory: string, key: ObjectKey): Promise<string | undefined> {
  const { findSpecFile } = await import('./spec-input.ts');
  for (const place of [statePaths(stateDirectory).specs, await specDirectory(context)]) {
    const found = await findSpecFile(place, key).catch(() => undefined);
    if (found !== undefined) return found.path;
  }
  return undefined;
}
