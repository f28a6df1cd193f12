import { topConditionType } from '../../api/kinds.ts';
import { readDecisions } from '../../store/reader.ts';
import { type CommandContext, openState } from '../context.ts';
import { EXIT, type ExitCode } from '../environment.ts';
import { parseTarget, targetText } from '../objects.ts';
import { relative } from '../print/age.ts';
import { loadTextWidth, oneLine, renderSections } from '../print/table.ts';
import { changedLines, decidedLines, seenLines } from '../print/why.ts';
import { foldText } from '../print/wrap.ts';
import { requireTakenIn } from '../taken-in.ts';
import { conditionOf, type ObjectView, statusWord } from '../view.ts';

/** `ccctl why kind/name`: the last decision on an object in words: what was seen, which rule, what is next. */
export async function why(context: CommandContext, words: readonly string[]): Promise<ExitCode> {
  const { environment } = context;
  const key = parseTarget(words);
  await loadTextWidth();
  const stateDirectory = await openState(context);
  const view = await requireTakenIn(context, stateDirectory, key);
  const decisions = await readDecisions({ stateDirectory, limit: 2 }, view.object);
  const nowMs = environment.clock.now();
  const last = decisions.at(-1);
  const decided = last && decidedLines(last, nowMs);
  const text = renderSections([
    { title: `${targetText(view.object)} is`, lines: stateLines(view) },
    { title: 'Decided', lines: decided ?? ['nothing yet: the controller has not looked at it'] },
    { title: 'Seen otherwise than before', lines: last ? changedLines(decisions.at(-2), last) : [] },
    { title: 'Seen', lines: last ? seenLines(last) : [] },
    { title: 'Next', lines: [nextLine(view, nowMs)] },
  ]);
  const { columns } = environment.stdout;
  environment.stdout.write(columns === undefined ? text : foldText(text, columns));
  return EXIT.Ok;
}

/** The word of the table, and what each condition that matters says. */
function stateLines(view: ObjectView): string[] {
  const { object, status } = view;
  const types = [topConditionType(object.kind), 'Accepted', 'Stalled', 'Held', 'Reconciling', 'Drifted'];
  const told = types
    .flatMap((type) => conditionOf(status, type) ?? [])
    .filter(({ type, status: is }) => type !== 'Accepted' || is === 'False');
  const problems = object.rejected?.problems.map(({ message }) => message) ?? [];
  return [
    statusWord(view),
    ...told.map(({ type, status: is, reason, message }) => `${type} ${is} (${reason}): ${oneLine(message)}`),
    ...problems.map(oneLine),
  ];
}

function nextLine({ status }: ObjectView, nowMs: number): string {
  if (!status) return 'the first look by the controller';
  const { nextAction } = status;
  if (!nextAction) return 'nothing: it is at rest until something changes';
  const { what, reason, time } = nextAction;
  return `${oneLine(what)} (${reason})${time === undefined ? '' : `, ${relative(time, nowMs)}`}`;
}
