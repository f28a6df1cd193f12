import { type FullFrom, fullDisks } from '../e2e/full-disks.ts';
import { atStep, NAMED_STEPS, QUICK_NAMED_STEPS } from '../e2e/named-steps.ts';

const cold: FullFrom[] = NAMED_STEPS.map((step) => ({ ...atStep(step), mode: 'Cold', leave: 0 }));
const quick: FullFrom[] = QUICK_NAMED_STEPS.map((step) => ({ ...atStep(step), mode: 'Quick', leave: 0 }));

/** So that the first writes of a step fit, and one of the next does not. */
const LEFT_KIB = [4, 16, 64, 256];
const COPYING = NAMED_STEPS.filter(({ name }) => name === 'Promote/MakeGeneration' || name === 'Promote/Collect');
const partly = COPYING.flatMap((step) =>
  LEFT_KIB.map((kib): FullFrom => {
    const { name, reached } = atStep(step);
    return { name: `${name}, all but ${kib} KiB,`, reached, mode: 'Cold', leave: kib * 1024 };
  }),
);

fullDisks([...cold, ...quick, ...partly]);
