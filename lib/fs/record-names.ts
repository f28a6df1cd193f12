import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { orNothingNow } from '../errors.ts';

/** Directory of the copies, below the root. */
const COPIES = 'copies';

/** The second place of a record, or of a directory of records, below the root of both. Pure. */
export function copyOf(root: string, path: string): string {
  return join(root, COPIES, relative(root, path));
}

/** Names of records in a directory below `root`, at its place or among the copies; sorted, without hidden ones. */
export function recordNames(root: string, directory: string): string[] {
  const names = [...namesIn(directory), ...namesIn(copyOf(root, directory))];
  return [...new Set(names.filter((name) => !name.startsWith('.')))].sort();
}

function namesIn(directory: string): string[] {
  return orNothingNow(() => readdirSync(directory), 'ENOENT', 'ENOTDIR') ?? [];
}
