import { type FullFrom, fullDisks } from '../e2e/full-disks.ts';
import { atStep, NAMED_STEPS, QUICK_NAMED_STEPS } from '../e2e/named-steps.ts';

const cold: FullFrom[] = NAMED_STEPS.map((step) => ({ ...atStep(step), mode: 'Cold', leave: 0 }));
const quick: FullFrom[] = QUICK_NAMED_STEPS.map((step) => ({ ...atStep(step), mode: 'Quick', leave: 0 }));

fullDisks([...cold, ...quick]);
