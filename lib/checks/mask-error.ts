import { CcError, explainError, TerminalError } from '../errors.ts';
import type { Mask } from './mask.ts';

/** The error itself where it tells no secret value, else one of its kind whose whole text is masked. Pure. */
export function maskError(error: unknown, mask: Mask): unknown {
  const text = explainError(error);
  const masked = mask.text(text);
  if (masked === text) return error;
  if (error instanceof TerminalError) return new TerminalError(error.reason, masked, { code: error.code });
  return error instanceof CcError ? new CcError(error.code, masked) : new Error(masked);
}
