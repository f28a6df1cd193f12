import { type FullFrom, fullDisks } from './full-disks.ts';
import { atStep, NAMED_STEPS, QUICK_NAMED_STEPS } from './named-steps.ts';

/** A step of each mode that writes the most; `nightly/full-disk` goes through all of them. */
const SAMPLE = {
  Cold: { steps: NAMED_STEPS, name: 'Promote/MakeGeneration' },
  Quick: { steps: QUICK_NAMED_STEPS, name: 'Reattach/Restore' },
} as const;

fullDisks(
  (['Cold', 'Quick'] as const).flatMap((mode) => {
    const { steps, name } = SAMPLE[mode];
    return steps.filter((step) => step.name === name).map((step): FullFrom => ({ ...atStep(step), mode, leave: 0 }));
  }),
);
