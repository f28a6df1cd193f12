import type { RunMode, StageName } from '../../../lib/api/index.ts';
import { RESERVE_STEPS } from '../quick/reserve.ts';
import { underLease } from '../quick/under-lease.ts';
import type { Stage, Step, StepContext } from '../stage.ts';
import { COLD_STAGES } from './cold-stages.ts';
import { custom } from './custom.ts';
import { oncePrepared } from './once-prepared.ts';
import { prepare } from './prepare.ts';
import { reattach } from './reattach.ts';
import { upgrade } from './upgrade.ts';

/** A quick attempt claims no domain of its own, and decides first what it runs on. */
const prepareQuick: Stage<StepContext> = {
  name: prepare.name,
  steps: prepare.steps
    .filter(({ name }) => name !== 'Claim')
    .flatMap((step) => (step.name === 'AwaitCanonical' ? [step, ...RESERVE_STEPS] : [step])),
};

/** What the tests of a quick run are made of, in their order. */
export const QUICK_STAGES: readonly Stage<StepContext>[] = [
  prepareQuick,
  ...[reattach, upgrade, custom].map(({ name, steps }) => ({
    name,
    steps: steps.map((step) => underLease(oncePrepared(step))),
  })),
];

const STAGES: Readonly<Record<RunMode, readonly Stage<StepContext>[]>> = { Cold: COLD_STAGES, Quick: QUICK_STAGES };

/** The steps of a stage in a run of that mode; none where there is no such stage. Pure. */
export function stepsIn(mode: RunMode, stage: StageName): readonly Step<StepContext>[] {
  return STAGES[mode].find(({ name }) => name === stage)?.steps ?? [];
}
