import { readFile } from 'node:fs/promises';
import { CcError } from '../errors.ts';

/** The value of a secret of an app, in its file. @throws CcError `DataMissing` where it cannot be read. */
export async function readSecretValue(name: string, file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    const remedy = 'Restore the secrets of the app, or install it anew.';
    throw new CcError('DataMissing', `the value of the secret ${name} is not readable at ${file}`, { cause, remedy });
  });
}
