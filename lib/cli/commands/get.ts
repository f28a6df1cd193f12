import { rowsLabelled } from '../../columns/kind-rows.ts';
import { readRows } from '../../store/reader.ts';
import { type CommandBody, stateDirectory } from '../context.ts';
import { EXIT, say, usageError } from '../environment.ts';
import { namesSets, namesTriggers, parseAlertTargets } from '../objects.ts';
import { notePresence } from '../presence.ts';
import { noteProblems } from '../print/problems.ts';
import { renderRows } from '../print/rows.ts';
import type { Look, Shown } from './get-objects.ts';
import { type GetOptions, isTable, type Query, queryOf, rowsOptions } from './get-query.ts';

/** `ccctl get`: lists objects, alerts, sets or triggers. Works without the controller. */
export const get: CommandBody<GetOptions> = async (context, words, options) => {
  const alertIds = parseAlertTargets(words);
  if (alertIds || namesSets(words) || namesTriggers(words)) refuseLabels(options);
  if (alertIds) return await (await import('./alerts.ts')).getAlerts(context, alertIds, options);
  if (namesSets(words)) return await (await import('./sets.ts')).getSets(context, words, options);
  if (namesTriggers(words)) return await (await import('./triggers.ts')).getTriggers(context, words, options);
  const { environment } = context;
  const query = await queryOf(words, options, environment.clock.now());
  const look: Look = { environment, stateDirectory: await stateDirectory(context), query };
  const present = await notePresence(environment, look.stateDirectory);
  const form = present ? listedForm(query) : undefined;
  const index = present && isList(query) ? 'Trusted' : 'Checked';
  const listed = form && (await showRows(look, form));
  const first = listed ?? (await (await objects()).showObjects(look, index));
  if (options.watch) return (await objects()).watch(look, first.views);
  if (first.count === 0 && isTable(query)) say(environment, 'No resources found.');
  return EXIT.Ok;
};

/** Loaded where objects are read themselves: most looks are at the list. */
function objects() {
  return import('./get-objects.ts');
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
  const tables = list.tables.map((rows) => rowsLabelled(rows, matches));
  const text = await renderRows(tables, form, rowsOptions(environment, query));
  if (text !== '') environment.stdout.write(text);
  return { count: tables.reduce((sum, { names: shown }) => sum + shown.length, 0), views: [] };
}

function refuseLabels({ showLabels, labelColumns: names }: GetOptions): void {
  if (showLabels || names) throw usageError('alerts, sets and triggers have no labels to show');
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
