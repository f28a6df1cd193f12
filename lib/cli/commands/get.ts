import type { Kind, ObjectKey } from '../../api/kinds.ts';
import { readAll, readRows, type StateView } from '../../store/reader.ts';
import { type CommandBody, stateDirectory } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode, say, usageError } from '../environment.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { labelSelector } from '../label-selector.ts';
import { namesSets, namesTriggers, notFound, parseAlertTargets, parseTargets, type Targets } from '../objects.ts';
import { notePresence } from '../presence.ts';
import { coloursFor } from '../print/colours.ts';
import { type LabelColumn, type LabelColumnsOptions, labelColumns } from '../print/label-columns.ts';
import { type OutputForm, parseOutputForm, renderObjects, sortViews } from '../print/objects.ts';
import { noteProblems, problemTable } from '../print/problems.ts';
import { type RowsOptions, renderRows, type TableMemory } from '../print/rows.ts';
import type { ObjectView } from '../view.ts';

export interface GetOptions extends LabelColumnsOptions {
  output?: string;
  watch?: boolean;
  selector?: string;
  headers?: boolean;
  sortBy?: string;
}

interface Query {
  targets: Targets;
  output: OutputForm;
  matches: (labels: Readonly<Record<string, string>>) => boolean;
  labels: readonly LabelColumn[];
  sortBy: string | undefined;
  header: RowsOptions['header'];
  memory?: TableMemory;
}

/** `ccctl get`: lists objects, alerts, sets or triggers. Works without the controller. */
export const get: CommandBody<GetOptions> = async (context, words, options) => {
  const alertIds = parseAlertTargets(words);
  if (alertIds || namesSets(words) || namesTriggers(words)) refuseLabels(options);
  if (alertIds) return await (await import('./alerts.ts')).getAlerts(context, alertIds, options);
  if (namesSets(words)) return await (await import('./sets.ts')).getSets(context, words, options);
  if (namesTriggers(words)) return await (await import('./triggers.ts')).getTriggers(context, words, options);
  const plain = queryOf(words, options);
  const { environment } = context;
  const query: Query = options.watch ? { ...plain, memory: newMemory(environment, plain.targets) } : plain;
  const look: Look = { environment, stateDirectory: await stateDirectory(context), query };
  const present = await notePresence(environment, look.stateDirectory);
  const form = present ? listedForm(query) : undefined;
  const index = present && isList(query) ? 'Trusted' : 'Checked';
  const first = (form && (await showRows(look, form))) ?? (await showObjects(look, index));
  if (options.watch) return watch(look, first.views);
  if (first.count === 0 && isTable(query)) say(environment, 'No resources found.');
  return EXIT.Ok;
};

interface Look {
  environment: CliEnvironment;
  stateDirectory: string;
  query: Query;
}

/** What was shown: how many objects, and those of them that were read. */
interface Shown {
  count: number;
  views: readonly ObjectView[];
}

/** By the list that the controller keeps for it; undefined where there is none that this program can read. */
async function showRows(
  { environment, stateDirectory, query }: Look,
  form: 'Table' | 'Name',
): Promise<Shown | undefined> {
  const { targets, matches } = query;
  const names = form === 'Name' ? 'Directories' : 'List';
  const list = readRows({ stateDirectory, build: environment.build, kinds: targets.kinds, names });
  if (!list) return undefined;
  noteProblems(environment, list);
  const rows = list.rows.filter(({ labels }) => matches(labels));
  if (rows.length > 0) write(environment, await renderRows(rows, form, rowsOptions(environment, query)));
  return { count: rows.length, views: [] };
}

async function showObjects({ environment, stateDirectory, query }: Look, index: 'Trusted' | 'Checked'): Promise<Shown> {
  const state = await readAll({ stateDirectory, index });
  const views = await choose(state, query);
  noteProblems(environment, state);
  await show(environment, views, query);
  showProblems(environment, state, query);
  return { count: views.length, views };
}

function newMemory({ clock }: CliEnvironment, { kinds, keys }: Targets): TableMemory {
  const watched = new Set(keys.length > 0 ? keys.map(({ kind }) => kind) : kinds);
  const names = watched.size > 1 ? 'KindAndName' : 'Name';
  return { widths: new Map(), rows: new Map(), sinceMs: clock.now(), names };
}

function refuseLabels({ showLabels, labelColumns: names }: GetOptions): void {
  if (showLabels || names) throw usageError('alerts, sets and triggers have no labels to show');
}

function queryOf(words: readonly string[], options: GetOptions): Query {
  const header = options.headers === false ? 'NoHeader' : 'Header';
  return {
    targets: parseTargets(words),
    output: parseOutputForm(options.output ?? 'table', header),
    matches: labelSelector(options.selector ?? ''),
    labels: labelColumns(options),
    sortBy: options.sortBy,
    header,
  };
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
  write(environment, await renderObjects(views, query.output, { ...rowsOptions(environment, query), shape }));
}

function rowsOptions(environment: CliEnvironment, { output, header, labels, memory }: Query): RowsOptions {
  return {
    nowMs: environment.clock.now(),
    colours: coloursFor(environment, environment.stdout),
    width: output.form === 'Table' ? environment.stdout.columns : undefined,
    header,
    labels,
    ...(memory ? { memory } : {}),
  };
}

function write({ stdout }: CliEnvironment, text: string): void {
  if (text !== '') stdout.write(text);
}

/** `-o wide` of whole kinds lists the files that became no object, too. */
function showProblems(environment: CliEnvironment, { problems }: StateView, { targets, output, header }: Query): void {
  if (output.form !== 'Wide' || targets.keys.length > 0) return;
  const own = problems.filter(({ key }) => key === undefined || targets.kinds.includes(key.kind));
  const table = problemTable(own, header);
  if (table !== '') environment.stdout.write(`\n${table}`);
}

/** The form of whole kinds, where the controller's list holds everything that is shown. */
function listedForm({ output: { form }, targets, sortBy }: Query): 'Table' | 'Name' | undefined {
  const isListed = targets.keys.length === 0 && sortBy === undefined;
  return isListed && (form === 'Table' || form === 'Name') ? form : undefined;
}

/** Whole kinds, for people: what a program reads, or asks for by name, is as new as its files. */
function isList(query: Query): boolean {
  return isTable(query) && query.targets.keys.length === 0;
}

function isTable(query: Query): boolean {
  return query.output.form === 'Table' || query.output.form === 'Wide';
}

/** Prints every object again whose record or status changed, until interrupted. */
async function watch({ environment, stateDirectory, query }: Look, first: readonly ObjectView[]): Promise<ExitCode> {
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
