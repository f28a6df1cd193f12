import { execFileSync } from 'node:child_process';
import { childEnv } from '../snapshot/scratch.ts';

/** Goes down by relative names, which no limit of a path's length touches. */
const PROGRAM = `
const fs = require('node:fs');
const [, root, levels, bytes, content] = process.argv;
process.chdir(root);
for (let level = 0; level < Number(levels); level += 1) {
  const name = String(level).padStart(Number(bytes), 'd');
  fs.writeFileSync('file', content);
  fs.symlinkSync('/', 'link');
  fs.mkdirSync(name);
  process.chdir(name);
}
fs.writeFileSync('bottom', content);
`;

/** Fills `root` with a chain of directories, `levels` deep with names of so many bytes; a file and a link in each. */
export function makeDeepTree(root: string, tree: { levels: number; bytes: number; content?: string }): void {
  const { levels, bytes, content = 'deep' } = tree;
  execFileSync(process.execPath, ['-e', PROGRAM, root, String(levels), String(bytes), content], { env: childEnv });
}
