import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process that goes on until it is ended. */
export interface Looping {
  end: () => Promise<void>;
}

/** Runs a program of Node in a process of its own; it says something when it is at it, and then this resolves. */
export async function runInALoop(program: string, ...args: readonly string[]): Promise<Looping> {
  const child = spawn(process.execPath, ['-e', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return {
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
