import { readFile } from 'node:fs/promises';
import type { Kind, ObjectKey } from '../api/kinds.ts';
import { didYouMean } from '../store/did-you-mean.ts';
import type { ReportedProblem, SourceState } from '../store/problem-report.ts';
import { type ReadObject, readAll, readOne } from '../store/reader.ts';
import { CommandError, EXIT } from './exit.ts';
import { kindWord, targetText } from './targets.ts';
import type { CommonStatus, ObjectView } from './view.ts';

/** Everything `ccctl` knows of a state directory, read without a lock and without the controller. */
export interface StateView {
  objects: ObjectView[];
  /** Files that became no object. */
  problems: ReportedProblem[];
  /** Whether deletions are held; absent before the first listing. */
  source: SourceState | undefined;
}

/** All objects, by kind and name, with the files that cannot be read. */
export async function readState(stateDirectory: string): Promise<StateView> {
  const { objects, problems, source } = await readAll({ stateDirectory });
  return { objects: objects.map(toView), problems, source };
}

/** One object, or undefined where the controller does not know it. */
export async function readObject(stateDirectory: string, key: ObjectKey): Promise<ObjectView | undefined> {
  const read = await readOne({ stateDirectory }, key);
  return read && toView(read);
}

/**
 * {@link readObject} of an object that must be there.
 * @throws CommandError (exit 3) with the name that was probably meant.
 */
export async function requireObject(stateDirectory: string, key: ObjectKey): Promise<ObjectView> {
  return (await readObject(stateDirectory, key)) ?? (await notFound(key, await readState(stateDirectory)));
}

/**
 * Says why there is no such object.
 * @throws CommandError, always: exit 5 where its file is there but not accepted, else exit 3 with a did-you-mean.
 */
export async function notFound(key: ObjectKey, state: StateView): Promise<never> {
  const broken = await brokenFileOf(key, state.problems);
  if (broken) {
    throw new CommandError(EXIT.Stalled, `${targetText(key)} is not accepted (${broken.reason}): ${broken.message}`, {
      remedy: `See 'ccctl validate ${broken.path}'.`,
    });
  }
  throw new CommandError(EXIT.NotFound, `there is no ${targetText(key)}`, { remedy: remedyFor(key, state) });
}

/** The report does not say what a broken file would have been, where that can be read at all. */
async function brokenFileOf(
  key: ObjectKey,
  problems: readonly ReportedProblem[],
): Promise<ReportedProblem | undefined> {
  for (const problem of problems) {
    const claimed = problem.key ?? (await claimOf(problem.path));
    if (claimed?.kind === key.kind && claimed.name === key.name) return problem;
  }
  return undefined;
}

/** Kind and name in a file that does not validate; the parser is loaded only here. */
async function claimOf(path: string): Promise<{ kind?: Kind; name?: string } | undefined> {
  const { parseSpecFile } = await import('../store/spec-codec.ts');
  const bytes = await readFile(path).catch(() => undefined);
  const parse = bytes && parseSpecFile({ path, bytes });
  return parse && !parse.ok ? parse : undefined;
}

function remedyFor({ kind, name }: ObjectKey, { objects }: StateView): string {
  const names = objects.filter(({ object }) => object.kind === kind).map(({ object }) => object.name);
  const meant = didYouMean(name, names);
  if (meant) return `Did you mean ${targetText({ kind, name: meant })}?`;
  const elsewhere = objects.find(({ object }) => object.name === name);
  if (elsewhere) return `Did you mean ${targetText(elsewhere.object)}?`;
  return `See 'ccctl get ${kindWord(kind)}s'.`;
}

function toView({ object, status }: ReadObject): ObjectView {
  return { object, status: status as CommonStatus | undefined };
}
