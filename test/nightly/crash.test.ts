import { crashes } from '../e2e/crashes.ts';
import { inStage, randomMoments } from '../e2e/moments.ts';

const SEED = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = Number(process.env.CRASH_RUNS ?? 12);
/** A little longer than two undisturbed runs beside each other, so that some crashes fall into their end. */
const SPAN_MS = 5_000;

crashes([
  ...(['Install', 'Upgrade', 'Backup', 'Restore', 'Custom', 'Teardown'] as const).map(inStage),
  ...randomMoments({ seed: SEED, count: COUNT, spanMs: SPAN_MS }),
]);
