import type { Kind, ObjectKey } from '../../api/kinds.ts';
import { readAll, type StateView } from '../../store/reader.ts';
import type { CliEnvironment, ExitCode } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { notFound, type Targets } from '../objects.ts';
import { renderObjects, sortViews } from '../print/objects.ts';
import { noteProblems, problemTable } from '../print/problems.ts';
import type { ObjectView } from '../view.ts';
import { isTable, type Query, rowsOptions } from './get-query.ts';

/** One look at the state directory. */
export interface Look {
  environment: CliEnvironment;
  stateDirectory: string;
  query: Query;
}

/** What was shown: how many objects, and those of them that were read. */
export interface Shown {
  count: number;
  views: readonly ObjectView[];
}

/** Shows objects as they are themselves. @throws CommandError (exit 3) where a named object is not there. */
export async function showObjects(
  { environment, stateDirectory, query }: Look,
  index: 'Trusted' | 'Checked',
): Promise<Shown> {
  const state = await readAll({ stateDirectory, index });
  const views = await choose(state, query);
  noteProblems(environment, state);
  await show(environment, views, query);
  showProblems(environment, state, query);
  return { count: views.length, views };
}

/** @throws CommandError (exit 3) where a named object is not there. */
async function choose(state: StateView, query: Query): Promise<ObjectView[]> {
  const { kinds, keys } = query.targets;
  const find = (key: ObjectKey): ObjectView | undefined =>
    state.objects.find(({ object }) => object.kind === key.kind && object.name === key.name);
  const missing = keys.find((key) => !find(key));
  if (missing) return notFound(missing, state);
  const ofKinds = keys.length > 0 ? keys.flatMap((key) => find(key) ?? []) : ofKind(state, kinds);
  const chosen = ofKinds.filter(({ object }) => query.matches(object.labels));
  return query.sortBy === undefined ? chosen : sortViews(chosen, query.sortBy);
}

function ofKind(state: StateView, kinds: readonly Kind[]): ObjectView[] {
  return state.objects.filter(({ object }) => kinds.includes(object.kind));
}

async function show(environment: CliEnvironment, views: readonly ObjectView[], query: Query): Promise<void> {
  if (views.length === 0 && isTable(query)) return;
  const shape = query.targets.keys.length === 1 ? 'One' : 'List';
  const text = await renderObjects(views, query.output, { ...rowsOptions(environment, query), shape });
  if (text !== '') environment.stdout.write(text);
}

/** `-o wide` of whole kinds lists the files that became no object, too. */
function showProblems(environment: CliEnvironment, { problems }: StateView, { targets, output, header }: Query): void {
  if (output.form !== 'Wide' || targets.keys.length > 0) return;
  const own = problems.filter(({ key }) => key === undefined || targets.kinds.includes(key.kind));
  const table = problemTable(own, header);
  if (table !== '') environment.stdout.write(`\n${table}`);
}

/** Prints every object again whose record or status changed, until interrupted. */
export async function watch(
  { environment, stateDirectory, query }: Look,
  first: readonly ObjectView[],
): Promise<ExitCode> {
  let seen = fingerprints(first);
  const later: Query = { ...query, header: 'NoHeader', targets: { ...query.targets, keys: [] } };
  const look = async () => {
    const all = await choose(await readAll({ stateDirectory }), later);
    const views = all.filter((view) => isWatched(view, query.targets));
    const now = fingerprints(views);
    const changed = views.filter((view) => seen.get(view.object.uid) !== now.get(view.object.uid));
    seen = now;
    await show(environment, changed, later);
    return undefined;
  };
  const { keys } = query.targets;
  return pollUntil<never>(environment, look, keys.length > 0 ? { follow: placesOf(stateDirectory, keys) } : {});
}

function isWatched({ object }: ObjectView, { keys }: Targets): boolean {
  return keys.length === 0 || keys.some((key) => key.kind === object.kind && key.name === object.name);
}

function fingerprints(views: readonly ObjectView[]): Map<string, string> {
  return new Map(views.map((view) => [view.object.uid, JSON.stringify(view)]));
}
