import type { CanonicalStatus, RunSpec, RunStatus, SweepStatus, WarmServiceStatus } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kinds.ts';
import { orNothing } from '../../errors.ts';
import type { StepReport } from '../../gate/step-report.ts';
import { readAll, readDecisions, readEvents } from '../../store/reader.ts';
import { specInForce } from '../../store/spec-in-force.ts';
import { type CommandContext, openState } from '../context.ts';
import { EXIT, type ExitCode, say } from '../environment.ts';
import { parseAlertTargets, parseTargets } from '../objects.ts';
import { type Colours, coloursFor } from '../print/colours.ts';
import { canonicalSections } from '../print/describe-kept.ts';
import { commonSections, historySections, identityLines } from '../print/describe-object.ts';
import { runSections } from '../print/describe-run.ts';
import { sweepSections } from '../print/describe-sweep.ts';
import { warmServiceSections } from '../print/describe-warm-service.ts';
import { loadTextWidth, renderSections, type Section } from '../print/table.ts';
import { foldText } from '../print/wrap.ts';
import { keysOfSelection, parseSelection } from '../selection.ts';
import { requireTakenIn } from '../taken-in.ts';
import type { ObjectView } from '../view.ts';
import { warmServiceStatusOf } from '../warm-service-target.ts';

const EVENTS_SHOWN = 10;

export interface DescribeOptions {
  selector?: string;
}

/** `ccctl describe`: objects in full, by name, or all of a kind, each with its next action and when. Works without the controller. */
export async function describe(
  context: CommandContext,
  words: readonly string[],
  options: DescribeOptions,
): Promise<ExitCode> {
  const alertIds = options.selector === undefined ? parseAlertTargets(words) : undefined;
  if (alertIds) return await (await import('./alerts.ts')).describeAlerts(context, alertIds);
  const all = options.selector === undefined && parseTargets(words).keys.length === 0;
  const selection = parseSelection('describe', words, { ...options, all });
  await loadTextWidth();
  const stateDirectory = await openState(context);
  const keys = await keysOfSelection(selection, () => readAll({ stateDirectory }));
  if (keys.length === 0) say(context.environment, 'No resources found.');
  const views = await Promise.all(keys.map((key) => requireTakenIn(context, stateDirectory, key)));
  const texts = await Promise.all(views.map((view) => describeOne(context, stateDirectory, view)));
  context.environment.stdout.write(texts.join('\n'));
  return EXIT.Ok;
}

async function describeOne({ environment }: CommandContext, stateDirectory: string, view: ObjectView): Promise<string> {
  const nowMs = environment.clock.now();
  const colours = coloursFor(environment, environment.stdout);
  const [decision] = await readDecisions({ stateDirectory, limit: 1 }, view.object);
  const events = await readEvents({ stateDirectory, limit: EVENTS_SHOWN }, view.object);
  const judged = await heldSteps(stateDirectory, view);
  const sections = [
    ...commonSections(view, nowMs),
    ...(KIND_SECTIONS[view.object.kind]?.(view, { nowMs, colours, ...judged }) ?? []),
    ...historySections(decision, events, nowMs),
  ];
  const identity = identityLines(view, nowMs).map((line) => `${line}\n`);
  const text = `${identity.join('')}${renderSections(sections)}`;
  const { columns } = environment.stdout;
  return columns === undefined ? text : foldText(text, columns);
}

interface Looks {
  nowMs: number;
  colours: Colours;
  /** What the gate saw of a version that it holds, and of an edit. */
  held?: StepReport | undefined;
  edit?: StepReport | undefined;
}

/** Undefined where nothing is held, or what the gate saw cannot be read: the status says why all the same. */
async function heldSteps(stateDirectory: string, view: ObjectView): Promise<Pick<Looks, 'held' | 'edit'>> {
  if (view.object.kind !== 'WarmService') return {};
  const { held } = warmServiceStatusOf(view).version ?? {};
  if (held === undefined) return {};
  const { readJudgedSteps } = await import('../judged-steps.ts');
  const steps = await orNothing(readJudgedSteps(stateDirectory, view.object.name), 'NotFound');
  return { held: steps?.find(({ to }) => to.version === held), edit: steps?.find(isHeldEdit) };
}

function isHeldEdit({ from, to, verdict }: StepReport): boolean {
  return from.version === to.version && from.commit === to.commit && verdict.result === 'Held';
}

/** What a kind has to say beside what all say. */
const KIND_SECTIONS: Partial<Readonly<Record<Kind, (view: ObjectView, looks: Looks) => Section[]>>> = {
  Run: ({ object, status }, looks) =>
    runSections(specInForce(object) as RunSpec, status as RunStatus | undefined, looks),
  Canonical: ({ status }, { nowMs }) => canonicalSections(status as CanonicalStatus | undefined, nowMs),
  WarmService: ({ object, status }, { nowMs, held, edit }) =>
    warmServiceSections(status as WarmServiceStatus | undefined, { name: object.name, nowMs, held, edit }),
  Sweep: ({ status }, { nowMs }) => sweepSections(status as SweepStatus | undefined, nowMs),
};
