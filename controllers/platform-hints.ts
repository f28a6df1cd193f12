import { explainError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Platform } from '../lib/platform/platform.ts';
import type { Enqueue } from '../lib/runtime/reconciler.ts';
import type { Claims } from '../lib/store/store.ts';

export interface HintOptions {
  platform: Pick<Platform, 'watch'>;
  claims: Pick<Claims, 'get'>;
  /** The run that has the lease of a canonical's app, if one has. */
  leasedBy(canonical: string): Promise<string | undefined>;
  enqueue: Enqueue;
  log: Log;
}

/**
 * Has the owner of an app, and the run that works on it, looked at soon when the platform says that something of the app changed. Only hints: what is
 * lost is found by the next look. Never rejects.
 * @returns a function that ends the stream and waits for its end; idempotent.
 */
export function followHints({ platform, claims, leasedBy, enqueue, log }: HintOptions): () => Promise<void> {
  const stop = new AbortController();
  const failed = (error: unknown): void => log.warn('no hints from the platform', { error: explainError(error) });
  const onChange = async (domain: string): Promise<void> => {
    const claim = await claims.get(domain);
    const run = claim?.kind === 'Canonical' ? await leasedBy(claim.name) : undefined;
    if (claim === undefined || stop.signal.aborted) return;
    enqueue({ kind: claim.kind, name: claim.name });
    if (run !== undefined) enqueue({ kind: 'Run', name: run });
  };
  const ended = platform.watch((domain) => void onChange(domain).catch(failed), stop.signal).catch(failed);
  return async () => {
    stop.abort();
    await ended;
  };
}
