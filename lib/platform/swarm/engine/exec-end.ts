import { explainError } from '../../../errors.ts';
import { TOKEN_VARIABLE } from '../../../exec/command.ts';
import { endProcesses } from '../../../exec/processes.ts';
import type { ExecIdentity, ExecSurroundings } from './exec.ts';
import { enginePath } from './path.ts';
import type { EngineTransport } from './transport.ts';
import { fieldOf, optionalNumber, textOf } from './values.ts';

/** Between SIGTERM and SIGKILL, milliseconds. */
const GRACE_MS = 2_000;
/** For each call on the way, milliseconds: whoever waits has given up already. */
const CALL_MS = 5_000;
/** Exit code of a process that SIGKILL ended. */
export const KILLED = 137;

/**
 * Ends every process whose environment has the token, by means of the shell alone: `read` gives the environment without
 * its NULs. $1 is the mark; the shell itself is not marked.
 */
const KILL_MARKED = `for one in /proc/[0-9]*; do
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"$1"*) kill -9 "\${one#/proc/}" ;; esac
    line=
  done 2>/dev/null <"$one/environ"
done`;

/**
 * Ends a process in a container, and those of its children that have its environment; the engine has no call for it.
 * Where this machine's /proc shows them: SIGTERM, then SIGKILL. Else (a controller in a container, or without the right
 * to look) by a shell in the container. An image without a shell leaves the process running until its container ends.
 * Best effort: never rejects, what failed is logged.
 */
export async function endExec(surroundings: ExecSurroundings, exec: ExecIdentity): Promise<void> {
  const { transport, clock, log } = surroundings;
  await endProcesses({ prefix: exec.token, graceMs: GRACE_MS, clock }).catch((error: unknown) => {
    log.debug('processes of a container cannot be ended from here', { reason: explainError(error) });
  });
  try {
    const runs = async (): Promise<boolean> => (await settledExit(surroundings, exec)) === undefined;
    if (!(await runs())) return;
    await transport.limited('the end of a process in a container', { deadlineMs: 2 * CALL_MS }, (stop) =>
      killInside(surroundings, exec, stop),
    );
    if (!(await runs())) return;
    log.warn('a process in a container goes on after its end was asked for', { container: exec.containerId });
  } catch (error) {
    const { containerId: container } = exec;
    log.warn('a process in a container could not be ended', { container, reason: explainError(error) });
  }
}

/** The engine notices an end a little later. */
async function settledExit({ transport, clock }: ExecSurroundings, exec: ExecIdentity): Promise<number | undefined> {
  for (let tries = 0; ; tries += 1) {
    const exitCode = await transport.limited('GET /exec', { deadlineMs: CALL_MS }, (stop) =>
      readExit(transport, exec.execId, stop),
    );
    if (exitCode !== undefined || tries === 10) return exitCode;
    await clock.sleep(50);
  }
}

/** Makes a process of that body in a container, to be started; gives its id. @throws CcError */
export async function createExec(
  transport: EngineTransport,
  { containerId, body }: { containerId: string; body: object },
  signal: AbortSignal,
): Promise<string> {
  const call = { method: 'POST', path: enginePath`/containers/${containerId}/exec`, body } as const;
  return await transport.json(call, (answer) => textOf(fieldOf(answer, 'Id')), signal);
}

/** Exit code of a process that has ended; undefined while it runs. @throws CcError */
export async function readExit(
  transport: EngineTransport,
  execId: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const read = (answer: unknown): number | undefined =>
    fieldOf(answer, 'Running') === false ? (optionalNumber(fieldOf(answer, 'ExitCode')) ?? KILLED) : undefined;
  return await transport.json({ method: 'GET', path: enginePath`/exec/${execId}/json` }, read, signal);
}

/**
 * Asks a shell in the container to end them by SIGKILL; resolves once it was started, not once they are gone.
 * @throws CcError
 */
export async function killInside(
  { transport }: Pick<ExecSurroundings, 'transport'>,
  exec: Pick<ExecIdentity, 'containerId' | 'token'>,
  stop: AbortSignal,
): Promise<void> {
  const body = { Cmd: ['sh', '-c', KILL_MARKED, 'sh', `${TOKEN_VARIABLE}=${exec.token}`] };
  const execId = await createExec(transport, { containerId: exec.containerId, body }, stop);
  const start = { method: 'POST', path: enginePath`/exec/${execId}/start`, body: { Detach: true } } as const;
  await transport.send(start, stop);
}
