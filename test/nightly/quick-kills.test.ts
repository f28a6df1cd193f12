import { atStep, QUICK_NAMED_STEPS } from '../e2e/named-steps.ts';
import { quickCrashes } from '../e2e/quick-crashes.ts';

const COUNT = Number(process.env.STEP_KILLS ?? 1);

quickCrashes(QUICK_NAMED_STEPS.flatMap((step) => Array.from({ length: COUNT }, () => atStep(step))));
