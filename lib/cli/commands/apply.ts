import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectKey } from '../../api/kinds.ts';
import { CcError } from '../../errors.ts';
import { createFileDurable } from '../../fs/durable.ts';
import { exists } from '../../fs/exists.ts';
import { replaceSeen } from '../../fs/seen-file.ts';
import { readAll, readOne } from '../../store/reader.ts';
import { type ParsedSpec, parseSpecFile } from '../../store/spec-codec.ts';
import { type CommandBody, type CommandContext, specDirectory, stateDirectoryIfAny } from '../context.ts';
import type { InputFile } from '../documents.ts';
import { editRefusal } from '../edit-refusal.ts';
import { CommandError, EXIT, print, say, usageError } from '../environment.ts';
import { kindWord, targetText } from '../objects.ts';
import { editedMeanwhile, fileOfObject, findSpecFile, parseInput, readDocuments } from '../spec-input.ts';

export interface ApplyOptions {
  filename?: string[];
  dryRun?: boolean;
}

interface Applied {
  file: InputFile;
  object: ParsedSpec;
  /** `Printed`: it holds what the controller keeps, as `get -o yaml` shows it. */
  origin: 'Authored' | 'Printed';
  key: ObjectKey;
  /** Where it is written to. */
  target: string;
  /** The file that holds the object, as it was looked at; undefined: none does, one is created. */
  present: InputFile | undefined;
}

/**
 * `ccctl apply -f FILE|-`: writes each resource to the path of the object, else `<specDirectory>/<kind>-<name>.yaml`.
 * Every document is checked before the first is written, against what is in force too where there is a state directory; one
 * file may hold several. What `get -o yaml` printed changes only what differs in the file that is there. Needs the spec
 * directory only.
 */
export const apply: CommandBody<ApplyOptions> = async (context, words, options) => {
  const { environment } = context;
  const names = [...words, ...(options.filename ?? [])];
  if (names.length === 0) throw usageError('name the file to apply', 'Give -f FILE, or -f - for standard input.');
  const files = await readDocuments(environment, names);
  if (files.length === 0) say(environment, 'ccctl: nothing to apply: the list is empty');
  const parsed = files.map((file) => ({ file, object: parseInput(environment, file), origin: originOf(file) }));
  const planned: Applied[] = [];
  for (const one of parsed) planned.push(await plan(context, one));
  refuseTwice(planned);
  await refuseUnacceptable(context, parsed);
  for (const one of planned) {
    const outcome = await write(one, options.dryRun === true ? 'DryRun' : 'Write');
    print(environment, `${targetText(one.key)} ${outcome}${options.dryRun ? ' (dry run)' : ''}`);
  }
  return EXIT.Ok;
};

/** @throws CommandError (exit 5) for what the controller would not accept: the file of a person stays as it is. */
export async function refuseUnacceptable(
  context: CommandContext,
  parsed: readonly { file: InputFile; object: ParsedSpec }[],
): Promise<void> {
  const stateDirectory = await stateDirectoryIfAny(context);
  if (stateDirectory === undefined) return;
  const state = await readAll({ stateDirectory });
  for (const { file, object } of parsed) {
    const refusal = editRefusal(object, state);
    if (refusal === undefined) continue;
    const target = targetText({ kind: object.kind, name: object.metadata.name });
    throw new CommandError(
      EXIT.Stalled,
      `${file.path}: ${target} is not accepted (${refusal.reason}): ${refusal.message}`,
      {
        remedy: 'Nothing was changed.',
      },
    );
  }
}

function originOf(file: InputFile): Applied['origin'] {
  const parse = parseSpecFile(file);
  return parse.ok && parse.notes.length > 0 ? 'Printed' : 'Authored';
}

async function plan(context: CommandContext, given: Pick<Applied, 'file' | 'object' | 'origin'>): Promise<Applied> {
  const { object } = given;
  const key = { kind: object.kind, name: object.metadata.name };
  const state = await stateDirectoryIfAny(context);
  const known = state === undefined ? undefined : await readOne({ stateDirectory: state }, key);
  const directory = await specDirectory(context);
  const present = known ? await fileOfObject(known.object, directory) : await findSpecFile(directory, key);
  if (present !== undefined) return { ...given, key, present, target: present.path };
  const target = join(directory, `${kindWord(key.kind)}-${key.name}.yaml`);
  if (!(await exists(target))) return { ...given, key, present, target };
  const remedy = 'Rename that file, or write this one into the spec directory under another name.';
  throw new CcError('Conflict', `${target} holds something else`, { remedy });
}

/** Of two texts for one object the second would silently win. */
function refuseTwice(planned: readonly Applied[]): void {
  const seen = new Map<string, string>();
  for (const { key, file } of planned) {
    const text = targetText(key);
    const other = seen.get(text);
    if (other !== undefined) throw usageError(`${text} is in ${other} and in ${file.path}`, 'Apply one of them.');
    seen.set(text, file.path);
  }
}

async function write(applied: Applied, mode: 'Write' | 'DryRun'): Promise<string> {
  const { target, present } = applied;
  const path = present === undefined ? target : await realpath(target);
  const content = await contentOf(applied, path);
  if (present === undefined) {
    if (mode === 'Write') await createFileDurable(target, content);
    return 'created';
  }
  if (Buffer.compare(present.bytes, Buffer.from(content)) === 0) return 'unchanged';
  if (mode === 'DryRun') return 'configured';
  if ((await replaceSeen(path, present.bytes, content)) !== 'Done') throw editedMeanwhile(target);
  return 'configured';
}

/** What `get -o yaml` printed is put into the document that is there; what a person wrote takes its place. */
async function contentOf({ file, object, origin, present }: Applied, path: string): Promise<Uint8Array | string> {
  if (origin === 'Authored') return await inFormatOf(path, file);
  const { authoredText, editedText } = await import('../edit-document.ts');
  return present === undefined ? authoredText(file, object) : editedText({ path, bytes: present.bytes }, object);
}

/** A `.json` file must stay JSON; everything else takes the bytes as they are, comments and all. */
async function inFormatOf(path: string, file: InputFile): Promise<Uint8Array | string> {
  if (!path.endsWith('.json')) return file.bytes;
  const { parse } = await import('../yaml-text.ts');
  return `${JSON.stringify(parse(new TextDecoder().decode(file.bytes)), null, 2)}\n`;
}
