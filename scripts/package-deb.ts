/**
 * Makes the Debian package: `npm run package:deb -- [DIRECTORY] [--revision 1] [--compression xz|gzip|none]`. Prints its
 * path. Needs dpkg-deb, no root. The same sources give the same bytes.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDebian } from './package/debian.ts';
import { sourceDateOf } from './package/source-date.ts';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { revision: { type: 'string', default: '1' }, compression: { type: 'string', default: 'xz' } },
});
const { revision, compression } = values;
if (compression !== 'xz' && compression !== 'gzip' && compression !== 'none')
  throw new Error(`--compression ${compression}: xz, gzip or none`);
const directory = resolve(positionals[0] ?? '.');
mkdirSync(directory, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'cc-ci-package-'));
try {
  const date = sourceDateOf(root, process.env);
  console.log(buildDebian({ root, scratch, directory, revision, compression, date }));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
