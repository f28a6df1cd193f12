import type { ForgeFault } from './forge.ts';
import type { Message } from './outbox.ts';

/**
 * What becomes of a message that could not be delivered. `Later`: the forge, or the way to it, is at fault, and all
 * messages wait. `Again`: this one is tried again, others go on. `End`: it never will be delivered.
 */
export type Failure = { next: 'Later' | 'Again'; afterMs?: number } | { next: 'End' };

/** So often a message is tried that the forge itself fails at while it answers others. */
const MOST_TRIES = 6;
/** What a person has to set right is tried so often, milliseconds. */
const RIGHTS_MS = 300_000;

/**
 * @param tries how often this message has failed by itself, this time included.
 * Pure. What is no fault of the forge's is not for here.
 */
export function failureOf(fault: ForgeFault, message: Message, tries: number): Failure {
  switch (fault.reason) {
    case 'Unreachable':
    case 'TooMany':
      return { next: 'Later', ...(fault.retryAfterMs === undefined ? {} : { afterMs: fault.retryAfterMs }) };
    case 'Unauthorised':
      return { next: 'Later' };
    case 'MissingScope':
      // A reaction is a courtesy.
      return message.kind === 'Reaction' ? { next: 'End' } : { next: 'Again', afterMs: RIGHTS_MS };
    case 'ServerFault':
      // A commit that it does not know is told like a fault of its own: only tries tell them apart.
      return tries < MOST_TRIES && message.kind !== 'Reaction' ? { next: 'Again' } : { next: 'End' };
    case 'NotFound':
    case 'Refused':
      return { next: 'End' };
  }
}
