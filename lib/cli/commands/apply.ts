import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectKey } from '../../api/kinds.ts';
import { systemCode } from '../../errors.ts';
import { writeFileDurable } from '../../fs/durable.ts';
import type { ParsedSpec } from '../../store/spec-codec.ts';
import { type CommandContext, specDirectory, stateDirectoryIfAny } from '../context.ts';
import { print } from '../environment.ts';
import { EXIT, type ExitCode, usageError } from '../exit.ts';
import { findSpecFile, type InputFile, parseInput, readInputs } from '../spec-input.ts';
import { readObject } from '../state.ts';
import { kindWord, targetText } from '../targets.ts';

export interface ApplyOptions {
  filename?: string[];
  dryRun?: boolean;
}

interface Applied {
  file: InputFile;
  key: ObjectKey;
  target: string;
}

/**
 * `ccctl apply -f FILE|-`: writes each resource to the path of the object, else `<specDirectory>/<kind>-<name>.yaml`.
 * Every file is checked before the first is written. Needs the spec directory only.
 */
export async function apply(
  context: CommandContext,
  words: readonly string[],
  options: ApplyOptions,
): Promise<ExitCode> {
  const { environment } = context;
  const names = [...words, ...(options.filename ?? [])];
  if (names.length === 0) throw usageError('name the file to apply', 'Give -f FILE, or -f - for standard input.');
  const files = (await Promise.all(names.map((name) => readInputs(environment, name)))).flat();
  const parsed = files.map((file) => ({ file, object: parseInput(environment, file) }));
  const planned: Applied[] = [];
  for (const { file, object } of parsed) planned.push(await plan(context, file, object));
  for (const one of planned) {
    const outcome = await write(one, options.dryRun === true ? 'DryRun' : 'Write');
    print(environment, `${targetText(one.key)} ${outcome}${options.dryRun ? ' (dry run)' : ''}`);
  }
  return EXIT.Ok;
}

async function plan(context: CommandContext, file: InputFile, object: ParsedSpec): Promise<Applied> {
  const key = { kind: object.kind, name: object.metadata.name };
  const state = await stateDirectoryIfAny(context);
  const known = state === undefined ? undefined : await readObject(state, key);
  const directory = await specDirectory(context);
  const target =
    known?.object.path ??
    (await findSpecFile(directory, key)) ??
    join(directory, `${kindWord(key.kind)}-${key.name}.yaml`);
  return { file, key, target };
}

async function write({ file, target }: Applied, mode: 'Write' | 'DryRun'): Promise<string> {
  const path = await realpath(target).catch(() => target);
  const before = await readFile(path).catch((error: unknown) => absentOr(error));
  if (before && Buffer.compare(before, file.bytes) === 0) return 'unchanged';
  if (mode === 'Write') await writeFileDurable(path, await inFormatOf(path, file));
  return before ? 'configured' : 'created';
}

/** A `.json` file must stay JSON; everything else takes the bytes as they are, comments and all. */
async function inFormatOf(path: string, file: InputFile): Promise<Uint8Array | string> {
  if (!path.endsWith('.json')) return file.bytes;
  const { parse } = await import('../yaml-text.ts');
  return `${JSON.stringify(parse(new TextDecoder().decode(file.bytes)), null, 2)}\n`;
}

function absentOr(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined;
  throw error;
}
