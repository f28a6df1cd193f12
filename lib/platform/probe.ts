import { CcError, explainError } from '../errors.ts';

/** What a check of the host found. `Unknown`: it could not be told, or matters only in some cases. */
export interface Finding {
  verdict: 'Ok' | 'Failed' | 'Unknown';
  /** One sentence. */
  message: string;
  /** What the person can do about it; absent where there is nothing to do. */
  remedy?: string;
}

/** One check of the host, a platform or a tool's contract. Looks, and leaves nothing behind. */
export interface Probe {
  area: 'Host' | 'Recipes' | 'Directories' | 'Platform' | 'Abra';
  /** Short, a noun: `network proxy`. */
  name: string;
  /** May throw: that is a failed check. */
  look(signal: AbortSignal): Promise<Finding>;
}

export function ok(message: string): Finding {
  return { verdict: 'Ok', message };
}

export function wrong(message: string, remedy: string): Finding {
  return { verdict: 'Failed', message, remedy };
}

export function unclear(message: string, remedy?: string): Finding {
  return { verdict: 'Unknown', message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Runs one check; what it throws is its failure. @throws CcError `Aborted` alone. */
export async function findingOf(probe: Probe, signal: AbortSignal): Promise<Finding> {
  try {
    return await probe.look(signal);
  } catch (error) {
    if (signal.aborted) throw new CcError('Aborted', `the check of ${probe.name} was aborted`, { cause: error });
    if (!(error instanceof CcError)) return { verdict: 'Failed', message: explainError(error) };
    const { message, remedy } = error;
    return remedy === undefined ? { verdict: 'Failed', message } : wrong(message, remedy);
  }
}
