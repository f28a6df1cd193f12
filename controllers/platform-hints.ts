import { explainError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Platform } from '../lib/platform/platform.ts';
import type { Enqueue } from '../lib/runtime/reconciler.ts';
import type { Claims } from '../lib/store/store.ts';

export interface HintOptions {
  platform: Pick<Platform, 'watch'>;
  claims: Pick<Claims, 'get'>;
  enqueue: Enqueue;
  log: Log;
}

/**
 * Has the owner of an app looked at soon when the platform says that something of the app changed. Only hints: what is
 * lost is found by the next look. Never rejects.
 * @returns a function that ends the stream and waits for its end; idempotent.
 */
export function followHints({ platform, claims, enqueue, log }: HintOptions): () => Promise<void> {
  const stop = new AbortController();
  const failed = (error: unknown): void => log.warn('no hints from the platform', { error: explainError(error) });
  const onChange = async (domain: string): Promise<void> => {
    const claim = await claims.get(domain);
    if (claim && !stop.signal.aborted) enqueue({ kind: claim.kind, name: claim.name });
  };
  const ended = platform.watch((domain) => void onChange(domain).catch(failed), stop.signal).catch(failed);
  return async () => {
    stop.abort();
    await ended;
  };
}
