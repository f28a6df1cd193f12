import type { StepReport } from '../../gate/step-report.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { type CommandBody, stateDirectory } from '../context.ts';
import { CommandError, EXIT, usageError } from '../environment.ts';
import { readJudgedSteps } from '../judged-steps.ts';
import { oneLine } from '../print/table.ts';
import { requireTakenIn } from '../taken-in.ts';
import { parseWarmServiceTarget } from '../warm-service-target.ts';
import { sendRequest } from './request.ts';

export interface ApproveOptions {
  commit?: string;
}

/**
 * `ccctl approve ws/x VERSION`: lets one version through at the commit that the gate saw, so that a tag that has moved
 * since is refused. Answers as the other requests do.
 */
export const approve: CommandBody<ApproveOptions> = async (context, words, { commit }) => {
  const { environment } = context;
  const { key, rest } = parseWarmServiceTarget(words, 'versions to approve', 1);
  const wanted = commit === undefined ? undefined : commitOption(commit);
  const directory = await stateDirectory(context);
  const view = await requireTakenIn(context, directory, key);
  const [version] = rest;
  const isExact = wanted !== undefined && FULL.test(wanted);
  const steps = version !== undefined && isExact ? [] : await readJudgedSteps(directory, key.name);
  if (version === undefined)
    throw usageError(
      'name the version to approve',
      waiting(steps) ?? `Nothing waits: see 'ccctl describe ws/${key.name}'.`,
    );
  const seen = isExact ? wanted : seenCommit(version, wanted, { steps, name: key.name });
  return await sendRequest(environment, directory, { verb: 'approve', view, args: { version, commit: seen } });
};

const FULL = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** @throws CommandError (exit 2) for what is no commit id. */
function commitOption(text: string): string {
  const commit = text.toLowerCase();
  if (/^[0-9a-f]{7,64}$/.test(commit)) return commit;
  throw usageError(`--commit ${JSON.stringify(text)} is not a commit id`, 'Give 7 to 40 of its hexadecimal digits.');
}

interface Seen {
  steps: readonly StepReport[];
  name: string;
}

/** @throws CommandError: exit 3 for a version that the gate did not see, exit 1 where it saw another commit of it. */
function seenCommit(version: string, wanted: string | undefined, { steps, name }: Seen): string {
  const step = steps.find(({ to }) => to.version === version);
  if (step === undefined) {
    const held = versionsOf(steps);
    const otherwise = waiting(steps) ?? `Nothing waits for approval: see 'ccctl describe ws/${name}'.`;
    throw new CommandError(EXIT.NotFound, `the gate of ws/${name} has not seen a version ${JSON.stringify(version)}`, {
      remedy: meantOr(version, held, otherwise),
    });
  }
  const { commit } = step.to;
  if (wanted === undefined || commit.startsWith(wanted)) return commit;
  throw new CommandError(EXIT.Failed, `the gate saw ${version} at ${commit.slice(0, 10)}, not at ${wanted}`, {
    remedy: `Look again: ccctl reconcile ws/${name}, then ccctl diff ws/${name} ${version}.`,
  });
}

function versionsOf(steps: readonly StepReport[]): string[] {
  return steps.filter(({ verdict }) => verdict.result === 'Held').map(({ to }) => oneLine(to.version));
}

function waiting(steps: readonly StepReport[]): string | undefined {
  const held = versionsOf(steps);
  return held.length === 0 ? undefined : `Held: ${held.join(', ')}.`;
}
