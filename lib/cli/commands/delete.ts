import type { ObjectKey } from '../../api/kinds.ts';
import { readOne } from '../../store/reader.ts';
import { statePaths } from '../../store/state-paths.ts';
import {
  type CommandBody,
  type CommandContext,
  specDirectory,
  stateDirectory,
  stateDirectoryIfAny,
} from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { parseTargets, requireObject, targetText } from '../objects.ts';
import { timeoutMs } from '../options.ts';
import { notePresence } from '../presence.ts';
import { confirmPurge } from '../purge.ts';
import { dropRequest } from '../request-drop.ts';
import { fileOfObject, findSpecFile, type InputFile, parseInput, readInputs, removeSpecFile } from '../spec-input.ts';
import type { ObjectView } from '../view.ts';

export interface DeleteOptions {
  filename?: string[];
  confirmMass?: boolean;
  purge?: boolean;
  yes?: boolean;
  wait?: boolean;
  timeout?: string;
}

/**
 * `ccctl delete`: removes the spec file, where it still holds the object, then asks for the deletion by uid, so that no
 * grace time runs. `--purge` ends the retention of the data at once. `--confirm-mass` releases a mass deletion that the controller holds.
 */
export const remove: CommandBody<DeleteOptions> = async (context, words, options) => {
  const { environment } = context;
  if (options.confirmMass) return confirmMass(environment, await stateDirectory(context), words);
  const keys = await keysOf(environment, words, options.filename ?? []);
  const directory = await stateDirectoryIfAny(context);
  if (directory === undefined) return removeFilesOnly(context, keys);
  const dropped = await takeBackDropped(context, directory, keys);
  const left = keys.filter((key) => !dropped.includes(key));
  const views = await Promise.all(left.map((key) => requireObject(directory, key)));
  if (options.purge) await confirmPurge(environment, views, options.yes ? 'Given' : 'Ask');
  const present = await notePresence(environment, directory);
  const specs = await specDirectory(context);
  const removals = await Promise.all(
    views.map(async (view) => ({ view, file: await fileOfObject(view.object, specs) })),
  );
  for (const { view, file } of removals) {
    // The file first: a request whose file stays would take effect at a later, unrelated removal.
    if (file !== undefined) await removeSpecFile(file);
    const args = options.purge ? { purge: 'true' } : {};
    await dropRequest(environment, directory, { verb: 'delete', object: view.object, args });
    const later = present ? '' : ' (takes place when the controller runs)';
    print(environment, `${targetText(view.object)} deleted${later}`);
  }
  if (options.wait) await awaitGone(environment, directory, { views, timeout: options.timeout ?? '5m' });
  return EXIT.Ok;
};

/**
 * Removes the files of what the controller never took in: nothing of it was ever done. Where one of the others is not
 * there, nothing is removed. @returns whose files are gone.
 */
async function takeBackDropped(
  context: CommandContext,
  stateDirectory: string,
  keys: readonly ObjectKey[],
): Promise<ObjectKey[]> {
  const places = [statePaths(stateDirectory).specs, await specDirectory(context)];
  const found: { key: ObjectKey; file: InputFile }[] = [];
  for (const key of keys) {
    if (await readOne({ stateDirectory }, key)) continue;
    const files = await Promise.all(places.map((place) => findSpecFile(place, key)));
    const file = files.find((one) => one !== undefined);
    if (file === undefined) await requireObject(stateDirectory, key);
    else found.push({ key, file });
  }
  for (const { key, file } of found) {
    await removeSpecFile(file);
    print(context.environment, `${targetText(key)} deleted (the controller had not taken it in)`);
  }
  return found.map(({ key }) => key);
}

/** Without a state directory no controller ever took the files in: removing them is all there is to do. */
async function removeFilesOnly(context: CommandContext, keys: readonly ObjectKey[]): Promise<ExitCode> {
  const directory = await specDirectory(context);
  const found = await Promise.all(keys.map(async (key) => ({ key, file: await requireSpecFile(directory, key) })));
  for (const { key, file } of found) {
    await removeSpecFile(file);
    print(context.environment, `${targetText(key)} deleted`);
  }
  return EXIT.Ok;
}

async function requireSpecFile(directory: string, key: ObjectKey): Promise<InputFile> {
  const file = await findSpecFile(directory, key);
  if (file !== undefined) return file;
  throw new CommandError(EXIT.NotFound, `there is no ${targetText(key)} in ${directory}`);
}

async function confirmMass(
  environment: CliEnvironment,
  directory: string,
  words: readonly string[],
): Promise<ExitCode> {
  if (words.length > 0) throw usageError('--confirm-mass concerns every object whose file is gone: name none');
  await dropRequest(environment, directory, { verb: 'delete', args: { confirmMass: 'true' } });
  print(environment, 'mass deletion confirmed');
  await notePresence(environment, directory);
  return EXIT.Ok;
}

async function keysOf(
  environment: CliEnvironment,
  words: readonly string[],
  files: readonly string[],
): Promise<ObjectKey[]> {
  const inputs = (await Promise.all(files.map((name) => readInputs(environment, name)))).flat();
  const objects = inputs.map((file) => parseInput(environment, file));
  const fromFiles = objects.map(({ kind, metadata }) => ({ kind, name: metadata.name }));
  const fromWords = words.length > 0 ? parseTargets(words).keys : [];
  const keys = [...fromFiles, ...fromWords];
  if (keys.length === 0) throw usageError('name the objects to delete', 'Write kind/name, for example run/notes-1.');
  return keys;
}

async function awaitGone(
  environment: CliEnvironment,
  directory: string,
  { views, timeout }: { views: readonly ObjectView[]; timeout: string },
): Promise<void> {
  const look = async () => {
    const now = await Promise.all(views.map(({ object }) => readOne({ stateDirectory: directory }, object)));
    const left = now.filter((view, index) => view && view.object.uid === views[index]?.object.uid);
    return left.length === 0 ? 'Gone' : undefined;
  };
  say(environment, 'ccctl: waiting until they are gone');
  const follow = placesOf(
    directory,
    views.map(({ object }) => object),
  );
  const bounds = { timeoutMs: timeoutMs(timeout), follow, what: () => 'the objects are still there' };
  await pollUntil(environment, look, bounds);
}
