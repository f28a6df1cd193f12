import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orNothing } from '../errors.ts';

/** As many as Linux follows itself. */
const MAX_LINKS = 40;

/**
 * Where `path` below `root` leads once the links on the way are followed, relative to `root` and without links, as long
 * as none leads out of it. What is absent stays as it is written. To be opened by `readFileBeneath`, which follows none:
 * a link that is planted in between is refused there.
 * @throws CcError `Refused` for an absolute path or link, one that climbs out of `root`, a NUL, and too many links.
 */
export async function followLinksBeneath(root: string, path: string): Promise<string> {
  const done: string[] = [];
  const leadsOut = (): CcError => new CcError('Refused', `${JSON.stringify(path)} leads out of ${root}`);
  let rest = componentsOf(path, leadsOut);
  let links = 0;
  while (rest.length > 0) {
    const [part = '', ...others] = rest;
    rest = others;
    if (part === '..') {
      if (done.pop() === undefined) throw leadsOut();
      continue;
    }
    const target = await linkAt(join(root, ...done, part));
    if (target === undefined) done.push(part);
    else rest = [...componentsOf(target, leadsOut), ...rest];
    links += target === undefined ? 0 : 1;
    if (links > MAX_LINKS) throw leadsOut();
  }
  return done.join('/');
}

function componentsOf(path: string, leadsOut: () => CcError): string[] {
  if (path.startsWith('/') || path.includes('\0')) throw leadsOut();
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** What the link says; undefined for anything else and for nothing. */
async function linkAt(path: string): Promise<string | undefined> {
  return await orNothing(readlink(path), 'EINVAL', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG');
}
