import type { ExecResult } from '../platform/platform.ts';
import type { CheckResult } from './check-result.ts';

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
