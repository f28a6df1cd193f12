/** Compiles the shim with the machine's own compiler. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../shim', import.meta.url));

/** Gives the path of the library, in `directory`, which exists. @throws Error with what the compiler says. */
export function compileShim(directory: string): string {
  const library = join(directory, 'shim.so');
  const sources = globSync('*.c', { cwd: SOURCES }).sort();
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-o', library, ...sources, '-ldl', '-lpthread'], {
    cwd: SOURCES,
  });
  return library;
}
