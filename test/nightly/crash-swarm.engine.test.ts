import { inStage, randomMoments } from '../e2e/moments.ts';
import { stackCrashes } from '../e2e/swarm/crashes.ts';

const SEED = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = Number(process.env.CRASH_STACK_RUNS ?? 5);
/** About as long as an undisturbed run with promotion takes. */
const SPAN_MS = 40_000;

stackCrashes('Swarm', [
  ...(['Install', 'Upgrade', 'Restore', 'Teardown'] as const).map(inStage),
  ...randomMoments({ seed: SEED, count: COUNT, spanMs: SPAN_MS }),
]);
