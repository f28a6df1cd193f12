/**
 * Builds the images of the demo recipes in a Docker engine, without a network and within seconds:
 * `node scripts/build-demo-images.ts` for the engine of `DOCKER_HOST`. The base image is made of this machine's own
 * Node and busybox; the Dockerfiles' default base is for people with a registry.
 */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcError, explainError } from '../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../lib/exec/command.ts';
import { type BuildDemoOptions, buildDemoRecipes, type DemoRecipe } from './build-demo-recipes.ts';

export const DEMO_BASE_IMAGE = 'cc-ci-demo/base:1';
const BUILD_TIMEOUT_MS = 120_000;

export interface BuildDemoImagesOptions {
  /** The engine, `unix:///…`. */
  dockerHost: string;
  runner: CommandRunner;
  /** PATH on which docker, git, tar, ldd and a static busybox are found. */
  path: string;
  /** Makes the repositories whose images are built; default: those of the demo. */
  recipes?: (options: BuildDemoOptions) => Promise<readonly DemoRecipe[]>;
  signal?: AbortSignal;
}

/**
 * Builds the image of every version and every branch `broken/…` of the demo recipes; gives their names. Idempotent:
 * images that are there are built again.
 * @throws CcError `CommandFailed` with what the engine or a tool said; `NotFound` without one of the tools.
 */
export async function buildDemoImages(options: BuildDemoImagesOptions): Promise<string[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-images-'));
  try {
    const run = shellIn(scratch, options);
    await importBase(join(scratch, 'base'), run);
    const { recipes: make = buildDemoRecipes } = options;
    const recipes = await make({ ...options, directory: join(scratch, 'recipes') });
    const images = recipes.flatMap(refsOf).map((ref) => buildImage(ref, run));
    return (await Promise.all(images)).sort();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Shell = (script: string, ...args: string[]) => Promise<string>;

function shellIn(scratch: string, { dockerHost, runner, path, signal }: BuildDemoImagesOptions): Shell {
  const env = {
    PATH: path,
    LANG: 'C',
    HOME: scratch,
    DOCKER_CONFIG: join(scratch, 'cli'),
    DOCKER_HOST: dockerHost,
    DOCKER_BUILDKIT: '0', // the engine's own builder: needs no plugin and no other image
  };
  return async (script, ...args) => {
    const argv = ['sh', '-euc', script, 'sh', ...args] as const;
    const { exitCode, stdout, all } = await runner.run({
      argv: [...argv],
      cwd: scratch,
      env,
      timeoutMs: BUILD_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
    if (exitCode !== 0) throw new CcError('CommandFailed', `${script} ${args.join(' ')} failed: ${all.trim()}`);
    return stdout;
  };
}

/** Node with the libraries it is linked to, and busybox under the names of all its tools. */
async function importBase(tree: string, run: Shell): Promise<void> {
  await linkInto(tree, '/usr/local/bin/node', process.execPath);
  for (const library of await librariesOf(process.execPath, run)) await linkInto(tree, library, library);
  const busybox = (await run('command -v busybox')).trim();
  const applets = (await run('"$1" --list', busybox)).trim().split('\n');
  for (const applet of new Set(['busybox', ...applets])) await linkInto(tree, join('/bin', applet), busybox);
  await mkdir(join(tree, 'tmp'));
  // What is linked twice becomes one file: tar finds the same inode.
  await run(
    'tar --create --dereference --owner=0 --group=0 --mode=u+rwX,go+rX --directory "$1" . | docker import --change "ENV PATH=/usr/local/bin:/bin" - "$2"',
    tree,
    DEMO_BASE_IMAGE,
  );
}

/** Absolute paths that ldd names, the loader included. */
async function librariesOf(program: string, run: Shell): Promise<string[]> {
  const said = await run('ldd "$1"', program);
  return [...said.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].flatMap(([, path]) => path ?? []);
}

async function linkInto(tree: string, at: string, target: string): Promise<void> {
  await mkdir(dirname(join(tree, at)), { recursive: true });
  await symlink(target, join(tree, at));
}

interface RecipeRef {
  directory: string;
  ref: string;
}

function refsOf({ directory, versions, branches }: DemoRecipe): RecipeRef[] {
  return [...versions, ...branches].map((ref) => ({ directory, ref }));
}

/** The image that the ref's own compose file names, from the ref's own files. */
async function buildImage({ directory, ref }: RecipeRef, run: Shell): Promise<string> {
  const compose = await run('git -C "$1" show "$2:compose.yml"', directory, ref);
  const image = /^ +image: (\S+)$/m.exec(compose)?.[1];
  if (image === undefined) throw new CcError('InvalidInput', `${directory} ${ref}: compose.yml names no image`);
  await run(
    'git -C "$1" archive "$2" | docker build --quiet --tag "$3" --build-arg "BASE=$4" -',
    directory,
    ref,
    image,
    DEMO_BASE_IMAGE,
  );
  return image;
}

async function main(): Promise<void> {
  const images = await buildDemoImages({
    dockerHost: process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock',
    runner: commandRunner,
    path: process.env.PATH ?? '/usr/bin:/bin',
  });
  for (const image of images) process.stdout.write(`${image}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`${explainError(error)}\n`);
    process.exitCode = 1;
  });
}
