import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectKey } from '../../api/kinds.ts';
import { CcError } from '../../errors.ts';
import { createFileDurable } from '../../fs/durable.ts';
import { exists } from '../../fs/exists.ts';
import { replaceSeen } from '../../fs/seen-file.ts';
import { readOne } from '../../store/reader.ts';
import type { ParsedSpec } from '../../store/spec-codec.ts';
import { type CommandBody, type CommandContext, specDirectory, stateDirectoryIfAny } from '../context.ts';
import type { InputFile } from '../documents.ts';
import { EXIT, print, usageError } from '../environment.ts';
import { kindWord, targetText } from '../objects.ts';
import { editedMeanwhile, fileOfObject, findSpecFile, parseInput, readDocuments } from '../spec-input.ts';

export interface ApplyOptions {
  filename?: string[];
  dryRun?: boolean;
}

interface Applied {
  file: InputFile;
  key: ObjectKey;
  /** Where it is written to. */
  target: string;
  /** The file that holds the object, as it was looked at; undefined: none does, one is created. */
  present: InputFile | undefined;
}

/**
 * `ccctl apply -f FILE|-`: writes each resource to the path of the object, else `<specDirectory>/<kind>-<name>.yaml`.
 * Every document is checked before the first is written; one file may hold several. Needs the spec directory only.
 */
export const apply: CommandBody<ApplyOptions> = async (context, words, options) => {
  const { environment } = context;
  const names = [...words, ...(options.filename ?? [])];
  if (names.length === 0) throw usageError('name the file to apply', 'Give -f FILE, or -f - for standard input.');
  const files = await readDocuments(environment, names);
  const parsed = files.map((file) => ({ file, object: parseInput(environment, file) }));
  const planned: Applied[] = [];
  for (const { file, object } of parsed) planned.push(await plan(context, file, object));
  refuseTwice(planned);
  for (const one of planned) {
    const outcome = await write(one, options.dryRun === true ? 'DryRun' : 'Write');
    print(environment, `${targetText(one.key)} ${outcome}${options.dryRun ? ' (dry run)' : ''}`);
  }
  return EXIT.Ok;
};

async function plan(context: CommandContext, file: InputFile, object: ParsedSpec): Promise<Applied> {
  const key = { kind: object.kind, name: object.metadata.name };
  const state = await stateDirectoryIfAny(context);
  const known = state === undefined ? undefined : await readOne({ stateDirectory: state }, key);
  const directory = await specDirectory(context);
  const present = known ? await fileOfObject(known.object, directory) : await findSpecFile(directory, key);
  if (present !== undefined) return { file, key, present, target: present.path };
  const target = join(directory, `${kindWord(key.kind)}-${key.name}.yaml`);
  if (!(await exists(target))) return { file, key, present, target };
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

async function write({ file, target, present }: Applied, mode: 'Write' | 'DryRun'): Promise<string> {
  if (present === undefined) {
    if (mode === 'Write') await createFileDurable(target, file.bytes);
    return 'created';
  }
  if (Buffer.compare(present.bytes, file.bytes) === 0) return 'unchanged';
  if (mode === 'DryRun') return 'configured';
  const path = await realpath(target);
  if ((await replaceSeen(path, present.bytes, await inFormatOf(path, file))) !== 'Done') throw editedMeanwhile(target);
  return 'configured';
}

/** A `.json` file must stay JSON; everything else takes the bytes as they are, comments and all. */
async function inFormatOf(path: string, file: InputFile): Promise<Uint8Array | string> {
  if (!path.endsWith('.json')) return file.bytes;
  const { parse } = await import('../yaml-text.ts');
  return `${JSON.stringify(parse(new TextDecoder().decode(file.bytes)), null, 2)}\n`;
}
