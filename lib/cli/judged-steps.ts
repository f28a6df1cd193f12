import { orElse } from '../errors.ts';
import type { StepReport } from '../gate/step-report.ts';
import { readJudged } from '../known-good/judged-file.ts';
import { warmHome } from '../known-good/warm-home.ts';
import { compareVersions, parseVersion } from '../recipe/version.ts';
import { CommandError, EXIT } from './environment.ts';

/**
 * What the gate saw at the last look at the releases of a warm service, the newest version first; none: it was not asked.
 * @throws CommandError (exit 3) where the file cannot be read, with how to get another.
 */
export async function readJudgedSteps(stateDirectory: string, name: string): Promise<StepReport[]> {
  const { directory } = warmHome(stateDirectory, name);
  const reports = await orElse(readJudged(directory), 'Damaged', (cause) => {
    throw new CommandError(EXIT.NotFound, 'what the gate saw cannot be read', {
      cause,
      remedy: `It is made anew: ccctl reconcile ws/${name}.`,
    });
  });
  return (reports ?? []).toSorted((a, b) => byVersion(b, a));
}

function byVersion(a: StepReport, b: StepReport): number {
  const [left, right] = [parseVersion(a.to.version), parseVersion(b.to.version)];
  return left && right ? compareVersions(left, right) : 0;
}
