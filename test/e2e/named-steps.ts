import { PROVIDE_STEPS } from '../../controllers/run/dependencies/provide.ts';
import { RUN_OPERATIONS } from '../../controllers/run/run-operation.ts';
import type { Stage, StepContext } from '../../controllers/run/stage.ts';
import { COLD_STAGES } from '../../controllers/run/stages/cold-stages.ts';
import { QUICK_STAGES } from '../../controllers/run/stages/run-stages.ts';
import type { RunMode } from '../../lib/api/generated/types.ts';
import { PROMOTION_STEPS } from '../../lib/known-good/promotion-steps.ts';
import { readDecisions } from '../../lib/store/reader.ts';
import type { Moment } from './moments.ts';

/** A step by the decision that leads to it. */
interface NamedStep {
  name: string;
  action: Readonly<Record<string, unknown>>;
}

/** A run that depends on no provider ends Prepare with the first of them; `component/run/sign-on-crash` kills at each. */
const OF_PROVIDERS = PROVIDE_STEPS.slice(1).map(({ name }) => name);

const STAGES: Readonly<Record<RunMode, readonly Stage<StepContext>[]>> = { Cold: COLD_STAGES, Quick: QUICK_STAGES };

function ofStages(mode: RunMode): NamedStep[] {
  return STAGES[mode].flatMap(({ name: stage, steps }) =>
    steps
      .map(({ name }, step) => ({ name: `${stage}/${name}`, action: { type: 'RunStep', stage, step } }))
      .filter((_, step) => stage !== 'Prepare' || !OF_PROVIDERS.includes(steps[step]?.name ?? '')),
  );
}

/**
 * The stages are steps of the run, too, but theirs are named one by one; only a run that failed is held. A promotion that
 * is over finishes its run in the same act, and so does the teardown of a quick one.
 */
function ofRun(mode: RunMode): NamedStep[] {
  const left = mode === 'Quick' ? ['Start', 'Hold', 'Finish'] : ['Start', 'Hold'];
  return RUN_OPERATIONS[mode].steps
    .filter((step) => !left.includes(step) && !STAGES[mode].some(({ name }) => name === step))
    .map((step) => ({ name: step, action: step === 'Finish' ? { next: 'Over' } : { type: step } }));
}

const ofPromotion: readonly NamedStep[] = PROMOTION_STEPS.map((step) => ({
  name: `Promote/${step}`,
  action: { next: 'Step', step },
}));

const START: NamedStep = { name: 'Start', action: { type: 'StartAttempt' } };

/** All steps of a cold run and its promotion that a green run takes. */
export const NAMED_STEPS: readonly NamedStep[] = [START, ...ofStages('Cold'), ...ofRun('Cold'), ...ofPromotion];

/** All steps of a quick run that upgrades, whose profile has data hooks. */
export const QUICK_NAMED_STEPS: readonly NamedStep[] = [START, ...ofStages('Quick'), ...ofRun('Quick')];

/** As soon as that step was decided upon: before, in or right after it. */
export function atStep({ name, action }: NamedStep): Moment {
  const matches = (made: object): boolean =>
    Object.entries(action).every(([key, value]) => (made as Record<string, unknown>)[key] === value);
  return {
    name: `at ${name}`,
    async reached(bench, run) {
      const isDecided = async (): Promise<boolean> => {
        const decisions = await readDecisions({ stateDirectory: bench.state, limit: 200 }, { kind: 'Run', name: run });
        return decisions.some((one) => matches(one.action as object));
      };
      await bench.waitFor(`${name} of ${run}`, isDecided, { timeoutMs: 120_000, everyMs: 5 });
    },
  };
}
