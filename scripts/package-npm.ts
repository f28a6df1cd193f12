/**
 * Makes the tarball that `npm install -g ./cc-ci-VERSION.tgz` takes: `npm run package:npm -- [DIRECTORY]`. Prints its
 * path. The same sources give the same bytes.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildNpm } from './package/npm.ts';
import { sourceDateOf } from './package/source-date.ts';

const root = join(import.meta.dirname, '..');
const directory = resolve(process.argv[2] ?? '.');
mkdirSync(directory, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'cc-ci-package-'));
try {
  console.log(buildNpm({ root, scratch, directory, date: sourceDateOf(root, process.env) }));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
