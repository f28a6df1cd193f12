import { CcError } from '../../errors.ts';
import type { RecordFiles } from '../../fs/record-files.ts';

/** What leads a state directory from one format to the next. */
export interface FormatStep {
  /** From the format before this one. */
  to: number;
  /** What changes, for people: `alerts name their object`. */
  what: string;
  /**
   * Changes files durably. Idempotent: after a crash it is begun anew, on what it had changed by then. It changes only what
   * is kept before (see `kept-before.ts`), and reads nothing but the state directory.
   */
  apply(files: RecordFiles): Promise<void>;
}

/**
 * The steps that lead from a format to another one, in order; none from a format to itself. Pure.
 * @throws CcError `Internal` where one is missing.
 */
export function stepsBetween(steps: readonly FormatStep[], from: number, to: number): FormatStep[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => {
    const step = steps.find((one) => one.to === from + index + 1);
    if (step !== undefined) return step;
    throw new CcError('Internal', `no step leads to format ${from + index + 1} of the state directory`);
  });
}
