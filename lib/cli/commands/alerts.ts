import { type AlertsView, type AlertView, alertObject, chooseAlerts, readAlerts } from '../alert-view.ts';
import { type CommandContext, openState } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode, say, usageError } from '../environment.ts';
import { pollUntil } from '../follow.ts';
import { alertTable, describeAlert } from '../print/alerts.ts';
import { showListing } from '../print/listing.ts';
import { type OutputForm, parseOutputForm, sortByPath } from '../print/objects.ts';
import { loadTextWidth } from '../print/table.ts';
import type { GetOptions } from './get-query.ts';

/** Damaged files that are named; the rest is counted. */
const SHOWN = 5;

interface AlertQuery {
  /** Empty: all. */
  ids: readonly string[];
  output: OutputForm;
  header: 'Header' | 'NoHeader';
  sortBy: string | undefined;
}

/** `ccctl get alerts`: the newest first. Works without the controller. */
export async function getAlerts(
  context: CommandContext,
  ids: readonly string[],
  options: GetOptions,
): Promise<ExitCode> {
  if (options.selector !== undefined) throw usageError('alerts have no labels to select by');
  const output = parseOutputForm(options.output ?? 'table', options.headers === false ? 'NoHeader' : 'Header');
  const query: AlertQuery = {
    ids,
    output,
    sortBy: options.sortBy,
    header: options.headers === false ? 'NoHeader' : 'Header',
  };
  const stateDirectory = await openState(context);
  const { environment } = context;
  const all = await readAlerts(stateDirectory);
  const views = choose(all, query);
  const isTable = output.form === 'Table' || output.form === 'Wide';
  noteDamaged(environment, all);
  if (views.length > 0 || !isTable) await show(environment, views, query);
  if (options.watch) return await watch(environment, stateDirectory, query, views);
  if (views.length === 0 && isTable) say(environment, 'No alerts found.');
  return EXIT.Ok;
}

/** `ccctl describe alert/ID`. Works without the controller. */
export async function describeAlerts(context: CommandContext, ids: readonly string[]): Promise<ExitCode> {
  if (ids.length === 0) throw usageError('name the alert to describe', "Write alert/ID; see 'ccctl get alerts'.");
  await loadTextWidth();
  const stateDirectory = await openState(context);
  const { environment } = context;
  const nowMs = environment.clock.now();
  const views = chooseAlerts(await readAlerts(stateDirectory), ids);
  environment.stdout.write(views.map((view) => describeAlert(view, nowMs)).join('\n'));
  return EXIT.Ok;
}

function choose(all: AlertsView, { ids, sortBy }: AlertQuery): AlertView[] {
  const views = ids.length > 0 ? chooseAlerts(all, ids) : all.views;
  return sortBy === undefined ? views : sortByPath(views, sortBy, alertObject);
}

async function show(environment: CliEnvironment, views: readonly AlertView[], query: AlertQuery): Promise<void> {
  const { output, ids, header } = query;
  const listing = { items: views, object: alertObject, name: nameOf, table: alertTable };
  await showListing(environment, listing, { output, header, shape: ids.length === 1 ? 'One' : 'List' });
}

function nameOf({ record }: AlertView): string {
  return `alert/${record.id}`;
}

function noteDamaged(environment: CliEnvironment, { damaged }: AlertsView): void {
  for (const { message } of damaged.slice(0, SHOWN)) say(environment, `ccctl: an alert cannot be read: ${message}`);
  const more = damaged.length - SHOWN;
  if (more > 0) say(environment, `ccctl: ${more} more alerts cannot be read`);
}

/** Prints every alert that is new or changed, until interrupted. */
async function watch(
  environment: CliEnvironment,
  stateDirectory: string,
  query: AlertQuery,
  first: readonly AlertView[],
): Promise<ExitCode> {
  let seen = new Map(first.map((view) => [view.record.id, JSON.stringify(view)]));
  const later: AlertQuery = { ...query, header: 'NoHeader' };
  const look = async () => {
    const { views } = await readAlerts(stateDirectory);
    const wanted = views.filter(({ record }) => query.ids.length === 0 || query.ids.includes(record.id));
    const changed = wanted.filter((view) => seen.get(view.record.id) !== JSON.stringify(view));
    seen = new Map(wanted.map((view) => [view.record.id, JSON.stringify(view)]));
    if (changed.length > 0) await show(environment, changed, later);
    return undefined;
  };
  return await pollUntil<never>(environment, look, { timeoutMs: undefined, what: () => 'the watch' });
}
