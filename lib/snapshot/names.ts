import { join } from 'node:path';
import { CcError } from '../errors.ts';
import { joinInside } from '../fs/join-inside.ts';

/** Where the parts of a set lie inside its directory. */
export const setPaths = {
  manifest: (set: string): string => join(set, 'manifest.json'),
  volumes: (set: string): string => join(set, 'volumes'),
  volume: (set: string, name: string): string => joinInside(set, 'volumes', name),
  env: (set: string): string => join(set, 'env'),
  secrets: (set: string): string => join(set, 'secrets'),
} as const;

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/**
 * Returns `name` where it can be one file name of ours: letters, digits, `.`, `_`, `-`, not starting with a sign, at
 * most 200 long. So no id can leave its directory.
 * @throws CcError `InvalidInput` otherwise; `what` says what it names.
 */
export function safeName(what: string, name: string): string {
  if (SAFE.test(name)) return name;
  throw new CcError('InvalidInput', `${what} ${JSON.stringify(name)} must match ${SAFE.source}`);
}
