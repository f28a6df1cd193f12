import { readOne } from '../../store/reader.ts';
import { type ParsedSpec, withDefaults } from '../../store/spec-codec.ts';
import { specInForce } from '../../store/spec-in-force.ts';
import { maskUrls } from '../../url-mask.ts';
import { type CommandContext, openState } from '../context.ts';
import { EXIT, type ExitCode, print, usageError } from '../environment.ts';
import { targetText } from '../objects.ts';
import { coloursFor } from '../print/colours.ts';
import { differenceLines, differences } from '../spec-differences.ts';
import { parseInput, readDocuments } from '../spec-input.ts';
import type { ObjectView } from '../view.ts';

/**
 * `ccctl diff -f FILE`: what applying the file would change of what is in force, labels and defaults included. Exit 1 where
 * something differs or an object is new. Works without the controller.
 */
export async function diffFile(
  context: CommandContext,
  words: readonly string[],
  files: readonly string[],
): Promise<ExitCode> {
  if (words.length > 0) throw usageError('-f names what to compare: give no words beside it');
  const { environment } = context;
  const documents = await readDocuments(environment, files);
  const parsed = documents.map((file) => parseInput(environment, file));
  const stateDirectory = await openState(context);
  const colours = coloursFor(environment, environment.stdout);
  let exitCode: ExitCode = EXIT.Ok;
  for (const object of parsed) {
    const key = { kind: object.kind, name: object.metadata.name };
    const view = await readOne({ stateDirectory }, key);
    const lines = differenceLines(differences(view && inForce(view), asParsed(object)));
    if (view !== undefined && lines.length === 0) continue;
    exitCode = EXIT.Failed;
    print(environment, `${targetText(key)}${view === undefined ? ' (new)' : ''}:`);
    for (const line of lines.map(maskUrls))
      print(environment, `  ${line.startsWith('-') ? colours.red(line) : colours.green(line)}`);
  }
  return exitCode;
}

function inForce({ object }: ObjectView): unknown {
  return { ...labelling(object), spec: specInForce(object) };
}

function asParsed({ kind, metadata, spec }: ParsedSpec): unknown {
  return { ...labelling(metadata), spec: withDefaults(kind, spec) };
}

type Labelled = Pick<ParsedSpec['metadata'], 'labels' | 'annotations'>;

/** None is as good as an empty list of them. */
function labelling({ labels = {}, annotations = {} }: Labelled): Record<string, unknown> {
  const given = Object.entries({ labels, annotations }).filter(([, all]) => Object.keys(all).length > 0);
  return given.length === 0 ? {} : { metadata: Object.fromEntries(given) };
}
