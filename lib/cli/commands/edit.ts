import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ObjectKey } from '../../api/kinds.ts';
import { CcError } from '../../errors.ts';
import { replaceSeen } from '../../fs/seen-file.ts';
import { readOne } from '../../store/reader.ts';
import { type CommandContext, specDirectory, stateDirectoryIfAny } from '../context.ts';
import type { InputFile } from '../documents.ts';
import { CommandError, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { parseTarget, targetText } from '../objects.ts';
import { editedMeanwhile, fileOfObject, findSpecFile, parseInput } from '../spec-input.ts';
import { refuseUnacceptable } from './apply.ts';

/**
 * `ccctl edit kind/name`: opens a copy of the spec file in the editor of the person, and puts it in the place of the file once
 * it is valid. What cannot be taken is kept, and named. Needs the spec directory only.
 */
export async function edit(context: CommandContext, words: readonly string[]): Promise<ExitCode> {
  const key = parseTarget(words);
  const { environment } = context;
  const { openEditor } = environment;
  if (openEditor === undefined) throw usageError('there is no editor here');
  const file = await fileOf(context, key);
  const directory = await mkdtemp(join(tmpdir(), 'ccctl-edit-'));
  const copy = join(directory, basename(file.path));
  await writeFile(copy, file.bytes, { mode: 0o600 });
  try {
    const code = await openEditor(copy);
    if (code !== 0) throw new CommandError(EXIT.Failed, `the editor ended with ${code}; nothing was changed`);
    const outcome = await take(context, key, { file, edited: { path: copy, bytes: await readFile(copy) } });
    print(environment, `${targetText(key)} ${outcome}`);
  } catch (error) {
    say(environment, `ccctl: what you wrote is in ${copy}`);
    throw error;
  }
  await rm(directory, { recursive: true });
  return EXIT.Ok;
}

async function fileOf(context: CommandContext, key: ObjectKey): Promise<InputFile> {
  const state = await stateDirectoryIfAny(context);
  const known = state === undefined ? undefined : await readOne({ stateDirectory: state }, key);
  const directory = await specDirectory(context);
  const file = known ? await fileOfObject(known.object, directory) : await findSpecFile(directory, key);
  if (file) return file;
  const remedy = "See 'ccctl get' for what there is; 'ccctl apply -f' makes something new.";
  throw new CommandError(EXIT.NotFound, `there is no file of ${targetText(key)}`, { remedy });
}

/** @throws CommandError (exit 1) for what is not valid, (exit 5) for what would not be accepted, CcError `Conflict` where the file was edited by another meanwhile. */
async function take(
  context: CommandContext,
  key: ObjectKey,
  { file, edited }: { file: InputFile; edited: InputFile },
): Promise<'unchanged' | 'edited'> {
  if (Buffer.compare(file.bytes, edited.bytes) === 0) return 'unchanged';
  const object = parseInput(context.environment, edited);
  const { kind, metadata } = object;
  if (kind !== key.kind || metadata.name !== key.name)
    throw new CcError(
      'Refused',
      `the edit makes it ${targetText({ kind, name: metadata.name })}: an object keeps its name`,
      {
        remedy: "Make a new one with 'ccctl apply -f', and remove the old one with 'ccctl delete'.",
      },
    );
  await refuseUnacceptable(context, [{ file: edited, object }]);
  const path = await realpath(file.path);
  if ((await replaceSeen(path, file.bytes, edited.bytes)) !== 'Done') throw editedMeanwhile(file.path);
  return 'edited';
}
