import { access, constants, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { CcError, isPathFault, systemCode } from '../errors.ts';

/**
 * The program of a hook: a bare name stays as it is (looked up on PATH), a name with a slash becomes an absolute path
 * that lies below `root`, symlinks followed. @throws CcError `Refused` when it leaves `root`; `NotFound` when there is
 * no such file or it is not executable; system errors that say nothing about the file as they are.
 */
export async function commandPath(program: string, root: string): Promise<string> {
  if (!program.includes('/')) return program;
  const path = resolve(root, program);
  if (!isBelow(path, resolve(root))) throw leaves(program, root);
  try {
    if (!isBelow(await realpath(path), await realpath(root))) throw leaves(program, root);
    await access(path, constants.X_OK);
  } catch (error) {
    if (error instanceof CcError || !isPathFault(error)) throw error;
    throw explain(program, root, error);
  }
  return path;
}

function isBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function leaves(program: string, root: string): CcError {
  const remedy = 'Put the file below that directory, or name a program on PATH without a slash.';
  return new CcError('Refused', `command ${program} lies outside ${root}`, { remedy });
}

function explain(program: string, root: string, error: unknown): CcError {
  if (systemCode(error) === 'EACCES')
    return new CcError('NotFound', `command ${program} below ${root} is not executable`, {
      cause: error,
      remedy: `Run: chmod +x ${program}`,
    });
  return new CcError('NotFound', `no command ${program} below ${root}`, { cause: error });
}
