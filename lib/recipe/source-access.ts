import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceCredential } from '../api/index.ts';
import { CcError, explainError, isPathFault } from '../errors.ts';
import type { RecipeSource, UrlCredentials } from './source.ts';

/** What git gets for one source, and what must not be shown of it. */
export interface SourceAccess {
  /** Configuration of the git command; no value in it. */
  settings: readonly string[];
  /** Further variables of the child: a user and the name of a file. */
  env: Readonly<Record<string, string>>;
  /** The password in all its parts, for masking. */
  secrets: readonly string[];
  /** Lets go of what the child read from. */
  close(): Promise<void>;
}

/** Answers git's question for this host alone; the password goes from the file into git's pipe, never through argv. */
const HELPER =
  '!f() { test "$1" = get || exit 0; printf "username=%s\\npassword=%s\\n" "$CCCI_SOURCE_USER" "$(tr -d \'\\r\' < "$CCCI_SOURCE_PASSWORD_FILE")"; }; f';

const NONE: SourceAccess = { settings: ['credential.helper='], env: {}, secrets: [], close: async () => {} };

/**
 * Access to an HTTP source: what its URL held, else the setting for exactly its scheme, host and port. Others get none.
 * The file is read anew each time, so that a changed password counts at once.
 * @throws CcError `Misconfigured` where the file of the password cannot be read, or does not hold one line.
 */
export async function openAccess(
  { location, credentials: own }: Pick<RecipeSource, 'location' | 'credentials'>,
  configured: readonly SourceCredential[],
): Promise<SourceAccess> {
  const origin = originOf(location);
  if (origin === undefined) return NONE;
  if (own !== undefined && own.password !== '') return accessByMemory(origin, own);
  const entry = configured.find(({ host, user }) => originOfHost(host) === origin && (!own || own.user === user));
  if (entry === undefined) return own === undefined ? NONE : accessByMemory(origin, own);
  const password = await readPassword(entry);
  return accessOf({ origin, user: entry.user, file: entry.passwordFile, password, close: async () => {} });
}

interface Password {
  origin: string;
  user: string;
  file: string;
  password: string;
  close: () => Promise<void>;
}

function accessOf({ origin, user, file, password, close }: Password): SourceAccess {
  const settings = ['credential.helper=', `credential.${origin}.helper=${HELPER}`];
  const env = { CCCI_SOURCE_USER: user, CCCI_SOURCE_PASSWORD_FILE: file };
  return { settings, env, secrets: secretsOf(password), close };
}

/** The password of a URL lies in a file without a name, which the child reads through this process. */
async function accessByMemory(origin: string, { user, password }: UrlCredentials): Promise<SourceAccess> {
  const handle = await namelessFile();
  try {
    await handle.write(password);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const file = `/proc/${process.pid}/fd/${handle.fd}`;
  return accessOf({ origin, user, file, password, close: () => handle.close() });
}

async function namelessFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `cc-ci-${randomBytes(12).toString('hex')}`);
  const handle = await open(path, 'wx+', 0o600);
  await unlink(path);
  return handle;
}

async function readPassword({ host, passwordFile }: SourceCredential): Promise<string> {
  const text = await readFile(passwordFile, 'utf8').catch((cause: unknown) => {
    if (!isPathFault(cause)) throw cause;
    const remedy = `Make it readable for the user of the controller, or correct sourceCredentials of ${host}.`;
    const message = `the password file ${passwordFile} for ${host} cannot be read (${explainError(cause)})`;
    throw new CcError('Misconfigured', message, { cause, remedy });
  });
  const password = text.replace(/(?:\r?\n)+$/, '');
  if (password !== '' && !/[\r\n\0]/.test(password)) return password;
  throw new CcError('Misconfigured', `the password file ${passwordFile} for ${host} does not hold exactly one line`, {
    remedy: 'Write the password alone into it.',
  });
}

/** The parts too: who reads a URL up to the first `@` takes the rest for a host, and names it. */
export function secretsOf(password: string): string[] {
  return [password, ...password.split('@').filter((part) => part.length >= 4)];
}

/** `https://host:8443`, the default port left out; undefined for what is not HTTP. */
function originOf(location: string): string | undefined {
  try {
    const { protocol, origin } = new URL(location);
    return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
  } catch {
    return undefined;
  }
}

function originOfHost(host: string): string | undefined {
  return originOf(/^https?:\/\//i.test(host) ? host : `https://${host}`);
}
