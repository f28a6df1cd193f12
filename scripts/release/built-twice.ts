import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, outcomeOf } from './outcome.ts';

/** What a tarball is built from. */
export const SOURCES: readonly string[] = [
  ...['bin', 'controllers', 'docs', 'lib', 'packaging', 'schemas', 'scripts', 'specs'],
  ...['package.json', 'package-lock.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'tsconfig.json'],
];
/** Of different length: a name of the place in what is built would show. */
const PLACES = ['a', 'another-place'];

/** A tarball and its digest. */
export interface Made {
  file: string;
  digest: string;
}

/**
 * Builds the sources in two fresh places beside each other and packs each. The places are below the project, so that its
 * packages can be there by hard links, and removed again. @param keep where the first tarball is put.
 */
export function buildTwice(root: string, date: number, keep: string): { outcome: Outcome; made: Made } {
  const scratch = mkdtempSync(join(root, '.release-'));
  try {
    const [first, second] = PLACES.map((place) => buildIn(root, join(scratch, place), date));
    if (first === undefined || second === undefined) throw new Error('two places were asked for');
    const file = join(keep, first.file.slice(first.file.lastIndexOf('/') + 1));
    cpSync(first.file, file);
    const faults =
      first.digest === second.digest ? [] : [`${PLACES[0]}: ${first.digest}, ${PLACES[1]}: ${second.digest}`];
    return { outcome: outcomeOf(faults), made: { file, digest: first.digest } };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Copies the sources to `place`, which is made, and its packages by hard links. */
export function copySources(root: string, place: string): void {
  mkdirSync(place);
  for (const name of SOURCES) cpSync(join(root, name), join(place, name), { recursive: true });
  const packages = readdirSync(join(root, 'node_modules')).filter((name) => name !== '.cache');
  mkdirSync(join(place, 'node_modules'));
  const from = packages.map((name) => join(root, 'node_modules', name));
  execFileSync('cp', ['-al', '--', ...from, join(place, 'node_modules')]);
}

function buildIn(root: string, place: string, date: number): Made {
  copySources(root, place);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(date) };
  const run = (...words: string[]): string =>
    execFileSync(process.execPath, words, { cwd: place, env, encoding: 'utf8' });
  run('scripts/build.mjs');
  const file = run('scripts/package-npm.ts', join(place, 'packed')).trim();
  return { file, digest: createHash('sha256').update(readFileSync(file)).digest('hex') };
}
