import type { ObjectKey } from '../../api/kinds.ts';
import { readAll, readOne, type StateView } from '../../store/reader.ts';
import { statePaths } from '../../store/state-paths.ts';
import {
  type CommandBody,
  type CommandContext,
  specDirectory,
  stateDirectory,
  stateDirectoryIfAny,
} from '../context.ts';
import type { InputFile } from '../documents.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { untilListed } from '../list-lag.ts';
import { requireObject, targetText } from '../objects.ts';
import { timeoutMs } from '../options.ts';
import { notePresence } from '../presence.ts';
import { confirmPurge } from '../purge.ts';
import { dropRequest } from '../request-drop.ts';
import { keysOfSelection, parseSelection, type Selection, type SelectionOptions } from '../selection.ts';
import { fileOfObject, findSpecFile, parseInput, readDocuments, removeSpecFile } from '../spec-input.ts';
import type { ObjectView } from '../view.ts';

export interface DeleteOptions extends SelectionOptions {
  filename?: string[];
  confirmMass?: boolean;
  dryRun?: boolean;
  purge?: boolean;
  yes?: boolean;
  wait?: boolean;
  timeout?: string;
}

/** An object of which there is the file alone. */
interface Dropped {
  key: ObjectKey;
  file: InputFile;
}

/**
 * `ccctl delete`: removes the spec file, where it still holds the object, then asks for the deletion by uid, so that no
 * grace time runs. `--purge` ends the retention of the data at once. `--confirm-mass` releases a mass deletion that the
 * controller holds.
 */
export const remove: CommandBody<DeleteOptions> = async (context, words, options) => {
  const { environment } = context;
  if (options.confirmMass) return confirmMass(environment, await stateDirectory(context), words);
  const selection = selectionOf(words, options);
  const directory = await stateDirectoryIfAny(context);
  const fromWords = selection ? await keysOfSelection(selection, () => takenIn(context, directory)) : [];
  const keys = [...(await keysOf(environment, options.filename ?? [])), ...fromWords];
  if (keys.length === 0) say(environment, 'No resources found.');
  if (directory === undefined) return removeFilesOnly(context, keys, options);
  const dropped = await findDropped(context, directory, keys);
  const left = keys.filter((key) => !dropped.some((one) => one.key === key));
  const views = await Promise.all(left.map((key) => requireObject(directory, key)));
  if (options.dryRun) return printDryRun(environment, keys);
  if (options.purge) await confirmPurge(environment, views, options.yes ? 'Given' : 'Ask');
  await takeBack(environment, dropped);
  await removeObjects(context, directory, views, options.purge ? { purge: 'true' } : {});
  if (options.wait) await awaitGone(environment, directory, { views, timeout: options.timeout ?? '5m' });
  return EXIT.Ok;
};

async function removeObjects(
  context: CommandContext,
  stateDirectory: string,
  views: readonly ObjectView[],
  args: Readonly<Record<string, string>>,
): Promise<void> {
  const { environment } = context;
  const present = await notePresence(environment, stateDirectory);
  const specs = await specDirectory(context);
  const removals = await Promise.all(
    views.map(async (view) => ({ view, file: await fileOfObject(view.object, specs) })),
  );
  for (const { view, file } of removals) {
    // The file first: a request whose file stays would take effect at a later, unrelated removal.
    if (file !== undefined) await removeSpecFile(file);
    await dropRequest(environment, stateDirectory, { verb: 'delete', object: view.object, args });
    const later = present ? '' : ' (takes place when the controller runs)';
    print(environment, `${targetText(view.object)} deleted${later}`);
  }
}

/** Files of what the controller never took in. @throws CommandError (exit 3) where an object has no file either. */
async function findDropped(
  context: CommandContext,
  stateDirectory: string,
  keys: readonly ObjectKey[],
): Promise<Dropped[]> {
  const places = [statePaths(stateDirectory).specs, await specDirectory(context)];
  const found: Dropped[] = [];
  for (const key of keys) {
    if (await readOne({ stateDirectory }, key)) continue;
    const files = await Promise.all(places.map((place) => findSpecFile(place, key)));
    const file = files.find((one) => one !== undefined);
    if (file === undefined) await requireObject(stateDirectory, key);
    else found.push({ key, file });
  }
  return found;
}

/** Nothing of them was ever done: their files are all there is to remove. */
async function takeBack(environment: CliEnvironment, dropped: readonly Dropped[]): Promise<void> {
  for (const { key, file } of dropped) {
    await removeSpecFile(file);
    print(environment, `${targetText(key)} deleted (the controller had not taken it in)`);
  }
}

/** Without a state directory no controller ever took the files in: removing them is all there is to do. */
async function removeFilesOnly(
  context: CommandContext,
  keys: readonly ObjectKey[],
  { dryRun }: DeleteOptions,
): Promise<ExitCode> {
  const directory = await specDirectory(context);
  const found = await Promise.all(keys.map(async (key) => ({ key, file: await requireSpecFile(directory, key) })));
  if (dryRun) return printDryRun(context.environment, keys);
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

function printDryRun(environment: CliEnvironment, keys: readonly ObjectKey[]): ExitCode {
  for (const key of keys) print(environment, `${targetText(key)} deleted (dry run)`);
  return EXIT.Ok;
}

/** Undefined where only files are named. @throws CommandError (exit 2) where nothing is. */
function selectionOf(words: readonly string[], options: DeleteOptions): Selection | undefined {
  const { filename = [], selector, all } = options;
  if (filename.length === 0) return parseSelection('delete', words, options);
  if (selector !== undefined || all) throw usageError('-f names the objects: give it without --all and -l');
  return words.length > 0 ? parseSelection('delete', words, options) : undefined;
}

async function keysOf(environment: CliEnvironment, files: readonly string[]): Promise<ObjectKey[]> {
  const objects = (await readDocuments(environment, files)).map((file) => parseInput(environment, file));
  return objects.map(({ kind, metadata }) => ({ kind, name: metadata.name }));
}

/** @throws CommandError (exit 2) where there is no state: `--all` and `-l` concern what the controller has taken in. */
async function takenIn(context: CommandContext, directory: string | undefined): Promise<StateView> {
  return readAll({ stateDirectory: directory ?? (await stateDirectory(context)) });
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
  const keys = views.map(({ object }) => object);
  const follow = placesOf(directory, keys);
  const bounds = { timeoutMs: timeoutMs(timeout), follow, what: () => 'the objects are still there' };
  await pollUntil(environment, look, bounds);
  await untilListed(environment, directory, keys);
}
