import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { execa } from 'execa';
import { systemCode } from '../errors.ts';
import type { Spawn } from './child.ts';

/** So many descriptors may a start need at once: a pair for each of three pipes, and one by which a failed start is told. */
const NEEDED_DESCRIPTORS = 8;

/**
 * Starts a command by execa; its output comes to us. What the system refuses later is an `error` of the child.
 * @throws TypeError for arguments that no command can have; system errors (EMFILE, ENFILE) where there are too few
 * descriptors for a child: execa would read streams that such a child does not have, before it listens to its error.
 */
export const spawnByExeca: Spawn = (program, args, { cwd, env, stdio: [stdin, output] }) => {
  if (output !== 'pipe') throw new TypeError('what a command prints comes to us');
  if ([program, ...args].some((word) => word.includes('\0'))) throw new TypeError('no argument can hold a NUL');
  assertDescriptors();
  try {
    return start(program, args, { cwd, env, stdin });
  } catch (error) {
    throw isWithoutStreams(error) ? noDescriptors(program, error) : error;
  }
};

/**
 * All faults that execa throws itself are of its arguments, which are in order, but for one: node gives a child no streams
 * where it got EMFILE or ENFILE. There may be descriptors again by now.
 */
function isWithoutStreams(error: unknown): boolean {
  return error instanceof TypeError && systemCode(error) === undefined;
}

function noDescriptors(program: string, cause: unknown): Error {
  const error = new Error(`spawn ${program} EMFILE: no descriptors for its streams`, { cause });
  return Object.assign(error, { code: 'EMFILE', syscall: `spawn ${program}` });
}

interface Start {
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: 'ignore' | 'pipe';
}

function start(program: string, args: readonly string[], { cwd, env, stdin }: Start): ChildProcess {
  const subprocess = execa(program, args, {
    cwd,
    env,
    stdin,
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
  });
  const child: ChildProcess = subprocess;
  // What is refused at once is told by the promise alone.
  if (child.pid === undefined) void subprocess.then((end) => child.emit('error', causeOf(end)));
  return child;
}

function causeOf(end: object): Error {
  const error = end instanceof Error ? end : new Error('the command could not be started');
  return error.cause instanceof Error ? error.cause : error;
}

function assertDescriptors(): void {
  const taken: number[] = [];
  try {
    while (taken.length < NEEDED_DESCRIPTORS) taken.push(openSync('/dev/null', 'r'));
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}
