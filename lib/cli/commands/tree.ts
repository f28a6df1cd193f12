import type { RunStatus } from '../../api/generated/types.ts';
import { topConditionType } from '../../api/kinds.ts';
import { readAll, type StateView } from '../../store/reader.ts';
import { type CommandContext, openState } from '../context.ts';
import { EXIT, type ExitCode, say } from '../environment.ts';
import { notFound, parseTargets, type Targets, targetText } from '../objects.ts';
import { age } from '../print/age.ts';
import { coloursFor, paintWord } from '../print/colours.ts';
import { rootsOf, type TreeLine, treeLines } from '../print/object-tree.ts';
import { loadTextWidth, renderTable } from '../print/table.ts';
import { conditionOf, type ObjectView, statusWord } from '../view.ts';

/** `ccctl tree [kind/name…]`: objects below those that own them, with the realms of runs. Works without the controller. */
export async function tree(context: CommandContext, words: readonly string[]): Promise<ExitCode> {
  const targets = words.length > 0 ? parseTargets(words) : undefined;
  await loadTextWidth();
  const { environment } = context;
  const stateDirectory = await openState(context);
  const state = await readAll({ stateDirectory });
  const roots = targets ? await chosen(state, targets) : rootsOf(state.objects);
  if (roots.length === 0) say(environment, 'No resources found.');
  const nowMs = environment.clock.now();
  const rows = treeLines(state.objects, roots).flatMap((line) => [objectRow(line, nowMs), ...realmRows(line)]);
  const { stdout } = environment;
  const colours = coloursFor(environment, stdout);
  const table = renderTable(rows, {
    width: stdout.columns,
    header: rows.length > 0 ? ['NAME', 'READY', 'STATUS', 'AGE'] : undefined,
    paint: (cell, padded, column) => (column === 1 || column === 2 ? paintWord(colours, cell, padded) : padded),
  });
  stdout.write(table);
  return EXIT.Ok;
}

/** @throws CommandError (exit 3) where a named object is not there. */
async function chosen(state: StateView, { kinds, keys }: Targets): Promise<ObjectView[]> {
  const texts = keys.map(targetText);
  const missing = keys.find((key) => !state.objects.some(({ object }) => targetText(object) === targetText(key)));
  if (missing) return await notFound(missing, state);
  if (keys.length > 0) return state.objects.filter(({ object }) => texts.includes(targetText(object)));
  return rootsOf(state.objects.filter(({ object }) => kinds.includes(object.kind)));
}

function objectRow({ branch, view }: TreeLine, nowMs: number): string[] {
  const { object, status } = view;
  const ready = conditionOf(status, topConditionType(object.kind))?.status ?? 'Unknown';
  return [`${branch}${targetText(object)}`, ready, statusWord(view), age(object.creationTimestamp, nowMs)];
}

/** The realms of a run in the services that it depends on. */
function realmRows({ view, below, hasChildren }: TreeLine): string[][] {
  if (view.object.kind !== 'Run') return [];
  const { dependencies = [] } = (view.status ?? {}) as Partial<RunStatus>;
  const realms = dependencies.flatMap(({ realm }) => realm ?? []);
  return realms.map((realm, index) => {
    const isLast = index === realms.length - 1 && !hasChildren;
    return [`${below}${isLast ? '└─ ' : '├─ '}realm ${realm}`, '', '', ''];
  });
}
