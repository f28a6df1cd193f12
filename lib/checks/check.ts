import { once } from 'node:events';
import { connect } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { withinDeadline } from '../deadline.ts';
import { CcError, exhaustionOf, explainError, systemCode } from '../errors.ts';
import type { ExecResult } from '../platform/platform.ts';
import type { ConnectionFault } from './connection-fault.ts';

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
export async function checkTcp({ host, port, timeoutMs, signal, clock }: TcpCheckOptions): Promise<CheckResult> {
  const asked = `connect to ${host}:${port}`;
  const late = (): CcError => new CcError('DeadlineExceeded', `no answer within ${timeoutMs} ms`);
  const socket = connect({ host, port }).on('error', () => {});
  try {
    await withinDeadline({ clock: clock ?? systemClock, signal, deadlineMs: timeoutMs, late }, (signal) =>
      once(socket, 'connect', { signal }),
    );
    return { ok: true, message: `${asked}: accepted` };
  } catch (error) {
    if (signal.aborted) throw new CcError('Aborted', `${asked} was aborted`, { cause: signal.reason });
    const exhaustion = exhaustionOf(error);
    if (exhaustion) throw exhaustion;
    const why = systemCode(error) === 'ECONNREFUSED' ? 'connection refused' : explainError(error);
    return { ok: false, message: `${asked}: ${why}; wanted an accepted connection` };
  } finally {
    socket.destroy();
  }
}

/** Runs argv in a service's surroundings within the caller's deadline and signal. */
export type ExecInService = (service: string, argv: readonly string[]) => Promise<ExecResult>;

export interface ExecCheckOptions {
  service: string;
  command: readonly string[];
  exec: ExecInService;
}

const EVIDENCE_CHARACTERS = 400;

/** Whether a command in a service exits 0. Errors of `exec` itself pass through. */
export async function checkExec(options: ExecCheckOptions): Promise<CheckResult> {
  const result = await options.exec(options.service, options.command);
  const asked = `${options.command.join(' ')} in service ${options.service}`;
  const output = `${result.stdout}${result.stderr}`.trim().slice(-EVIDENCE_CHARACTERS);
  const evidence = output === '' ? {} : { evidence: output };
  if (result.outcome !== 'Exited')
    return { ok: false, message: `${asked}: did not end in time; wanted exit code 0`, ...evidence };
  const got = `exit code ${result.exitCode}`;
  if (result.exitCode === 0) return { ok: true, message: `${asked}: ${got}`, ...evidence };
  return { ok: false, message: `${asked}: ${got}; wanted exit code 0`, ...evidence };
}

/** What one check found. Not being as wanted is a result; only what keeps the check from being made is thrown. */
export interface CheckResult {
  ok: boolean;
  /** What was asked, got and wanted; for people. */
  message: string;
  /** What the app said, bounded, not masked. */
  evidence?: string;
  /** Of the HTTP answer that was not as wanted. */
  status?: number;
  /** What kept it from reaching anything at all; absent: something answered, or the check knows no such thing. */
  fault?: ConnectionFault;
}
