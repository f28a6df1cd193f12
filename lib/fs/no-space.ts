import { CcError, systemCode } from '../errors.ts';

/** `NoSpace` for what the system says when a disk or quota is full; any other error as it is. Pure. */
export function translateNoSpace(error: unknown, doing: string): unknown {
  const code = systemCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new CcError('NoSpace', `no space left: ${doing}`, {
    cause: error,
    remedy: 'Free disk space; existing data was not changed.',
  });
}
