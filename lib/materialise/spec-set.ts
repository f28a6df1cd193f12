import { type BigIntStats, constants } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../digest.ts';
import { CcError, systemCode } from '../errors.ts';
import { TEMP_PREFIX } from '../fs/temp-name.ts';
import { statusFileOf } from '../store/state-paths.ts';

/** One file of a set of spec files: a spec, or what a profile directory holds. */
export interface SetFile {
  /** Below the root of the set. */
  path: string;
  /** Where its bytes are. */
  from: string;
  isExecutable: boolean;
  /** sha256 of its bytes. */
  digest: string;
}

const ANY_EXECUTE = BigInt(constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH);

/**
 * The files below a directory, by path; what links name stands in their place. Left out is what a controller writes among
 * specs, and what a killed writer left. @throws CcError `NotFound` where it is no directory; `InvalidInput` for what is
 * neither a file nor a directory; other system errors as they are.
 */
export async function readSpecSet(root: string): Promise<SetFile[]> {
  const files: SetFile[] = [];
  await walk(root, '', [], files);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(root: string, below: string, above: readonly string[], files: SetFile[]): Promise<void> {
  const directory = join(root, below);
  const identity = identityOf(await stat(directory, { bigint: true }).catch(notThere(directory)));
  if (above.includes(identity)) throw unusable(directory, 'leads back to a directory above it');
  for (const name of await readdir(directory).catch(notThere(directory))) {
    const path = join(below, name);
    if (!isOurs(path)) await visit(root, path, [...above, identity], files);
  }
}

async function visit(root: string, path: string, above: readonly string[], files: SetFile[]): Promise<void> {
  const from = join(root, path);
  const stats = await stat(from, { bigint: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') throw unusable(from, 'is a link to what is not there');
    throw error;
  });
  if (stats.isDirectory()) return walk(root, path, above, files);
  if (!stats.isFile()) throw unusable(from, 'is neither a file nor a directory');
  const digest = sha256(await readFile(from));
  files.push({ path, from, isExecutable: (stats.mode & ANY_EXECUTE) !== 0n, digest });
}

/** Status files lie beside specs, so never in a profile directory: what has such a name there is its owner's. Pure. */
function isOurs(path: string): boolean {
  const names = path.split('/');
  const isInProfile = names.slice(0, -1).some((name) => name.endsWith('.ci'));
  const name = names.at(-1) ?? '';
  return !isInProfile && (name.endsWith(statusFileOf('')) || name.startsWith(TEMP_PREFIX));
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function unusable(path: string, why: string): CcError {
  const remedy = 'A set holds files and directories alone. Nothing was changed.';
  return new CcError('InvalidInput', `${path} ${why}`, { remedy });
}

/** For `catch`: the error for a directory that is none. */
function notThere(path: string): (error: unknown) => never {
  return (cause) => {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) throw cause;
    throw new CcError('NotFound', `${path} is no directory`, { cause, remedy: 'Name a directory of spec files.' });
  };
}

/** The same for two sets of the same paths, bytes and rights to execute. Pure. */
export function setDigest(files: readonly SetFile[]): string {
  const lines = files.map(({ path, digest, isExecutable }) => `${digest} ${isExecutable ? 'x' : '-'} ${path}\0`);
  return sha256(lines.join(''));
}
