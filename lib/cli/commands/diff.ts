import { API_VERSION } from '../../api/kinds.ts';
import type { StepReport } from '../../gate/step-report.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { type CommandBody, openState } from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, say, usageError } from '../environment.ts';
import { readJudgedSteps } from '../judged-steps.ts';
import { describeChanges } from '../print/describe-changes.ts';
import { isDocumentForm, parseOutputForm, renderDocument } from '../print/objects.ts';
import { loadTextWidth, renderSections } from '../print/table.ts';
import { requireTakenIn } from '../taken-in.ts';
import type { ObjectView } from '../view.ts';
import { parseWarmServiceTarget, warmServiceStatusOf } from '../warm-service-target.ts';

export interface DiffOptions {
  output?: string;
  filename?: string[];
}

/**
 * `ccctl diff ws/x [VERSION]`: what the gate saw of the step to a version: of the one that is held, else of the newest.
 * Works without the controller. Exit 1 where there is a difference or a reason against it, 0 where there is nothing to
 * tell, 3 where the gate did not see the version.
 */
export const diff: CommandBody<DiffOptions> = async (context, words, options) => {
  if (options.filename) return (await import('./diff-file.ts')).diffFile(context, words, options.filename);
  const { environment } = context;
  const { key, rest } = parseWarmServiceTarget(words, 'versions to compare', 1);
  const output = parseOutputForm(options.output ?? 'table');
  if (output.form === 'Name' || output.form === 'Wide')
    throw usageError(
      `there is no output form ${JSON.stringify(options.output)} of a diff`,
      'Forms: json, yaml, jsonpath.',
    );
  const directory = await openState(context);
  const view = await requireTakenIn(context, directory, key);
  const steps = await readJudgedSteps(directory, key.name);
  const step = chooseStep(steps, rest[0], view);
  if (step === undefined) {
    say(environment, `ccctl: nothing newer than what runs was judged for ws/${key.name}${notAsked(view)}`);
    return EXIT.Ok;
  }
  noteAge(environment, step, view);
  const document = { apiVersion: API_VERSION, kind: 'StepReport', metadata: { name: key.name }, ...step };
  const text = isDocumentForm(output) ? await renderDocument(document, output) : await stepText(environment, step);
  environment.stdout.write(text);
  return exitOf(step);
};

/** Of versions in quarantine the gate is not asked. */
function notAsked(view: ObjectView): string {
  const versions = (warmServiceStatusOf(view).quarantine ?? []).map(({ version }) => version);
  return versions.length === 0 ? '' : `; in quarantine, and not looked at: ${versions.join(', ')}`;
}

/** @throws CommandError (exit 3) for a version that the gate did not see. */
function chooseStep(
  steps: readonly StepReport[],
  version: string | undefined,
  view: ObjectView,
): StepReport | undefined {
  const { held } = warmServiceStatusOf(view).version ?? {};
  const wanted = version ?? held;
  const step = steps.find(({ to }) => to.version === wanted);
  if (step !== undefined || version === undefined) return step ?? steps[0];
  const versions = steps.map(({ to }) => to.version);
  const seen = versions.length === 0 ? 'none' : versions.join(', ');
  const remedy = meantOr(version, versions, `Seen at the last look: ${seen}.`);
  throw new CommandError(
    EXIT.NotFound,
    `the gate of ws/${view.object.name} has not seen a version ${JSON.stringify(version)}`,
    { remedy },
  );
}

/** Of a look before the last upgrade the step is history. */
function noteAge(environment: CliEnvironment, { from }: StepReport, view: ObjectView): void {
  const { lastGood } = warmServiceStatusOf(view).version ?? {};
  if (lastGood === undefined || lastGood === from.version) return;
  say(environment, `ccctl: this is of a look before ${lastGood}; the next one makes it anew`);
}

async function stepText({ stdout }: CliEnvironment, step: StepReport): Promise<string> {
  await loadTextWidth();
  return renderSections(describeChanges(step, stdout.columns === undefined ? {} : { width: stdout.columns }));
}

function exitOf({ verdict, changes, notes, newKeys }: StepReport): ExitCode {
  const told = [verdict.findings, changes, notes, newKeys];
  return told.every(({ length }) => length === 0) ? EXIT.Ok : EXIT.Failed;
}
