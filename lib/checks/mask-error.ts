import { CcError, explainError, systemCode, TerminalError } from '../errors.ts';
import type { Mask } from './mask.ts';

/** The error itself where it tells no secret value, else one of its kind whose whole text is masked. Pure. */
function maskError(error: unknown, mask: Mask): unknown {
  const text = explainError(error);
  const masked = mask.text(text);
  return masked === text ? error : withText(error, masked);
}

/**
 * {@link maskError} by a mask that is still to be made. Where its secrets cannot be read now, no text is shown that might
 * hold one: the error keeps its kind and says why. What the system itself said holds none. Never rejects.
 */
export async function maskErrorBy(error: unknown, mask: Promise<Mask>): Promise<unknown> {
  try {
    return maskError(error, await mask);
  } catch (cause) {
    if (systemCode(error) !== undefined) return error;
    return withText(
      error,
      `an error whose text is withheld: the secrets to mask cannot be read (${explainError(cause)})`,
    );
  }
}

function withText(error: unknown, text: string): Error {
  if (error instanceof TerminalError) return new TerminalError(error.reason, text, { code: error.code });
  return error instanceof CcError ? new CcError(error.code, text) : new Error(text);
}
