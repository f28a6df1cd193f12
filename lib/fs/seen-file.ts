import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type AnyCode, CcError, orElse, orNothing, systemCode } from '../errors.ts';
import { createFileDurable, syncDirectory } from './durable.ts';

/** What became of a file of a person: `Changed` means that it was left as it is, or put back as it was. */
export type SeenOutcome = 'Done' | 'Absent' | 'Changed';

/** File systems without hard links answer with one of these. */
const NO_LINKS: readonly AnyCode[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];

/**
 * Removes a file of a person that still holds exactly the bytes that were looked at; durable. The file is taken aside
 * first and compared there, so that an edit between look and removal is put back, not lost. A link is removed, not what
 * it names.
 * @throws CcError `Conflict` where the place was filled anew meanwhile (the message names both files); system errors.
 */
export async function removeSeen(path: string, seen: Uint8Array): Promise<SeenOutcome> {
  const aside = asideOf(path);
  const taken = rename(path, aside).then(() => true);
  if ((await orNothing(taken, 'ENOENT')) === undefined) return 'Absent';
  if (!(await holds(aside, seen))) {
    await putBack(aside, path);
    return 'Changed';
  }
  await unlink(aside);
  await syncDirectory(dirname(path));
  return 'Done';
}

/**
 * Replaces a file of a person that still holds exactly the bytes that were looked at; durable, the permission bits stay.
 * There is a whole file at `path` at every instant. An edit in place that comes between is restored.
 * @throws CcError `NoSpace`; system errors as they are.
 */
export async function replaceSeen(path: string, seen: Uint8Array, data: string | Uint8Array): Promise<SeenOutcome> {
  const fresh = asideOf(path);
  const before = asideOf(path);
  try {
    const { mode } = await stat(path);
    await createFileDurable(fresh, data, { mode: mode & 0o777 });
    const kept = await keepInode(path, before);
    if (!(await holds(path, seen))) return 'Changed';
    await rename(fresh, path);
    if (kept && !(await holds(before, seen))) {
      await rename(before, path);
      return 'Changed';
    }
    await syncDirectory(dirname(path));
    return 'Done';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'Absent';
    throw error;
  } finally {
    await Promise.all([rm(fresh, { force: true }), rm(before, { force: true })]);
  }
}

/** A second name for the content, which an editor that writes in place goes on writing to. */
async function keepInode(path: string, name: string): Promise<boolean> {
  return await orElse(
    link(path, name).then(() => true),
    NO_LINKS,
    () => false,
  );
}

async function holds(path: string, seen: Uint8Array): Promise<boolean> {
  return Buffer.compare(await readFile(path), seen) === 0;
}

async function putBack(aside: string, path: string): Promise<void> {
  const linked = link(aside, path).then(() => unlink(aside));
  const back = orElse(linked, NO_LINKS, () => rename(aside, path));
  await orElse(back, 'EEXIST', (cause) => {
    const remedy = `What it held before is in ${aside}: bring the two together.`;
    throw new CcError('Conflict', `${path} was written anew while it was being removed`, { cause, remedy });
  });
}

/** A dotfile in the same directory: not read as a spec, and no temp file that anybody collects. */
function asideOf(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.cc-ci-aside-${randomBytes(6).toString('hex')}`);
}
