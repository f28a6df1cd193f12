import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createMask } from '../checks/mask.ts';
import { CcError, hasCode, systemCode } from '../errors.ts';
import { renameDurable } from '../fs/durable.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { type Git, lastWords } from './git.ts';
import { checkLocalSource, type RecipeSource } from './source.ts';
import type { SourceAccess } from './source-access.ts';

/** Branches, tags and request heads; nothing of the source lands in `refs/cc-ci/`, which is ours and never pruned. */
const REFSPECS = ['heads/*', 'tags/*', 'pull/*/head', 'merge-requests/*/head'].map((n) => `+refs/${n}:refs/${n}`);
const FETCH_TIMEOUT_MS = 600_000;

/** A source with what git needs to be let in. */
export type AccessibleSource = RecipeSource & { access: SourceAccess };

/** What git and servers say to those whom they do not let in; its locale is C. */
const NOT_LET_IN =
  /Authentication failed|could not read (?:Username|Password)|returned error: (?:401|403)|HTTP Basic: Access denied/i;

/**
 * Brings a bare mirror up to date with its source. A new one is made beside its place and renamed when it is complete,
 * so that a crash leaves none or a whole one.
 * @throws CcError `InvalidInput` where a local source is no repository, or a remote one does not let us in;
 *   `Unreachable` where the source does not answer.
 */
export async function fetchMirror(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  await checkLocalSource(source);
  if (await exists(join(git.directory, 'HEAD'))) {
    await update(git, source, signal);
    return;
  }
  const fresh = git.at(`${git.directory}.new`);
  await removeTree(fresh.directory);
  await mkdir(dirname(fresh.directory), { recursive: true });
  await mkdir(fresh.directory);
  await fresh.prepareHome();
  await fresh.text(['init', '--quiet', '--bare', '--template=', fresh.directory], { signal });
  await update(fresh, source, signal);
  await renameDurable(fresh.directory, git.directory);
}

async function update(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  await git.prepareHome();
  const { location } = source;
  const heads = await ask(git, source, ['ls-remote', '--symref', '--', location, 'HEAD'], signal);
  const options = ['--quiet', '--prune', '--no-tags', '--update-shallow', '--no-write-fetch-head', '--no-auto-gc'];
  await ask(git, source, ['fetch', ...options, '--', location, ...REFSPECS], signal);
  const named = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(heads)?.[1] ?? (await usualBranch(git, signal));
  await git.text(['symbolic-ref', 'HEAD', named], { signal });
}

/** A command that talks to the source. */
async function ask(git: Git, source: AccessibleSource, args: string[], signal: AbortSignal): Promise<string> {
  const { shown, access } = source;
  const { settings, env } = access;
  const result = await git
    .result(args, { signal, settings, env, timeoutMs: FETCH_TIMEOUT_MS })
    .catch((error: unknown) => {
      if (!hasCode(error, 'DeadlineExceeded')) throw error;
      throw new CcError('Unreachable', `the recipe source ${shown} did not answer in time`, { cause: error });
    });
  if (result.exitCode === 0) return result.stdout;
  throw refusal(source, createMask(access.secrets).text(lastWords(result)));
}

/** Whom a server does not let in need not try again: somebody has to correct what we come with. */
function refusal({ shown, access }: AccessibleSource, said: string): CcError {
  const message = `the recipe source ${shown} cannot be fetched: ${said}`;
  if (!NOT_LET_IN.test(said)) {
    return new CcError('Unreachable', message, { remedy: 'Check the address, the network and the access rights.' });
  }
  const remedy =
    access.secrets.length > 0
      ? 'Correct user and password in sourceCredentials, or the rights of that user.'
      : 'Give user and passwordFile for exactly this host and port in sourceCredentials of the configuration.';
  return new CcError('InvalidInput', message, { remedy });
}

/** Where the source names no default branch (a detached HEAD): main, master, else the only one. */
async function usualBranch(git: Git, signal: AbortSignal): Promise<string> {
  const text = await git.text(['for-each-ref', '--format=%(refname)', 'refs/heads'], { signal });
  const names = text.split('\n').filter((line) => line !== '');
  const usual = ['refs/heads/main', 'refs/heads/master'].find((name) => names.includes(name));
  const only = names.length === 1 ? names[0] : undefined;
  return usual ?? only ?? 'refs/heads/main';
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
