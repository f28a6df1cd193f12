import { crashes } from '../e2e/crashes.ts';
import { atStep, NAMED_STEPS } from '../e2e/named-steps.ts';

const COUNT = Number(process.env.STEP_KILLS ?? 1);

crashes(NAMED_STEPS.flatMap((step) => Array.from({ length: COUNT }, () => atStep(step))));
