import { CcError, hasCode } from '../../../lib/errors.ts';
import { next, type PreparedContext, type Step, type StepOutcome } from '../stage.ts';
import { awaitServices, chooseProviders } from './choose.ts';
import { awaitProvider, type ColdDependency, deployProvider, prepareProvider } from './cold-provider.ts';
import type { AttemptDependency } from './dependency.ts';
import { makeRealm, verifyRealm } from './realm.ts';

/** Gives the attempt what `ci.dependsOn` names, before anything of the app exists. */
export const PROVIDE_STEPS: readonly Step[] = [
  { name: 'AwaitServices', deadline: 'Total', run: awaitServices },
  { name: 'ChooseProviders', deadline: 'Total', run: chooseProviders },
  { name: 'PrepareProviders', deadline: 'Total', run: eachCold(prepareProvider) },
  { name: 'DeployProviders', deadline: 'Total', run: eachCold(deployProvider) },
  { name: 'AwaitProviders', deadline: 'Total', run: eachCold(awaitProvider) },
  { name: 'MakeRealms', deadline: 'Total', run: each(makeRealm) },
  { name: 'VerifyRealms', deadline: 'Total', run: each(verifyRealm) },
];

type Act<Dependency> = (context: PreparedContext, dependency: Dependency) => Promise<StepOutcome>;
type Run = Step['run'];

/** One after the other; the first that is not through decides. */
function each(act: Act<AttemptDependency>): Run {
  return async (context) => {
    for (const dependency of context.attempt.dependencies ?? []) {
      const outcome = await asOurs(act(context, dependency));
      if (outcome.kind !== 'Next') return outcome;
    }
    return next;
  };
}

function eachCold(act: Act<ColdDependency>): Run {
  return each(async (context, dependency) => (isCold(dependency) ? await act(context, dependency) : next));
}

function isCold(dependency: AttemptDependency): dependency is ColdDependency {
  return dependency.cold !== undefined;
}

/** A fault of the provider's recipe is not one of the recipe that is tested. */
async function asOurs(work: Promise<StepOutcome>): Promise<StepOutcome> {
  return await work.catch((error: unknown) => {
    if (!hasCode(error, 'InvalidInput', 'CommandFailed', 'DeadlineExceeded')) throw error;
    const { message, remedy, cause } = error;
    throw new CcError('Unreachable', `the provider of sign-on: ${message}`, { cause, ...(remedy ? { remedy } : {}) });
  });
}
