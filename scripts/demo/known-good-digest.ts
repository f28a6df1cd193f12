import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What stands for a known-good below `canonicals/<name>`: the pointer, its note, and all sets. */
const PARTS = ['known-good', 'known-good.json', 'generations'] as const;

/** sha256 over every file, link, mode and owner of the record and the sets of a known-good. */
export function knownGoodDigest(directory: string): string {
  return digestOf(PARTS.map((name) => join(directory, name)));
}

/** sha256 over every name, file, link, mode and owner below these paths, which have to be there. */
export function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  const walk = (path: string, name: string): void => {
    const facts = lstatSync(path);
    hash.update(`${JSON.stringify(name)} ${facts.mode} ${facts.uid} ${facts.gid} ${facts.size}\n`);
    if (facts.isSymbolicLink()) hash.update(readlinkSync(path));
    else if (facts.isFile()) hash.update(readFileSync(path));
    else if (facts.isDirectory())
      for (const entry of readdirSync(path).toSorted()) walk(join(path, entry), `${name}/${entry}`);
  };
  for (const [index, path] of paths.entries()) walk(path, String(index));
  return hash.digest('hex');
}
