import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcError, isPathFault, systemCode } from '../errors.ts';
import { maskUrls } from '../url-mask.ts';

/** Where a recipe's repository is. */
export interface RecipeSource {
  kind: 'Remote' | 'LocalPath';
  /** What git is given: a URL without user and password (HTTP) or without password (SSH), or an absolute path. */
  location: string;
  /** What the URL of a person holds although it belongs into a file; HTTP only. */
  credentials?: UrlCredentials;
  /** For messages: the location without a password. */
  shown: string;
}

/** User and password, percent-decoded. */
export interface UrlCredentials {
  user: string;
  password: string;
}

const REMOTE_URL = /^(?:https?|ssh|git):\/\/[^\s]+$/;
const SCP_FORM = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s:][^\s]*$/;
const CREDENTIALS_REMEDY = 'Take them out of the URL and give them in sourceCredentials of the configuration.';
const REMEDY = 'Give an http, https, ssh or git URL, user@host:path, file:// or an absolute path.';

/**
 * Reads a source as people write it.
 * @throws CcError `Misconfigured` for relative paths, options, remote helpers (`ext::`) and other schemes.
 */
export function parseSource(source: string): RecipeSource {
  const shown = maskUrl(source);
  if (isAbsolute(source)) return { kind: 'LocalPath', location: source, shown };
  if (source.startsWith('file://')) return { kind: 'LocalPath', location: pathOf(source), shown };
  if (REMOTE_URL.test(source)) {
    if (isAmbiguous(source))
      throw new CcError('Misconfigured', `where user and password of "${shown}" end is not clear`, {
        remedy: CREDENTIALS_REMEDY,
      });
    return { kind: 'Remote', shown, ...splitUrl(source) };
  }
  if (SCP_FORM.test(source)) return { kind: 'Remote', location: source, shown };
  throw new CcError('Misconfigured', `"${shown}" is not the source of a recipe`, { remedy: REMEDY });
}

/**
 * Refuses a local source that is no git repository (with or without a work tree); remote ones are left to git.
 * @throws CcError `Misconfigured`; system errors that say nothing about the path as they are.
 */
export async function checkLocalSource(source: RecipeSource): Promise<void> {
  if (source.kind !== 'LocalPath') return;
  const { location } = source;
  if (!(await exists(location)))
    throw new CcError('Misconfigured', `the recipe source ${location} does not exist`, { remedy: 'Correct the path.' });
  const bare = (await exists(join(location, 'HEAD'))) && (await exists(join(location, 'objects')));
  if (!bare && !(await exists(join(location, '.git'))))
    throw new CcError('Misconfigured', `the recipe source ${location} is not a git repository`, {
      remedy: 'Run git init and commit the recipe there, or correct the path.',
    });
}

/** A source that tells nothing secret: with `user:password@host:path`, which is none, and all URLs masked. Pure. */
export function maskUrl(text: string): string {
  return maskUrls(text).replaceAll(/(^|[\s'"(])[^\s:/@'"(]+:(?!\/\/)\S*@/g, '$1***@');
}

/** The source without user and password of an HTTP URL: names its mirror, and may be kept and shown. Pure. */
export function sourceIdentity(source: string): string {
  return REMOTE_URL.test(source) ? splitUrl(source).location : source;
}

/** An `@` in the path too: it may be the password's, where somebody did not encode its slash. */
function isAmbiguous(source: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*@[^/?#]*[/?#].*@/i.test(source);
}

/** User and password lie before the last `@` of the authority, as git and curl read it; in odd ones, of the whole. */
function splitUrl(source: string): Pick<RecipeSource, 'location' | 'credentials'> {
  const [, scheme = '', rest = ''] = /^([a-z]+:\/\/)(.*)$/i.exec(source) ?? [];
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const odd = isAmbiguous(source) || (!authority.includes('@') && /^[^[].*:(?!\d*$)/.test(authority));
  const at = (odd ? rest : authority).lastIndexOf('@');
  if (at < 0) return { location: source };
  const [, user = '', password] = /^([^:]*)(?::([\s\S]*))?$/.exec(rest.slice(0, at)) ?? [];
  const host = rest.slice(at + 1);
  if (!/^https?:/i.test(scheme)) return { location: `${scheme}${user === '' ? '' : `${user}@`}${host}` };
  return { location: `${scheme}${host}`, credentials: { user: decoded(user), password: decoded(password ?? '') } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new CcError('Misconfigured', `${url} is not a local file URL`, { cause: error, remedy: REMEDY });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (cause: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) return false;
      if (!isPathFault(cause)) throw cause;
      const remedy = 'Let the user of the controller read it, or correct the path.';
      throw new CcError('Misconfigured', `the recipe source ${path} cannot be looked at`, { cause, remedy });
    },
  );
}
