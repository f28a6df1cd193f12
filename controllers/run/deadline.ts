import type { StageName } from '../../lib/api/index.ts';
import { TEST_STAGES } from './cold-run.ts';
import type { RunFacts } from './plan.ts';

type Underway = Pick<RunFacts, 'journal' | 'progress'>;

/** The step of an attempt that is to be done next, and whether its time runs already. Pure. */
export function nextStep({ journal, progress }: Underway): { stage: StageName; step: number; begun: boolean } {
  const running = progress?.stages.find(({ result }) => result === 'Running')?.name;
  const cursor = journal.memory?.cursor;
  if (cursor && cursor.stage === running) return { ...cursor, begun: true };
  // One that runs at the cursor of another was opened, and that could not be journaled: it begins once more.
  const open = progress?.stages.find(({ name, result }) => isTest(name) && ['Pending', 'Running'].includes(result));
  return { stage: open?.name ?? 'Prepare', step: 0, begun: false };
}

function isTest(name: StageName): boolean {
  return (TEST_STAGES as readonly StageName[]).includes(name);
}

/**
 * Milliseconds until the deadline of the next step or of the whole run, whichever is nearer. The time of a stage's first
 * step begins with it: what the stage before it took is no part of it. Pure.
 */
export function remainingMs(facts: Pick<RunFacts, 'journal' | 'progress' | 'timeouts' | 'monotonicMs'>): number {
  const { journal, timeouts, monotonicMs } = facts;
  const { memory } = journal;
  if (!memory) return timeouts.totalMs;
  const spentMs = nextStep(facts).begun ? monotonicMs - memory.stepStartedMs : 0;
  return Math.min(timeouts.totalMs - (monotonicMs - memory.attemptStartedMs), timeouts.stepMs - spentMs);
}

/** What a stage whose time is over says; `waitedFor`: what it waited for last, where that is known. Pure. */
export function deadlineMessage(waitedFor: string | undefined): string {
  return overMessage('the deadline of the stage is over', waitedFor);
}

/** What is over, with what was waited for last, a probe for instance. Pure. */
export function overMessage(over: string, waitedFor: string | undefined): string {
  return waitedFor === undefined ? over : `${over}; it waited for ${waitedFor}`;
}
