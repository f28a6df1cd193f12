import { readTriggerStatuses, type TriggerStatus } from '../../forge/trigger-status.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { type CommandContext, openState } from '../context.ts';
import { CommandError, EXIT, type ExitCode, say, usageError } from '../environment.ts';
import { showListing } from '../print/listing.ts';
import { parseOutputForm, sortByPath } from '../print/objects.ts';
import { triggerTable } from '../print/triggers.ts';
import type { GetOptions } from './get-query.ts';

/** `ccctl get triggers [repository…]`: the repositories whose pull requests start runs. Works without the controller. */
export async function getTriggers(
  context: CommandContext,
  words: readonly string[],
  options: GetOptions,
): Promise<ExitCode> {
  if (options.selector !== undefined) throw usageError('triggers have no labels to select by');
  if (options.watch) throw usageError('triggers cannot be watched', 'Watch their runs: ccctl get runs --watch.');
  const output = parseOutputForm(options.output ?? 'table', options.headers === false ? 'NoHeader' : 'Header');
  const all = await readTriggerStatuses(await openState(context));
  const names = words.slice(1);
  const chosen = names.length === 0 ? all : names.map((name) => chooseTrigger(all, name));
  const triggers = options.sortBy === undefined ? chosen : sortByPath(chosen, options.sortBy, triggerObject);
  const isTable = output.form === 'Table' || output.form === 'Wide';
  if (triggers.length === 0 && isTable)
    say(context.environment, 'No triggers found: set forge.url, and spec.trigger of a Canonical.');
  else {
    const listing = { items: triggers, object: triggerObject, name: nameOf, table: triggerTable };
    const header = options.headers === false ? 'NoHeader' : 'Header';
    await showListing(context.environment, listing, { output, header, shape: names.length === 1 ? 'One' : 'List' });
  }
  return EXIT.Ok;
}

/** By repository, or by Canonical. @throws CommandError (exit 3) with a did-you-mean. */
function chooseTrigger(triggers: readonly TriggerStatus[], name: string): TriggerStatus {
  const wanted = name.toLowerCase();
  const found = triggers.find((one) => one.repository.toLowerCase() === wanted || one.canonical === name);
  if (found) return found;
  const known = triggers.map(({ repository }) => repository);
  const remedy = meantOr(name, known, "See 'ccctl get triggers'.");
  throw new CommandError(EXIT.NotFound, `there is no trigger ${JSON.stringify(name)}`, { remedy });
}

/** As `-o json` shows it. Pure. */
function triggerObject({ repository, ...status }: TriggerStatus): Record<string, unknown> {
  return { kind: 'Trigger', metadata: { name: repository }, status };
}

function nameOf({ repository }: TriggerStatus): string {
  return `trigger/${repository}`;
}
