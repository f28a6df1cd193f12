import { CcError, systemCode } from '../../lib/errors.ts';

/** The code, ours or the system's, of the error that the work ends with; what it gives, as text, where it ends well. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await work)}`;
  } catch (error) {
    return error instanceof CcError ? error.code : (systemCode(error) ?? String(error));
  }
}
