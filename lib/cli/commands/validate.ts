import { keyText } from '../../api/kinds.ts';
import { formatProblem, parseSpecFile } from '../../store/spec-codec.ts';
import { type CommandBody, specDirectory } from '../context.ts';
import type { InputFile } from '../documents.ts';
import { type CliEnvironment, CommandError, EXIT, printText, say } from '../environment.ts';
import { readWhatCanBe, unreadLine } from '../spec-input.ts';

export interface ValidateOptions {
  filename?: string[];
}

/** `ccctl validate [FILE|DIRECTORY…]`: needs no state; without words the spec directory. Exit 1 for any bad file. */
export const validate: CommandBody<ValidateOptions> = async (context, words, options) => {
  const { environment } = context;
  const named = [...words, ...(options.filename ?? [])];
  const names = named.length > 0 ? named : [await specDirectory(context)];
  const found = await Promise.all(names.map((name) => readWhatCanBe(environment, name)));
  const files = found.flatMap((one) => one.files);
  const unread = found.flatMap((one) => one.unread);
  const count = files.length + unread.length;
  if (count === 0) throw new CommandError(EXIT.NotFound, `no spec file in ${names.join(', ')}`);
  for (const file of unread) printText(environment, `${unreadLine(file)}\n`);
  const seen = new Map<string, string>();
  const bad = unread.length + files.filter((file) => !isGood(environment, file, seen)).length;
  say(environment, `${count - bad} of ${count} files valid`);
  return bad > 0 ? EXIT.Failed : EXIT.Ok;
};

function isGood(environment: CliEnvironment, file: InputFile, seen: Map<string, string>): boolean {
  const parse = parseSpecFile(file);
  if (!parse.ok) {
    for (const problem of parse.problems) printText(environment, `${formatProblem(problem)}\n`);
    return false;
  }
  for (const note of parse.notes) say(environment, `ccctl: note: ${formatProblem(note)}`);
  const text = keyText({ kind: parse.object.kind, name: parse.object.metadata.name });
  const other = seen.get(text);
  if (other !== undefined && other !== file.path) {
    const fault = `${text} is in ${other} already. Give one of them another metadata.name.`;
    printText(environment, `${file.path}:1:1: ${fault}\n`);
    return false;
  }
  seen.set(text, file.path);
  return true;
}
