/**
 * Builds what `npm run demo:sso` shows: repositories of the trees in specs/demo-sso/recipes, and spec files beside which
 * lies the profile of the portal. What the portal's files import is bundled, so that no recipe has to install anything:
 * `node scripts/build-sso-recipes.ts DIRECTORY` makes `DIRECTORY/recipes` and `DIRECTORY/specs`.
 */
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, stop } from 'esbuild';
import { CcError, explainError } from '../lib/errors.ts';
import { commandRunner } from '../lib/exec/command.ts';
import { type BuildDemoOptions, buildDemoRecipes, type DemoRecipe } from './build-demo-recipes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEMO = join(ROOT, 'specs/demo-sso');
/** What the portal imports, and whose licences go with it. */
const LIBRARIES = {
  entry: "export * as jose from 'jose'; export * as openid from 'openid-client';",
  packages: ['jose', 'oauth4webapi', 'openid-client'],
};
/** Some packages call `require` for what Node has built in. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const COMMON: BuildOptions = { bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' };

/**
 * Builds the repositories as {@link buildDemoRecipes} does; commits are the same wherever the same packages are
 * installed. @throws CcError as `buildDemoRecipes`; the errors of esbuild.
 */
export async function buildSsoRecipes(options: Omit<BuildDemoOptions, 'source'>): Promise<DemoRecipe[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-sso-recipes-'));
  try {
    await cp(join(DEMO, 'recipes'), scratch, { recursive: true });
    await bundleLibraries(join(scratch, 'portal'));
    return await buildDemoRecipes({ ...options, source: scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Writes the spec file of the portal and its profile; `recipes` is where the repositories are. Overwrites. */
export async function writePortalSpec(specs: string, recipes: string): Promise<void> {
  const text = await readFile(join(DEMO, 'portal.yaml'), 'utf8');
  const source = `source: ${JSON.stringify(join(resolve(recipes), 'portal'))}`;
  await writeFile(join(specs, 'portal.yaml'), text.replace('source: DEMO_RECIPES/portal', source));
  const script = join(specs, 'portal.ci', 'browser-sign-in.mjs');
  await mkdir(dirname(script), { recursive: true });
  const entry = join(DEMO, 'portal.ci/browser-sign-in.mjs');
  await bundle({ entryPoints: [entry], outfile: script, minify: true, banner: { js: REQUIRE } });
  await chmod(script, 0o755);
}

async function bundle(options: BuildOptions): Promise<void> {
  await build({ ...COMMON, ...options });
  await stop(); // esbuild keeps a process for the next one
}

async function bundleLibraries(tree: string): Promise<void> {
  const versions = (await readdir(tree)).filter((name) => name !== 'broken');
  const outfile = join(tree, 'libraries.mjs');
  const stdin = { contents: LIBRARIES.entry, resolveDir: ROOT };
  await bundle({ absWorkingDir: ROOT, stdin, outfile });
  for (const version of versions) {
    const vendor = join(tree, version, 'vendor');
    await mkdir(vendor);
    await copyFile(outfile, join(vendor, 'libraries.mjs'));
    for (const name of LIBRARIES.packages)
      await copyFile(join(ROOT, 'node_modules', name, 'LICENSE.md'), join(vendor, `${name}.LICENSE.md`));
  }
  await rm(outfile);
}

async function main(): Promise<void> {
  const directory = process.argv[2];
  if (directory === undefined) throw new CcError('InvalidInput', 'usage: build-sso-recipes.ts DIRECTORY');
  const recipes = join(directory, 'recipes');
  const path = process.env.PATH ?? '/usr/bin:/bin';
  for (const { recipe, directory: where } of await buildSsoRecipes({ directory: recipes, runner: commandRunner, path }))
    process.stdout.write(`${recipe}\t${where}\n`);
  await mkdir(join(directory, 'specs'), { recursive: true });
  await writePortalSpec(join(directory, 'specs'), recipes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`${explainError(error)}\n`);
    process.exitCode = 1;
  });
}
