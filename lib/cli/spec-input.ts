import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ObjectKey } from '../api/kinds.ts';
import { CcError, explainError, orNothing, systemCode } from '../errors.ts';
import { removeSeen } from '../fs/seen-file.ts';
import { formatProblem, type ParsedSpec, parseSpecFile, type SpecProblem } from '../store/spec-codec.ts';
import { listSpecFiles, type UnreadFile } from '../store/spec-listing.ts';
import type { StoredObject } from '../store/store.ts';
import { type InputFile, listItems, splitDocuments } from './documents.ts';
import { type CliEnvironment, CommandError, EXIT, say } from './environment.ts';

/**
 * What `-f` names: standard input for `-` (then called `<stdin>`), a file, or every spec file below a directory, by path.
 * @throws CommandError (exit 3) for what is not there.
 */
async function readInputs(environment: CliEnvironment, name: string): Promise<InputFile[]> {
  if (name === '-') return [{ path: '<stdin>', bytes: await environment.readStdin() }];
  const path = resolve(environment.cwd, name);
  try {
    const paths = (await stat(path)).isDirectory() ? await specFilesBelow(path) : [path];
    return await Promise.all(paths.map(async (one) => ({ path: one, bytes: await readFile(one) })));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new CommandError(EXIT.NotFound, `${path} does not exist`, { cause: error });
  }
}

/**
 * The spec files below a directory by the rules of the controller, by path.
 * @throws CommandError (exit 1) naming everything that bears the name of one and is none.
 */
async function specFilesBelow(directory: string): Promise<string[]> {
  const { files, unread, failure } = await listSpecFiles(directory);
  if (failure !== undefined) throw new CommandError(EXIT.Failed, failure.message);
  if (unread.length > 0)
    throw new CommandError(EXIT.Failed, unread.map(unreadLine).join('\n'), { remedy: 'Mend or remove it.' });
  return files.map(({ path }) => path);
}

/** `path: why`, for a file that says nothing. */
export function unreadLine({ path, message }: UnreadFile): string {
  return `${path}: ${message}`;
}

/** {@link readInputs}, whatever can be read of it, and what cannot. */
export async function readWhatCanBe(
  environment: CliEnvironment,
  name: string,
): Promise<{ files: InputFile[]; unread: UnreadFile[] }> {
  const path = resolve(environment.cwd, name);
  const isDirectory = name !== '-' && (await orNothing(stat(path), 'ENOENT'))?.isDirectory() === true;
  if (!isDirectory) return { files: await readInputs(environment, name), unread: [] };
  const { files: listed, unread, failure } = await listSpecFiles(path);
  const failed = failure === undefined ? [] : [{ path, message: failure.message }];
  const found = { files: [] as InputFile[], unread: [...unread, ...failed] };
  for (const one of listed) {
    const bytes = await readFile(one.path).catch((error: unknown) => {
      found.unread.push({ path: one.path, message: `it cannot be read: ${explainError(error)}` });
    });
    if (bytes) found.files.push({ path: one.path, bytes });
  }
  return found;
}

/**
 * The resource in a file; notes go to standard error. @throws CommandError (exit 1) with every problem on its own line.
 */
export function parseInput(environment: CliEnvironment, file: InputFile): ParsedSpec {
  const parse = parseSpecFile(file);
  const placed = (problem: SpecProblem): string =>
    formatProblem({ ...problem, line: problem.line + (file.linesBefore ?? 0) });
  if (!parse.ok) throw new CommandError(EXIT.Failed, parse.problems.map(placed).join('\n'));
  for (const note of parse.notes) say(environment, `ccctl: note: ${placed(note)}`);
  return parse.object;
}

/** {@link readInputs} of several names, and in each file every document, in each `List` every item. */
export async function readDocuments(environment: CliEnvironment, names: readonly string[]): Promise<InputFile[]> {
  const files = await Promise.all(names.map((name) => readInputs(environment, name)));
  return files.flat().flatMap(splitDocuments).flatMap(listItems);
}

/** The first file by path below a directory that says that it is the object, valid or not. */
export async function findSpecFile(directory: string, key: ObjectKey): Promise<InputFile | undefined> {
  const { files } = await listSpecFiles(directory);
  for (const { path } of files) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes?.includes(key.name) && claimOf({ path, bytes }, key) === 'Object') return { path, bytes };
  }
  return undefined;
}

/** Whether a file says that it is the object, another one, or nothing that can be read. Pure. */
function claimOf(file: InputFile, key: ObjectKey): 'Object' | 'Another' | 'Unreadable' {
  const parse = parseSpecFile(file);
  const found = parse.ok ? { kind: parse.object.kind, name: parse.object.metadata.name } : parse;
  if (found.kind === undefined || found.name === undefined) return 'Unreadable';
  return found.kind === key.kind && found.name === key.name ? 'Object' : 'Another';
}

/** What the controller remembers of an object's file. */
export type Recorded = Pick<StoredObject, 'kind' | 'name' | 'path' | 'source'>;

/**
 * The file that holds the object now: the one that the controller took it from, where it still does, else one that it
 * was moved to. Undefined: none does, for the file is gone or was made another object.
 * @throws CcError `Refused` where the file of the object cannot be read, or says nothing that can be.
 */
export async function fileOfObject(object: Recorded, specDirectory: string): Promise<InputFile | undefined> {
  const { path, source } = object;
  const bytes = await orNothing(readFile(path), 'ENOENT', 'ENOTDIR').catch(notRemovable(path));
  const recorded = bytes && { path, bytes };
  const claim = recorded && claimOf(recorded, object);
  if (claim === 'Object') return recorded;
  if (claim === 'Unreadable') {
    const remedy = 'Mend the file, or move it away yourself. Nothing was changed.';
    throw new CcError('Refused', `${path} does not say which object it is: it may hold other work by now`, { remedy });
  }
  return findSpecFile(source === 'State' ? dirname(path) : specDirectory, object);
}

/**
 * Removes a spec file as it was looked at. Idempotent.
 * @throws CcError `Conflict` where it was edited meanwhile; `Refused` where it cannot be removed.
 */
export async function removeSpecFile({ path, bytes }: InputFile): Promise<void> {
  if ((await removeSeen(path, bytes).catch(notRemovable(path))) === 'Changed') throw editedMeanwhile(path);
}

/** The error for a file that is not as it was looked at. */
export function editedMeanwhile(path: string): CcError {
  const remedy = 'Look at it, then say it again. Nothing was changed.';
  return new CcError('Conflict', `${path} was edited meanwhile`, { remedy });
}

/** For `catch`: what the system says of a file, with what to do about it. */
function notRemovable(path: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof CcError) throw cause;
    const remedy = 'Remove it where it is made (a read-only spec directory is usually generated). Nothing was changed.';
    throw new CcError('Refused', `${path} cannot be read and removed`, { cause, remedy });
  };
}
