// Compiles the three programs to dist/. Skips when the inputs are unchanged; builds beside and renames, so that a
// running command never sees half a build. Without esbuild (npm ci --omit=dev) an existing dist/ is kept.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { absentSessions } from './absent-sessions.mjs';
import { bundleCli } from './cli-bundle.mjs';
import { leanHttp } from './lean-http.mjs';
import { noticesOf, packagesOf } from './packages-of.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, 'inputs.sha256');

/** How each program becomes a file; the tests compile the supervisor likewise. */
const BUNDLES = ['scripts/bundle.json', 'scripts/bundle-supervisor.json'];
const OWN = ['build', 'cli-bundle', 'validators', 'absent-sessions', 'lean-http', 'packages-of'];
const SCRIPTS = [...OWN.map((name) => `scripts/${name}.mjs`), ...BUNDLES];

function inputsDigest() {
  const hash = createHash('sha256');
  const files = globSync('{controllers,lib,schemas}/**/*.{ts,json}', { cwd: root }).sort();
  for (const file of [...files, 'package.json', 'package-lock.json', ...SCRIPTS]) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

async function build() {
  const { build: bundle } = await import('esbuild');
  const { compiledValidators } = await import('./validators.mjs');
  const staging = join(root, `.dist-${process.pid}`);
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  const [ofPrograms, ofSupervisor] = BUNDLES.map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')));
  const common = {
    absWorkingDir: root,
    logLevel: 'warning',
    define: { CCCI_VERSION: JSON.stringify(version), CCCI_BUILD: JSON.stringify(digest) },
    sourcemap: 'linked',
    outdir: staging,
    metafile: true,
    plugins: [compiledValidators, absentSessions, leanHttp],
  };
  mkdirSync(staging, { recursive: true });
  try {
    // Adapters and commands stay files of their own: what is not asked for is not loaded.
    // A text is kept as long as the process runs, and in twice the room where one character is none of ASCII: no comments.
    // Packages in CommonJS ask for the modules of Node by `require`, which the banner makes.
    const small = { minifyWhitespace: true, lineLimit: 120 };
    const split = { ...common, ...ofPrograms, ...small, splitting: true, chunkNames: 'chunks/[name]-[hash]' };
    const metafiles = [await bundle({ ...split, entryPoints: { 'cc-controller': 'controllers/main.ts' } })];
    metafiles.push(await bundleCli(bundle, { ...common, ...ofPrograms }, staging));
    // Starts with every service of an app: one file, in CommonJS, which is loaded in half the time.
    const supervisor = { supervisor: 'lib/platform/process/supervisor/main.ts' };
    metafiles.push(await bundle({ ...common, ...ofSupervisor, entryPoints: supervisor }));
    const packages = packagesOf(root, metafiles);
    writeFileSync(join(staging, 'packages.json'), `${JSON.stringify(packages, undefined, 2)}\n`);
    writeFileSync(join(staging, 'NOTICES'), noticesOf(root, packages));
    writeFileSync(join(staging, 'inputs.sha256'), digest);
    const old = join(root, `.dist-old-${process.pid}`);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(staging, dist);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Says to the programs in bin/ which Node has done this, so that they need not start it once more to ask for its version.
 * Only one that came with the packages is said: that of the machine may become another under the same name.
 */
function noteNode() {
  const path = relative(root, process.execPath);
  const note = join(dist, 'node');
  if (path.startsWith('..')) rmSync(note, { force: true });
  else writeFileSync(note, `${path}\n`);
}

const digest = inputsDigest();
const current = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (current !== digest) {
  let available = true;
  try {
    await import('esbuild');
  } catch {
    available = false;
  }
  if (available) await build();
  else if (!existsSync(stamp)) {
    console.error(
      "cc-ci: dist/ is missing and esbuild is not installed: run 'npm ci' (with development packages) once.",
    );
    process.exitCode = existsSync(join(root, '.git')) ? 1 : 0;
  }
}
if (existsSync(dist)) noteNode();
