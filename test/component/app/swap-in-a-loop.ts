import { type Looping, runInALoop } from './run-in-a-loop.ts';

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
export async function swapInALoop(path: string, target: string): Promise<Looping> {
  return await runInALoop(PROGRAM, path, target);
}
