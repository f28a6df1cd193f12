import { copiesToLog } from './copies-to-log.ts';
import type { FormatStep } from './format-step.ts';

/** One for each format after the first, in order; the last leads to `STATE_FORMAT`. */
export const FORMAT_STEPS: readonly FormatStep[] = [copiesToLog];
