import { join } from 'node:path';
import { CcError } from '../errors.ts';

/** Of one file name, bytes: what Linux file systems hold. */
const MAX_NAME_BYTES = 255;

/**
 * `base` and the names below it, each one component: whatever a name that came from outside looks like, the path stays
 * below `base`. For every join of such names; what a name may be is checked before, where it enters.
 * @throws CcError `InvalidInput` for an empty name, `.`, `..`, a slash, a NUL, or more than 255 bytes.
 */
export function joinInside(base: string, ...names: string[]): string {
  for (const name of names) assertComponent(base, name);
  return join(base, ...names);
}

function assertComponent(base: string, name: string): void {
  const special = name === '' || name === '.' || name === '..';
  if (!special && !/[/\0]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new CcError('InvalidInput', `${JSON.stringify(name.slice(0, 80))} cannot be a file name in ${base}`, {
    remedy: 'Use letters, digits, dots, dashes and underscores.',
  });
}
