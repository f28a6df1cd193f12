import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readManifest, shippedManifest } from './manifest.ts';
import { stageProgram } from './program.ts';
import { Stage } from './stage.ts';

/** How the npm tarball is made. */
export interface NpmOptions {
  /** Of the project; `dist/` has to be built. */
  root: string;
  /** Empty directory to work in. */
  scratch: string;
  /** Where the tarball is put. */
  directory: string;
  /** Seconds since 1970. */
  date: number;
}

/** Makes the tarball with npm. The same sources give the same bytes. @returns its path. */
export function buildNpm({ root, scratch, directory, date }: NpmOptions): string {
  const manifest = readManifest(root);
  const stage = new Stage(join(scratch, 'package'));
  stageProgram(stage, root, '');
  for (const name of ['docs', 'specs', 'packaging', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    stage.copy(join(root, name), name);
  stage.write('package.json', `${JSON.stringify(shippedManifest(manifest), undefined, 2)}\n`);
  stage.settle(date);
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory, stage.directory];
  // Notices of npm would be among what it says.
  const said = execFileSync('npm', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: scratch });
  const [made] = JSON.parse(said) as { filename: string }[];
  if (made === undefined) throw new Error(`npm pack made nothing: ${said}`);
  return join(directory, made.filename);
}
