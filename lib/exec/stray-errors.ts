import type { EventEmitter } from 'node:events';
import { explainError, hasCode } from '../errors.ts';
import type { Log } from '../log.ts';

/** What {@link watchStrayErrors} needs of a process. */
export interface StraySource extends Pick<EventEmitter, 'on'> {
  stdout: Pick<EventEmitter, 'on'>;
  stderr: Pick<EventEmitter, 'on'>;
}

export interface StrayErrors {
  /** Resolves at the first error that is a fault of this program: the state in memory is in doubt, so it has to stop. */
  readonly fault: Promise<'Fault'>;
}

/** Codes of Node's own for what goes wrong with a stream, a socket or an exchange (its `errors` page). */
const STREAM_CODES =
  /^(ERR_STREAM_|ERR_SOCKET_|ERR_HTTP|ERR_TLS_|ERR_SSL_|ERR_IPC_|ERR_UNHANDLED_ERROR|HPE_|ABORT_ERR)/;

/**
 * The net below all listeners. An error of a child, a watcher, a socket or a stream that nobody listens to is logged,
 * and life goes on: it concerns that one thing. Everything else is a fault. A log whose reader is gone is silent.
 */
export function watchStrayErrors(source: StraySource, log: Pick<Log, 'warn' | 'error'>): StrayErrors {
  for (const stream of [source.stdout, source.stderr]) stream.on('error', () => {});
  const fault = new Promise<'Fault'>((resolve) => {
    const onError = (error: unknown): void => {
      if (isOfOneThing(error)) {
        log.warn('an error that nobody listened to', { error: explainError(error) });
        return;
      }
      log.error('a fault of this program', {
        error: explainError(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
      resolve('Fault');
    };
    source.on('uncaughtException', onError);
    source.on('unhandledRejection', onError);
  });
  return { fault };
}

/** Whether an error concerns one child, watcher, socket or stream, or a wish of ours to end something. */
function isOfOneThing(error: unknown): boolean {
  if (hasCode(error, 'Aborted')) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === 'AbortError' || 'syscall' in error) return true;
  return 'code' in error && STREAM_CODES.test(String(error.code));
}
