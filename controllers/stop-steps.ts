import { type Log, orWarn } from '../lib/log.ts';

/** One part of a stop, and what it is for: `mark runs as stopped`. */
export type StopStep = readonly [what: string, act: () => void | Promise<void>];

/**
 * Takes all steps in order. One that fails (a full disk) is logged and keeps none of the others from being taken: a stop
 * that was asked for is a stop, and the next start finds what is missing. Never rejects.
 */
export async function takeStopSteps(steps: readonly StopStep[], log: Log): Promise<void> {
  for (const [what, act] of steps) {
    const taken = (async () => await act())();
    await taken.catch(orWarn(log, 'stopping goes on without a part of it', { what }));
  }
}
