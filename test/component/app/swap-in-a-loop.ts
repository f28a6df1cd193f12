import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Bounded, so that a test that fails leaves nothing that runs for ever. */
const SWAPS = 200_000;

const PROGRAM = `
const fs = require('node:fs');
const [, path, target] = process.argv;
process.stdout.write('swapping');
for (let left = ${SWAPS}; left > 0; left -= 1) {
  try {
    fs.renameSync(path, path + '.away');
    fs.symlinkSync(target, path);
    fs.unlinkSync(path);
    fs.renameSync(path + '.away', path);
  } catch {
    try { fs.renameSync(path + '.away', path); } catch {}
  }
}
`;

/** A process that swaps a directory for a link to another one and back, all the time; it runs when this resolves. */
export async function swapInALoop(path: string, target: string): Promise<{ end: () => Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, ['-e', PROGRAM, path, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  if (child.stdout) await once(child.stdout, 'data');
  return {
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
