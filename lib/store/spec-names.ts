import { extname } from 'node:path';

/** A directory that holds a file of this name is not read. */
export const IGNORE_FILE = '.cc-ci-ignore';

const SPEC_EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/** What vi, Emacs, patch and friends leave beside the file they write. */
const DROPPINGS = [/~$/, /^#.*#$/, /\.sw[a-z]$/, /^4913$/, /\.tmp$/, /\.orig$/, /\.rej$/, /\.bak$/];

/** True where a file of this name is a spec file: right extension, no dotfile, no status file, no editor dropping. */
export function isSpecFileName(name: string): boolean {
  if (name.startsWith('.') || name.endsWith('.status.yaml')) return false;
  if (DROPPINGS.some((pattern) => pattern.test(name))) return false;
  return SPEC_EXTENSIONS.has(extname(name));
}

/** True where a directory of this name may hold spec files: no dotfile, no profile directory (`<spec>.ci`). */
export function isSpecDirectoryName(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith('.ci');
}
