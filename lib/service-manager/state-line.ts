import { counted } from '../sentences.ts';

/** What the line of the controller's state is made of. */
export interface StateFacts {
  objects: number;
  activeRuns: number;
  maxRuns: number;
  /** The last listing of the specs was complete. */
  isComplete: boolean;
  /** Why the loop does not go on, as `loopFaults` says it. */
  faults: readonly string[];
}

/** What `systemctl status` shows: one line, which changes only when something does. Pure. */
export function stateLine({ objects, activeRuns, maxRuns, isComplete, faults }: StateFacts): string {
  if (faults.length > 0) return `Stuck: ${faults.join('; ')}`;
  const parts = [counted(objects, 'object'), `${activeRuns} of ${counted(maxRuns, 'run')} active`];
  if (!isComplete) parts.push('the spec directory cannot be listed in full, see ccctl doctor');
  return parts.join(', ');
}
