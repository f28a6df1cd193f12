import { readdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CcError, orElse, orNothing, systemCode } from '../errors.ts';
import { syncDirectory } from '../fs/durable.ts';
import { TEMP_PREFIX, tempName } from '../fs/temp-name.ts';

/**
 * The generation that a link in the spec directory names; undefined where nothing has that name.
 * @throws CcError `Refused` where it is no link, or one that leads elsewhere than into `place`.
 */
export async function generationInForce(link: string, place: string): Promise<string | undefined> {
  const target = await orElse(readlink(link), ['ENOENT', 'EINVAL'], (error) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw notOurs(link, 'is no link of ours');
  });
  if (target === undefined) return undefined;
  if (dirname(target) !== place) throw notOurs(link, `leads to ${target}, not below ${place}`);
  return basename(target);
}

function notOurs(link: string, what: string): CcError {
  const remedy = 'Move it away, or give another name with --link. Nothing was changed.';
  return new CcError('Refused', `${link} ${what}`, { remedy });
}

/**
 * Lets the link name another directory: at every instant it names the one or the other, after a power cut too. Another one
 * of that name is made beside it and renamed over it, as `symlink` replaces nothing.
 */
export async function swapLink(link: string, target: string): Promise<void> {
  const temp = join(dirname(link), tempName(link));
  await symlink(target, temp);
  try {
    await rename(temp, link);
  } catch (error) {
    await orNothing(unlink(temp), 'ENOENT');
    throw error;
  }
  await syncDirectory(dirname(link));
}

/** Removes the links that a killed {@link swapLink} left beside this one. */
export async function sweepLinks(link: string, place: string): Promise<void> {
  const left = new RegExp(`^${TEMP_PREFIX.replace('.', '\\.')}${basename(link)}-[0-9a-f]{12}$`);
  for (const name of await readdir(dirname(link))) {
    const path = join(dirname(link), name);
    const target = left.test(name) ? await orNothing(readlink(path), 'ENOENT', 'EINVAL') : undefined;
    if (target !== undefined && dirname(target) === place) await orNothing(unlink(path), 'ENOENT');
  }
}
