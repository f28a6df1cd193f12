import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createMask } from '../checks/mask.ts';
import { type CcError, hasCode, orNothing } from '../errors.ts';
import { renameDurable, writeFileDurable } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { type Git, lastWords } from './git.ts';
import { KEPT } from './mirror-refs.ts';
import {
  defaultBranchOf,
  isUpToDate,
  listRefs,
  MIRRORED_SPACES,
  type RefListing,
  sourceRefsOf,
} from './ref-listing.ts';
import { checkLocalSource, type RecipeSource } from './source.ts';
import type { SourceAccess } from './source-access.ts';
import { sourceFault } from './source-faults.ts';

const REFSPECS = MIRRORED_SPACES.map((space) => `+refs/${space}:refs/${space}`);
const FETCH_TIMEOUT_MS = 600_000;
/** A server of plain files does not say its object format, but the names of its objects do. */
const SHA256_HEAD = /^[0-9a-f]{64}\t/m;

/** A source with what git needs to be let in. */
export type AccessibleSource = RecipeSource & { access: SourceAccess };

/**
 * Brings a bare mirror up to date with its source. A new one is made beside its place and renamed when it is complete,
 * so that a crash leaves none or a whole one. Where the source has nothing new, it is asked what it has, and no more.
 * @param known the refs of the mirror as they were after its last fetch, where they are known.
 * @returns its refs as they are now. @throws CcError as `SOURCE_FAULTS`: `Misconfigured` where the source is no
 *   repository, of another object format, or does not let us in; `Unreachable` where it does not answer.
 */
export async function fetchMirror(
  git: Git,
  source: AccessibleSource,
  known: RefListing | undefined,
  signal: AbortSignal,
): Promise<RefListing> {
  await checkLocalSource(source);
  if (await exists(join(git.directory, 'HEAD'))) return await updateDurably(git, source, known, signal);
  const { fresh, refs } = await makeBeside(git, source, signal);
  await fresh.sync(fresh.directory, signal);
  await renameDurable(fresh.directory, git.directory);
  return refs;
}

/**
 * A mirror made anew in the place of a damaged one, with the commits that were kept there as far as they can be read or
 * are in the source. A crash leaves the old one, the new, or none. @throws CcError as {@link fetchMirror}.
 */
export async function remakeMirror(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<void> {
  await checkLocalSource(source);
  const { fresh } = await makeBeside(git, source, signal);
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

async function makeBeside(
  git: Git,
  source: AccessibleSource,
  signal: AbortSignal,
): Promise<{ fresh: Git; refs: RefListing }> {
  const fresh = git.at(`${git.directory}.new`);
  await removeTree(fresh.directory);
  await mkdir(dirname(fresh.directory), { recursive: true });
  await mkdir(fresh.directory);
  await fresh.prepareHome();
  await fresh.text(['init', '--quiet', '--bare', '--template=', fresh.directory], { signal });
  const heads = await askWhatIsThere(fresh, source, signal);
  return { fresh, refs: await update(fresh, source, heads, signal) };
}

/** While refs and objects may be on the disk in part, the mirror is marked: see {@link healMirror}. */
async function updateDurably(
  git: Git,
  source: AccessibleSource,
  known: RefListing | undefined,
  signal: AbortSignal,
): Promise<RefListing> {
  await git.prepareHome();
  const there = await askWhatIsThere(git, source, signal);
  const before = known ?? (await orNothing(listRefs(git, signal), 'Damaged'));
  const wasCutOff = await exists(unsettledMark(git));
  if (before !== undefined && !wasCutOff && isUpToDate(before, sourceRefsOf(there))) return before;
  await writeFileDurable(unsettledMark(git), '');
  const after = await update(git, source, there, signal);
  if (wasCutOff || !isDeepStrictEqual(before, after)) await git.sync(git.directory, signal);
  await rm(unsettledMark(git), { force: true });
  return after;
}

/** What the source has, in the words of `git ls-remote`. */
async function askWhatIsThere(git: Git, source: AccessibleSource, signal: AbortSignal): Promise<string> {
  const there = await ask(git, source, ['ls-remote', '--symref', '--', source.location], signal);
  if (SHA256_HEAD.test(there)) throw faultOf(source, 'unsupported object format: its objects have SHA-256 names');
  return there;
}

async function update(git: Git, source: AccessibleSource, there: string, signal: AbortSignal): Promise<RefListing> {
  const options = ['--quiet', '--prune', '--no-tags', '--update-shallow', '--no-write-fetch-head', '--no-auto-gc'];
  await ask(git, source, ['fetch', ...options, '--', source.location, ...REFSPECS], signal);
  const fetched = await listRefs(git, signal);
  const branch = defaultBranchOf(fetched.refs, sourceRefsOf(there).head);
  if (fetched.head === branch) return fetched;
  await git.text(['symbolic-ref', 'HEAD', branch], { signal });
  return { refs: fetched.refs, head: fetched.refs.has(branch) ? branch : undefined };
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
