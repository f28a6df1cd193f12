import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `package.json` of this project says, as far as packages need it. */
export interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  type: string;
  bin: Readonly<Record<string, string>>;
  man: readonly string[];
  engines: Readonly<Record<string, string>>;
  dependencies: Readonly<Record<string, string>>;
}

/** `package.json` of the project at `root`. */
export function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

/**
 * `package.json` of the tarball: what the programs need where they run, which is Node alone. It stays private, for the
 * name may belong to somebody else in a registry: it is installed from its file. Pure.
 */
export function shippedManifest({ name, version, description, license, type, bin, man, engines }: Manifest): object {
  return { name, version, description, license, type, private: true, bin, man, engines, os: ['linux'] };
}
