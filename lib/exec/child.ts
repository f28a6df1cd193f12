import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { CcError, exhaustionOf, explainError, orNothingNow, systemCode } from '../errors.ts';
import type { CommandOptions } from './command.ts';

export interface ChildOptions extends Pick<CommandOptions, 'cwd' | 'env' | 'input'> {
  /** The first is looked up on `env.PATH` unless it holds a slash. */
  argv: readonly string[];
  /** Where both streams go: to us, nowhere, or into an open file. */
  output: 'pipe' | 'ignore' | number;
  /** Gives the child a pipe besides, as descriptor {@link HANDLE}, by which it tells one thing; absent: none. */
  handle?: 'pipe';
}

/** The descriptor by which a child with a handle tells. */
export const HANDLE = 3;

/** How a child ended; `NotStarted`: the system refused to start it. */
export type ChildEnd =
  | { how: 'Exited'; exitCode: number }
  | { how: 'Signalled'; signal: NodeJS.Signals }
  | { how: 'NotStarted'; error: Error };

/** Forks before it returns, as `spawn` of node:child_process does. */
export type Spawn = (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

export interface SpawnOptions {
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdio: readonly ['ignore' | 'pipe', ChildOptions['output'], ChildOptions['output'], ...'pipe'[]];
}

export type OutputName = 'stdout' | 'stderr';
export type OnOutput = (chunk: Buffer, stream: OutputName) => void;

/** A child in a session and process group of its own, whose every error has a listener. */
export interface Child {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it has ended or could not be started; never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Resolves when its streams are closed, too; a stray process may hold them open for ever. */
  readonly closed: Promise<void>;
  /** Resolves at the first that it tells by its handle, or once that is closed or was never there; never rejects. */
  readonly told: Promise<'Told' | 'Closed'>;
  /** Lets go of it: neither its streams nor its life keep this process. Idempotent. */
  detach(): void;
}

/**
 * Starts a child; the fork happens before this returns. Never throws, and no error of the child or of its streams
 * reaches the process: a refused start is how it {@link Child.ended}, a broken stream is an end of output.
 */
export function startChild(options: ChildOptions, onOutput: OnOutput = () => {}, start: Spawn = spawnDetached): Child {
  const [program = '', ...args] = options.argv;
  const { cwd, env, input, output, handle } = options;
  let child: ChildProcess;
  try {
    const stdin = input === undefined ? 'ignore' : 'pipe';
    child = start(program, args, { cwd, env, stdio: [stdin, output, output, ...(handle ? [handle] : [])] });
  } catch (error) {
    return neverStarted(error instanceof Error ? error : new Error(String(error)));
  }
  const ended = endOf(child);
  const closed = Promise.race([
    new Promise<void>((resolve) => child.once('close', () => resolve())),
    ended.then(async ({ how }) => (how === 'NotStarted' ? undefined : await new Promise<void>(() => {}))),
  ]);
  for (const name of OUTPUTS) listen(child[name], (chunk) => onOutput(chunk, name));
  // A child that does not read its input to the end breaks the pipe: its own affair.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const handled = child.stdio?.[HANDLE];
  const detach = (): void => {
    child.unref();
    handled?.destroy();
    for (const name of OUTPUTS) child[name]?.destroy();
  };
  return { pid: child.pid, ended, closed, told: firstTold(handled), detach };
}

const spawnDetached: Spawn = (program, args, options) =>
  spawn(program, args, { ...options, stdio: [...options.stdio], detached: true });

const OUTPUTS: readonly OutputName[] = ['stdout', 'stderr'];

/** The exit code as a shell gives it: 128 + signal number, 127 where nothing was started. */
export function shellCode(end: ChildEnd): number {
  if (end.how === 'Exited') return end.exitCode;
  return end.how === 'Signalled' ? 128 + constants.signals[end.signal] : 127;
}

/**
 * Why a child could not be started: `Unreachable` where the machine ran out of something, `DataMissing` without its
 * directory, `InvalidInput` for arguments that the system does not take, else `NotFound` (absent or not executable).
 * @param isThere whether the directory it was to run in exists.
 */
export function startFault(program: string, error: Error, options: { cwd: string; isThere: boolean }): CcError {
  const { cwd, isThere } = options;
  const said = `cannot run ${program}: ${explainError(error)}`;
  const exhaustion = exhaustionOf(error);
  if (exhaustion !== undefined) return exhaustion;
  if (!isThere) return new CcError('DataMissing', `cannot run ${program} in ${cwd}: there is no such directory`);
  const code = systemCode(error);
  if (code === 'E2BIG' || code?.startsWith('ERR_') || error instanceof TypeError)
    return new CcError('InvalidInput', said, { cause: error });
  const remedy = `Install ${program} on this host, or correct the PATH of the controller.`;
  return new CcError('NotFound', said, { cause: error, ...(program.includes('/') ? {} : { remedy }) });
}

/** Signals a whole process group; one that is gone, or ours no longer, is success. */
export function killGroup(leader: number, signal: NodeJS.Signals): void {
  orNothingNow(() => process.kill(-leader, signal), 'ESRCH', 'EPERM');
}

function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { how: 'Exited', exitCode: code ?? 1 } : { how: 'Signalled', signal }),
    );
    // Stays: what fails later (a signal that may not be sent) says nothing about the end.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ how: 'NotStarted', error });
    });
  });
}

function firstTold(stream: ChildProcess['stdio'][number] | undefined): Promise<'Told' | 'Closed'> {
  return new Promise((resolve) => {
    if (!stream) return resolve('Closed');
    stream.once('data', () => resolve('Told'));
    stream.once('close', () => resolve('Closed'));
    stream.on('error', () => resolve('Closed'));
  });
}

function listen(stream: Readable | null | undefined, onChunk: (chunk: Buffer) => void): void {
  stream?.on('data', onChunk);
  stream?.on('error', () => {});
}

function neverStarted(error: Error): Child {
  const ended = Promise.resolve<ChildEnd>({ how: 'NotStarted', error });
  const told = Promise.resolve('Closed' as const);
  return { pid: undefined, ended, closed: ended.then(() => {}), told, detach: () => {} };
}
