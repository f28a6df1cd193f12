import { readTriggerStatuses, type TriggerStatus } from '../../forge/trigger-status.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { type CommandContext, openState } from '../context.ts';
import { CommandError, EXIT, type ExitCode, say, usageError } from '../environment.ts';
import { coloursFor } from '../print/colours.ts';
import {
  isDocumentForm,
  listDocument,
  type OutputForm,
  parseOutputForm,
  renderDocument,
  sortByPath,
} from '../print/objects.ts';
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
  else await show(context, triggers, { output, options, shape: names.length === 1 ? 'One' : 'List' });
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

interface Shown {
  output: OutputForm;
  options: GetOptions;
  shape: 'One' | 'List';
}

async function show({ environment }: CommandContext, triggers: readonly TriggerStatus[], shown: Shown): Promise<void> {
  const { output, options, shape } = shown;
  const { stdout } = environment;
  if (isDocumentForm(output)) {
    stdout.write(await renderDocument(listDocument(triggers.map(triggerObject), shape), output));
  } else if (output.form === 'Name') {
    stdout.write(triggers.map(({ repository }) => `trigger/${repository}\n`).join(''));
  } else {
    const header = options.headers === false ? 'NoHeader' : 'Header';
    const width = output.form === 'Table' ? stdout.columns : undefined;
    const looks = { nowMs: environment.clock.now(), colours: coloursFor(environment, stdout), width, header } as const;
    stdout.write(await triggerTable(triggers, output.form, looks));
  }
}
