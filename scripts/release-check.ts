/**
 * Whether this checkout may be released: `npm run release:check -- [DIRECTORY]`, which gets the tarball, its bill of
 * materials and their digests. Each check is told with its outcome; the last line is `N passed, N failed, N skipped`.
 * What could not be asked is skipped, by name and with the reason, and has not passed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readManifest } from './package/manifest.ts';
import { sourceDateOf } from './package/source-date.ts';
import { declaredLicence } from './packages-of.mjs';
import { auditOutcome } from './release/audit.ts';
import { billOfMaterials, type ShippedPackage } from './release/bill-of-materials.ts';
import { buildTwice } from './release/built-twice.ts';
import { incompatible, type Licensed } from './release/licences.ts';
import { type Outcome, outcomeOf, skipped } from './release/outcome.ts';
import { versionFaults } from './release/versions.ts';

interface Lock {
  version: string;
  packages: Readonly<Record<string, { version: string; dev?: boolean; license?: string; integrity?: string }>>;
}

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { version } = readManifest(root);
const lock = JSON.parse(read('package-lock.json')) as Lock;
const date = sourceDateOf(root, process.env);
const shipped = (): ShippedPackage[] => JSON.parse(read('dist/packages.json')) as ShippedPackage[];

function versions(): Outcome {
  const others = {
    'package-lock.json': lock.version,
    'package-lock.json, packages': lock.packages['']?.version,
    'ccctl --version': execFileSync(process.execPath, [join(root, 'dist/ccctl.cjs'), '--version'], {
      encoding: 'utf8',
    }).trim(),
  };
  return outcomeOf(versionFaults({ version, others, changelog: read('CHANGELOG.md') }));
}

function tag(): Outcome {
  const git = (...words: string[]) => spawnSync('git', ['-C', root, ...words], { encoding: 'utf8' });
  const changes = git('status', '--porcelain');
  if (changes.status !== 0) return skipped('this is no git clone: whether the tag is free is not known');
  const taken = git('tag', '--list', `v${version}`).stdout.trim();
  const faults = taken === '' ? [] : [`the tag ${taken} is taken. Raise the version.`];
  return outcomeOf(changes.stdout === '' ? faults : [...faults, 'there are changes that are not committed']);
}

/** Of what is shipped, and of everything that the sources need where they are run. */
function licences(): Outcome {
  const needed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
  const declared = needed.map(([path, { version: own, license }]): Licensed => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return { name, version: own, license: license ?? declaredLicence(JSON.parse(read(`${path}/package.json`))) };
  });
  return outcomeOf(incompatible([...shipped(), ...declared]));
}

function audit(): Outcome {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' });
  return auditOutcome(stdout);
}

/** Leaves tarball, bill of materials and digests in `directory`. */
function reproducible(directory: string): Outcome {
  const { outcome, made } = buildTwice(root, date, directory);
  const integrity = Object.fromEntries(Object.entries(lock.packages).map(([path, one]) => [path, one.integrity]));
  const bill = billOfMaterials({ version, date, packages: shipped(), integrity });
  const name = `cc-ci-${version}.cdx.json`;
  writeFileSync(join(directory, name), bill);
  const tarball = made.file.slice(made.file.lastIndexOf('/') + 1);
  const ofBill = createHash('sha256').update(bill).digest('hex');
  writeFileSync(join(directory, 'SHA256SUMS'), `${made.digest}  ${tarball}\n${ofBill}  ${name}\n`);
  return outcome;
}

const checks: Readonly<Record<string, (directory: string) => Outcome>> = {
  version: versions,
  'tag and work tree': tag,
  licences,
  'known vulnerabilities': audit,
  'tarball built twice': reproducible,
};

const named = process.argv[2];
const directory = named === undefined ? mkdtempSync(join(tmpdir(), 'cc-ci-release-')) : resolve(named);
mkdirSync(directory, { recursive: true });
const counts = { Passed: 0, Failed: 0, Skipped: 0 };
try {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
  for (const [name, check] of Object.entries(checks)) {
    const { state, details } = check(directory);
    counts[state] += 1;
    console.log(`${state.padEnd(8)} ${name}`);
    for (const detail of details) console.log(`         ${detail}`);
  }
} finally {
  if (named === undefined) rmSync(directory, { recursive: true, force: true });
}
console.log(`${counts.Passed} passed, ${counts.Failed} failed, ${counts.Skipped} skipped`);
process.exitCode = counts.Failed === 0 ? 0 : 1;
