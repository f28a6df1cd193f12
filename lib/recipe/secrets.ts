import { readFile } from 'node:fs/promises';
import { CcError } from '../errors.ts';
import type { Compose, ComposeSecret } from './compose-types.ts';
import type { EnvFile, EnvModifiers } from './env-file.ts';

/** What is needed to make one secret of an app. */
export interface SecretSpec {
  /** Key in the compose file. */
  name: string;
  /** Full name on the engine. */
  versionedName: string;
  /** Characters. */
  length: number;
  charset: Charset;
  /** False: a person must bring the value (`generate=false`), or the recipe's `file` holds it. */
  generate: boolean;
  file?: string;
}

export type Charset = 'Alnum' | 'Alpha' | 'Lower' | 'Digits' | 'Hex' | 'Special';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const LETTERS = LOWER + LOWER.toUpperCase();
const CHARACTERS: Readonly<Record<Charset, string>> = {
  Alnum: LETTERS + DIGITS,
  Alpha: LETTERS,
  Lower: LOWER,
  Digits: DIGITS,
  Hex: `${DIGITS}abcdef`,
  Special: `${LETTERS}${DIGITS}!@%^*_+-=`,
};
/** Names as recipes write them behind `charset=`. */
const NAMES: Readonly<Record<string, Charset>> = {
  alnum: 'Alnum',
  alphanumeric: 'Alnum',
  default: 'Alnum',
  alpha: 'Alpha',
  letters: 'Alpha',
  lower: 'Lower',
  digits: 'Digits',
  numeric: 'Digits',
  hex: 'Hex',
  special: 'Special',
  safespecial: 'Special',
};
const DEFAULT_LENGTH = 32;
const MAX_LENGTH = 4096;

/**
 * The secrets of the merged compose files. Length and charset come from the comment behind the version key in
 * `.env.sample`, found by the variable in the secret's name, else by the usual key `SECRET_<NAME>_VERSION`.
 * @throws CcError `InvalidInput` for an unknown charset or a length that is out of range.
 */
export function secretSpecs(compose: Compose, sample: EnvFile): SecretSpec[] {
  return compose.secrets.map((secret) => {
    const keys = [...secret.variables, `SECRET_${secret.name.toUpperCase().replaceAll(/\W/g, '_')}_VERSION`];
    const found = keys.map((key) => ({ key, modifiers: sample.modifiers(key) }));
    const { key, modifiers } = found.find((item) => Object.keys(item.modifiers).length > 0) ?? {
      key: '',
      modifiers: {},
    };
    return specOf(secret, key, modifiers);
  });
}

/** A random value in the spec's charset, every character equally likely. `randomBytes` gives that many bytes. */
export function generateSecret(
  spec: Pick<SecretSpec, 'length' | 'charset'>,
  randomBytes: (count: number) => Uint8Array,
): string {
  const characters = CHARACTERS[spec.charset];
  const limit = 256 - (256 % characters.length);
  let value = '';
  while (value.length < spec.length) {
    const usable = [...randomBytes(spec.length)].filter((byte) => byte < limit);
    value += usable.map((byte) => characters[byte % characters.length]).join('');
  }
  return value.slice(0, spec.length);
}

function specOf(secret: ComposeSecret, key: string, modifiers: EnvModifiers): SecretSpec {
  const wanted = (modifiers.charset ?? 'default').toLowerCase();
  const charset = Object.hasOwn(NAMES, wanted) ? NAMES[wanted] : undefined;
  const length = modifiers.length ?? DEFAULT_LENGTH;
  if (charset === undefined)
    throw new CcError('InvalidInput', `.env.sample: ${key} asks for the unknown charset "${modifiers.charset}"`, {
      remedy: `Known are ${Object.keys(NAMES).join(', ')}.`,
    });
  if (length < 1 || length > MAX_LENGTH)
    throw new CcError('InvalidInput', `.env.sample: ${key} asks for a secret of ${length} characters`, {
      remedy: `Use 1 to ${MAX_LENGTH}.`,
    });
  const { name, versionedName, file } = secret;
  const generate = file === undefined && modifiers.generate !== false;
  return { name, versionedName, length, charset, generate, ...(file === undefined ? {} : { file }) };
}

/** The value of a secret of an app, in its file. @throws CcError `DataMissing` where it cannot be read. */
export async function readSecretValue(name: string, file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    const remedy = 'Restore the secrets of the app, or install it anew.';
    throw new CcError('DataMissing', `the value of the secret ${name} is not readable at ${file}`, { cause, remedy });
  });
}
