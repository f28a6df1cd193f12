import { CcError } from '../errors.ts';
import { translateNoSpace } from '../fs/no-space.ts';

/**
 * Runs one call of the port: nothing begins after the signal, and what leaves it is a {@link CcError}: `Aborted`,
 * `NoSpace`, or `Unreachable` for what the system refused.
 */
export async function translated<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal?.aborted) throw new CcError('Aborted', `${what} was aborted`);
  try {
    return await work();
  } catch (error) {
    if (error instanceof CcError) throw error;
    if (signal?.aborted) throw new CcError('Aborted', `${what} was aborted`, { cause: error });
    const full = translateNoSpace(error, what);
    throw full instanceof CcError ? full : new CcError('Unreachable', `${what} failed`, { cause: error });
  }
}
