import { connect } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { CcError, exhaustionOf, systemCode } from '../errors.ts';
import type { CheckResult } from './check-result.ts';

export interface TcpCheckOptions {
  host: string;
  port: number;
  /** Deadline of the connection, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
  clock?: Clock;
}

/**
 * Whether something accepts a connection; it is closed at once, nothing is sent.
 * @throws CcError `Aborted` when `signal` trips; `Unreachable` when this machine has no socket to give.
 */
export async function checkTcp(options: TcpCheckOptions): Promise<CheckResult> {
  const asked = `connect to ${options.host}:${options.port}`;
  const outcome = await tryConnect(options);
  if (outcome instanceof CcError) throw outcome;
  if (outcome === 'aborted') throw new CcError('Aborted', `${asked} was aborted`, { cause: options.signal.reason });
  if (outcome === 'connected') return { ok: true, message: `${asked}: accepted` };
  return { ok: false, message: `${asked}: ${outcome}; wanted an accepted connection` };
}

function tryConnect(options: TcpCheckOptions): Promise<string | CcError> {
  return new Promise((resolve) => {
    const socket = connect({ host: options.host, port: options.port });
    const finish = (outcome: string | CcError): void => {
      timer.cancel();
      options.signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const onAbort = (): void => finish('aborted');
    const timer = (options.clock ?? systemClock).after(options.timeoutMs, () =>
      finish(`no answer within ${options.timeoutMs} ms`),
    );
    socket.once('connect', () => finish('connected'));
    socket.on('error', (error) => {
      const refused = systemCode(error) === 'ECONNREFUSED' ? 'connection refused' : error.message;
      finish(exhaustionOf(error) ?? refused);
    });
    options.signal.addEventListener('abort', onAbort, { once: true });
    if (options.signal.aborted) onAbort();
  });
}
