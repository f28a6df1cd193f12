import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createMask } from '../checks/mask.ts';
import { type CcError, hasCode } from '../errors.ts';
import { renameDurable, writeFileDurable } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { type Git, lastWords } from './git.ts';
import { KEPT } from './mirror-refs.ts';
import { checkLocalSource, type RecipeSource } from './source.ts';
import type { SourceAccess } from './source-access.ts';
import { sourceFault } from './source-faults.ts';

/** Branches, tags and request heads; nothing of the source lands in `refs/cc-ci/`, which is ours and never pruned. */
const REFSPECS = ['heads/*', 'tags/*', 'pull/*/head', 'merge-requests/*/head'].map((n) => `+refs/${n}:refs/${n}`);
const FETCH_TIMEOUT_MS = 600_000;
/** A server of plain files does not say its object format, but the names of its objects do. */
const SHA256_HEAD = /^[0-9a-f]{64}\t/m;

/** A source with what git needs to be let in. */
export type AccessibleSource = RecipeSource & { access: SourceAccess };

/**
 * Brings a bare mirror up to date with its source. A new one is made beside its place and renamed when it is complete,
 * so that a crash leaves none or a whole one. @throws CcError as `SOURCE_FAULTS`: `Misconfigured` where the source is
 * no repository, of another object format, or does not let us in; `Unreachable` where it does not answer.
 */
export async function fetchMirror(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  await checkLocalSource(source);
  if (await exists(join(git.directory, 'HEAD'))) {
    await updateDurably(git, source, signal);
    return;
  }
  const fresh = await makeBeside(git, source, signal);
  await fresh.sync(fresh.directory, signal);
  await renameDurable(fresh.directory, git.directory);
}

/**
 * A mirror made anew in the place of a damaged one, with the commits that were kept there as far as they can be read or
 * are in the source. A crash leaves the old one, the new, or none. @throws CcError as {@link fetchMirror}.
 */
export async function remakeMirror(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  await checkLocalSource(source);
  const fresh = await makeBeside(git, source, signal);
  const kept = await git.result(['for-each-ref', '--format=%(refname) %(objectname)', KEPT], { signal });
  for (const line of kept.stdout.split('\n').filter((one) => one !== '')) {
    const [ref = '', commit = ''] = line.split(' ');
    const there = await fresh.result(['update-ref', ref, commit], { signal });
    if (there.exitCode !== 0)
      await fresh.result(['fetch', '--quiet', '--', git.directory, `${ref}:${ref}`], { signal });
  }
  await fresh.sync(fresh.directory, signal);
  const old = `${git.directory}.old`;
  await removeTree(old);
  await renameDurable(git.directory, old);
  await renameDurable(fresh.directory, git.directory);
  await removeTree(old);
}

async function makeBeside(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<Git> {
  const fresh = git.at(`${git.directory}.new`);
  await removeTree(fresh.directory);
  await mkdir(dirname(fresh.directory), { recursive: true });
  await mkdir(fresh.directory);
  await fresh.prepareHome();
  await fresh.text(['init', '--quiet', '--bare', '--template=', fresh.directory], { signal });
  await update(fresh, source, signal);
  return fresh;
}

/** While refs and objects may be on the disk in part, the mirror is marked: see {@link healMirror}. */
async function updateDurably(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  const before = await refsOf(git, signal);
  await writeFileDurable(unsettledMark(git), '');
  await update(git, source, signal);
  if ((await refsOf(git, signal)) !== before) await git.sync(git.directory, signal);
  await rm(unsettledMark(git), { force: true });
}

async function refsOf(git: Git, signal: AbortSignal): Promise<string> {
  return (await git.result(['for-each-ref'], { signal })).stdout;
}

async function update(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  await git.prepareHome();
  const { location } = source;
  const heads = await ask(git, source, ['ls-remote', '--symref', '--', location, 'HEAD'], signal);
  if (SHA256_HEAD.test(heads)) throw faultOf(source, 'unsupported object format: its objects have SHA-256 names');
  const options = ['--quiet', '--prune', '--no-tags', '--update-shallow', '--no-write-fetch-head', '--no-auto-gc'];
  await ask(git, source, ['fetch', ...options, '--', location, ...REFSPECS], signal);
  const named = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(heads)?.[1] ?? (await usualBranch(git, signal));
  await git.text(['symbolic-ref', 'HEAD', named], { signal });
}

/** A command that talks to the source. */
async function ask(git: Git, source: AccessibleSource, args: string[], signal: AbortSignal): Promise<string> {
  const { settings, env, secrets } = source.access;
  const result = await git
    .result(args, { signal, settings, env, origin: 'Foreign', timeoutMs: FETCH_TIMEOUT_MS })
    .catch((cause: unknown) => {
      throw hasCode(cause, 'Unreachable') ? faultOf(source, cause.message) : cause;
    });
  if (result.exitCode === 0) return result.stdout;
  throw faultOf(source, createMask(secrets).text(lastWords(result)));
}

function faultOf({ kind, shown, access }: AccessibleSource, said: string): CcError {
  return sourceFault({ kind, shown, withPassword: access.secrets.length > 0 }, said);
}

/** Where the source names no default branch (a detached HEAD): main, master, else the only one. */
async function usualBranch(git: Git, signal: AbortSignal): Promise<string> {
  const text = await git.text(['for-each-ref', '--format=%(refname)', 'refs/heads'], { signal });
  const names = text.split('\n').filter((line) => line !== '');
  const usual = ['refs/heads/main', 'refs/heads/master'].find((name) => names.includes(name));
  const only = names.length === 1 ? names[0] : undefined;
  return usual ?? only ?? 'refs/heads/main';
}

/** A look at all objects may take as long as a fetch of them, milliseconds. */
const LOOK_MS = 600_000;

/** The file that says that refs and objects may be on the disk in part. */
function unsettledMark({ directory }: Pick<Git, 'directory'>): string {
  return join(directory, 'cc-ci-unsettled');
}

/**
 * Puts right what a killed git or a power cut left, before a mirror is used for the first time: locks, and a fetch that was
 * not on the disk as a whole. Idempotent.
 * @returns `Damaged`: what it says cannot be believed, it is to be made anew.
 */
export async function healMirror(git: Git, signal: AbortSignal): Promise<'Whole' | 'Absent' | 'Damaged'> {
  await removeLocks(git.directory);
  if (!(await exists(join(git.directory, 'HEAD')))) return 'Absent';
  await git.prepareHome();
  if (!(await exists(unsettledMark(git)))) return 'Whole';
  const looked = await git.result(['fsck', '--full', '--no-dangling', '--no-progress'], { signal, timeoutMs: LOOK_MS });
  if (looked.exitCode !== 0) return 'Damaged';
  await rm(unsettledMark(git), { force: true });
  return 'Whole';
}

async function removeLocks(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const locks = names.filter((name) => !/^(?:objects\/|cc-ci-index-)/.test(name) && name.endsWith('.lock'));
  await Promise.all(locks.map((name) => rm(join(directory, name), { force: true })));
}
