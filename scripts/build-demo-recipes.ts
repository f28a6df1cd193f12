/**
 * Turns the trees in specs/demo/recipes into git repositories: `node scripts/build-demo-recipes.ts DIRECTORY`.
 * `<recipe>/<version>/` becomes one commit on `main` with an annotated tag, oldest first; `<recipe>/broken/<name>/`
 * becomes a branch `broken/<name>` with those files laid over the newest version, and an image of its own:
 * `<image>:<tag>-<name>`.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareBuild, valid } from 'semver';
import { CcError, explainError, systemCode } from '../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../lib/exec/command.ts';

const DEMO = fileURLToPath(new URL('../specs/demo', import.meta.url));

/** First second of the oldest version; each later commit is a day younger. */
const FIRST_COMMIT_EPOCH_SECONDS = 1_767_225_600; // 2026-01-01T00:00:00Z
const DAY_SECONDS = 86_400;

export interface BuildDemoOptions {
  /** Where the repositories are made, one directory per recipe. */
  directory: string;
  runner: CommandRunner;
  /** PATH on which git is found. */
  path: string;
  /** Trees to build from; default: those of the demo. */
  source?: string;
  signal?: AbortSignal;
}

export interface DemoRecipe {
  recipe: string;
  /** Repository with a work tree on `main`. */
  directory: string;
  /** Tags, oldest first. */
  versions: string[];
  /** Branches `broken/…`, sorted. */
  branches: string[];
  /** False: something was there already and was left as it is. */
  created: boolean;
}

/**
 * Builds the repositories of all demo recipes; commits are the same on every machine. A directory that exists is left
 * alone, so it is idempotent; remove it to build it again. A build that was cut off leaves no half repository.
 * @throws CcError `CommandFailed` when git fails; `NotFound` without git.
 */
export async function buildDemoRecipes(options: BuildDemoOptions): Promise<DemoRecipe[]> {
  await mkdir(options.directory, { recursive: true });
  const source = options.source ?? join(DEMO, 'recipes');
  const recipes: DemoRecipe[] = [];
  for (const recipe of (await readdir(source)).sort()) recipes.push(await buildRecipe(recipe, source, options));
  return recipes;
}

/**
 * The demo's own spec file of a recipe, with the directory of the built repositories filled in.
 * @throws the system error of a file that is not there.
 */
export async function demoSpec(recipe: string, directory: string): Promise<string> {
  const text = await readFile(join(DEMO, `${recipe}.yaml`), 'utf8');
  return text.replace(
    /source: DEMO_RECIPES\/(\S+)/,
    (_, name: string) => `source: ${JSON.stringify(join(directory, name))}`,
  );
}

async function buildRecipe(recipe: string, source: string, options: BuildDemoOptions): Promise<DemoRecipe> {
  const tree = join(source, recipe);
  const versions = (await readdir(tree)).filter((name) => valid(name) !== null).sort(compareBuild);
  const broken = (await listIfThere(join(tree, 'broken'))).sort();
  const target = resolve(options.directory, recipe);
  const result = { recipe, directory: target, versions, branches: broken.map((name) => `broken/${name}`) };
  if (await exists(target)) return { ...result, created: false };
  const work = await mkdtemp(join(options.directory, `.tmp-${recipe}-`));
  try {
    const git = gitIn(work, options);
    await commitAll({ git, work, tree, versions, broken });
    await chmod(work, 0o755);
    await rename(work, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { ...result, created: true };
}

type Git = (args: readonly string[], epochSeconds?: number) => Promise<void>;

interface CommitPlan {
  git: Git;
  work: string;
  tree: string;
  versions: readonly string[];
  broken: readonly string[];
}

async function commitAll({ git, work, tree, versions, broken }: CommitPlan): Promise<void> {
  await git(['init', '-q', '--initial-branch=main']);
  let seconds = FIRST_COMMIT_EPOCH_SECONDS;
  for (const version of versions) {
    await clearWorkTree(work);
    await layOver(join(tree, version), work);
    await git(['add', '--all', '--force'], seconds);
    await git(['commit', '-q', '-m', `Release ${version}`], seconds);
    await git(['tag', '-a', '-m', `Release ${version}`, version], seconds);
    seconds += DAY_SECONDS;
  }
  for (const name of broken) {
    await git(['checkout', '-q', '-b', `broken/${name}`, 'main']);
    await layOver(join(tree, 'broken', name), work);
    await tagImages(join(work, 'compose.yml'), name);
    await git(['add', '--all', '--force']);
    await git(['commit', '-q', '-m', `Break it: ${name}`], seconds);
    await git(['checkout', '-q', 'main']);
  }
}

/** git with a fixed author and date, without any configuration of the person or the machine. */
function gitIn(cwd: string, options: BuildDemoOptions): Git {
  return async (args, epochSeconds = FIRST_COMMIT_EPOCH_SECONDS) => {
    const date = `${epochSeconds} +0000`;
    const result = await options.runner.run({
      argv: ['git', '-c', 'commit.gpgSign=false', '-c', 'tag.gpgSign=false', '-c', 'core.fileMode=true', ...args],
      cwd,
      env: {
        PATH: options.path,
        LANG: 'C',
        HOME: cwd,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        ...author(date),
      },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    if (result.exitCode !== 0) throw new CcError('CommandFailed', `git ${args.join(' ')} failed: ${result.all.trim()}`);
  };
}

function author(date: string): Record<string, string> {
  const who = { NAME: 'Demo', EMAIL: 'demo@example.org', DATE: date };
  return Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value])),
  );
}

async function clearWorkTree(work: string): Promise<void> {
  for (const name of await readdir(work)) {
    if (name !== '.git') await rm(join(work, name), { recursive: true });
  }
}

/** Copies a tree; scripts become executable whatever their mode in the source is. */
async function layOver(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, force: true });
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(to, join(entry.parentPath, entry.name).slice(from.length));
    await chmod(path, (await readFile(path, 'utf8')).startsWith('#!') ? 0o755 : 0o644);
  }
}

/** A broken variant must not run as the image of the release. */
async function tagImages(file: string, name: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^( +image: cc-ci-demo\/\S+)$/gm, `$1-${name}`));
}

async function listIfThere(directory: string): Promise<string[]> {
  return (await exists(directory)) ? await readdir(directory) : [];
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function main(): Promise<void> {
  const directory = process.argv[2];
  if (directory === undefined) throw new CcError('InvalidInput', 'usage: build-demo-recipes.ts DIRECTORY');
  const recipes = await buildDemoRecipes({
    directory,
    runner: commandRunner,
    path: process.env.PATH ?? '/usr/bin:/bin',
  });
  for (const { recipe, directory: where, created } of recipes) {
    process.stdout.write(`${recipe}\t${created ? 'built' : 'there already'}\t${where}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`${explainError(error)}\n`);
    process.exitCode = 1;
  });
}
