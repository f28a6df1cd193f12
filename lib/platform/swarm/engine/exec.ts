import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import type { Clock } from '../../../clock.ts';
import { CcError, orElse } from '../../../errors.ts';
import { TOKEN_VARIABLE } from '../../../exec/command.ts';
import { KeptOutput } from '../../../exec/kept-output.ts';
import type { Log } from '../../../log.ts';
import type { ExecOptions, ExecResult } from '../../platform.ts';
import { createExec, endExec, KILLED, readExit } from './exec-end.ts';
import { readFrames } from './frames.ts';
import { enginePath } from './path.ts';
import type { EngineStream, EngineTransport } from './transport.ts';

export interface ExecSurroundings {
  transport: EngineTransport;
  clock: Clock;
  log: Log;
}

/** A process in a container, as the engine knows it. */
export interface ExecIdentity {
  containerId: string;
  execId: string;
  /** Value of the variable by which the process and its children can be told from others. */
  token: string;
}

/** The engine does not say when a process ends whose output has ended before: it is asked, at first so often. */
const POLL_MS = { first: 20, most: 1_000 };

/**
 * Runs argv in a container and waits for its end. A program that is missing or cannot be run is a result: exit code 126
 * or 127, the engine's words on an output. On abort or time-out the process and its children are ended as far as they
 * can be found (see {@link endExec}). Of each stream 1 MiB is kept.
 * @throws CcError `NotFound` or `Conflict` (the container is gone or does not run), `Unreachable`.
 */
export async function execInContainer(
  surroundings: ExecSurroundings,
  { containerId, argv }: { containerId: string; argv: readonly string[] },
  options: ExecOptions,
): Promise<ExecResult> {
  const kept = { stdout: new KeptOutput(), stderr: new KeptOutput() };
  const { transport, clock } = surroundings;
  const { input, timeoutMs } = options;
  const late = new AbortController();
  const timer = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => late.abort(late));
  const stop = AbortSignal.any([late.signal, ...(options.signal ? [options.signal] : [])]);
  const token = `exec/${randomUUID()}/`;
  const streams = { AttachStdin: input !== undefined, AttachStdout: true, AttachStderr: true };
  const body = { ...streams, Cmd: argv, Env: [`${TOKEN_VARIABLE}=${token}`] };
  let exec: ExecIdentity | undefined;
  let exitCode = KILLED;
  try {
    exec = { containerId, execId: await createExec(transport, { containerId, body }, stop), token };
    await follow(transport, exec, { kept, input, stop });
    exitCode = await awaitExit(surroundings, exec.execId, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    timer?.cancel();
  }
  const cut = stop.reason === late ? 'TimedOut' : 'Aborted';
  const outcome = stop.aborted ? cut : 'Exited';
  if (exec !== undefined && outcome !== 'Exited') await endExec(surroundings, exec);
  return { exitCode, stdout: kept.stdout.text(), stderr: kept.stderr.text(), outcome };
}

interface Attachment {
  kept: Record<'stdout' | 'stderr', KeptOutput>;
  input: string | undefined;
  stop: AbortSignal;
}

/** Starts it and reads its output to the end. */
async function follow(transport: EngineTransport, { execId }: ExecIdentity, attachment: Attachment): Promise<void> {
  const { kept, input, stop } = attachment;
  const stream = await start(transport, execId, attachment);
  if (stream === undefined) return;
  const watch = EventEmitter.addAbortListener(stop, () => void stream.destroy());
  try {
    if (input !== undefined) giveInput(stream, input);
    for await (const { stream: name, bytes } of readFrames(stream)) kept[name].push(bytes);
  } catch (error) {
    // A process that ends without reading its input breaks the stream: how it ended is asked for in any case.
    if (error instanceof CcError) throw error;
  } finally {
    watch[Symbol.dispose]();
    stream.destroy();
  }
}

/** @returns undefined where an engine refused to start a program: the exit code says so. */
async function start(
  transport: EngineTransport,
  execId: string,
  { kept, stop }: Attachment,
): Promise<EngineStream | undefined> {
  const path = enginePath`/exec/${execId}/start`;
  const opened = transport.limited(`POST ${path}`, { signal: stop }, async (late) =>
    transport.open({ method: 'POST', path, body: { Detach: false, Tty: false }, hijack: true }, late),
  );
  return await orElse(opened, 'InvalidInput', ({ message }) => {
    kept.stderr.push(Buffer.from(`${message}\n`));
    return undefined;
  });
}

function giveInput(stream: EngineStream, input: string): void {
  if (stream instanceof Duplex) stream.end(input);
  else throw new CcError('Unreachable', 'the Docker engine takes no input for a process in a container');
}

/** @throws CcError `NotFound` when the container was removed meanwhile. */
async function awaitExit({ transport, clock }: ExecSurroundings, execId: string, stop: AbortSignal): Promise<number> {
  for (let waitMs = POLL_MS.first; ; waitMs = Math.min(2 * waitMs, POLL_MS.most)) {
    const exitCode = await readExit(transport, execId, stop);
    if (exitCode !== undefined) return exitCode;
    await clock.sleep(waitMs, stop);
  }
}
