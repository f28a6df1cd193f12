import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CanonicalSpec } from '../../../lib/api/index.ts';
import { type KeptTree, keepTree } from '../../builders/kept-tree.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import type { FakeBehaviour } from '../../fakes/fake-app.ts';
import { Repository } from '../recipe/repository.ts';
import { Bench, type BenchSettings } from './bench.ts';

/** No port anywhere: running tasks are evidence enough. Every start writes a file, as a database would. */
export const HEALTHY: FakeBehaviour = {
  services: [{ name: 'app' }],
  onStart: async ([volume]) => {
    if (volume) await writeFile(join(volume.path, 'started'), 'yes');
  },
};

/** A bench with a recipe of two releases that run, and a run of the newest takes a moment only. */
export interface Notes {
  bench: Bench;
  recipe: Repository;
  base: string;
  head: string;
}

export const BASE_VERSION = '1.0.0+1.0.0';
export const HEAD_VERSION = '1.1.0+1.1.0';

export async function notesBench(settings: BenchSettings = {}): Promise<Notes> {
  const bench = await Bench.open(settings);
  const directory = join(bench.root, 'recipe');
  kept ??= keepReleases(directory);
  const { tree, base, head } = await kept;
  const recipe = await Repository.of(tree, directory);
  for (const commit of [base, head]) bench.platform.behave(commit, HEALTHY);
  return { bench, recipe, base, head };
}

interface Releases {
  tree: KeptTree;
  base: string;
  head: string;
}

/** Made once in each process of tests: a dozen children for each bench took a fifth of its time. */
let kept: Promise<Releases> | undefined;

async function keepReleases(directory: string): Promise<Releases> {
  const recipe = await Repository.create(directory);
  const base = await releaseRecipe(recipe, { version: BASE_VERSION });
  const head = await releaseRecipe(recipe, { version: HEAD_VERSION });
  const tree = await keepTree(directory);
  await rm(directory, { recursive: true });
  return { tree, base, head };
}

type Ci = NonNullable<CanonicalSpec['ci']>;

/** Scripts of a profile that keep one note in the app's volume. */
const SCRIPTS = {
  'seed.sh': 'printf kept > "$DATA/note"',
  'verify.sh': 'grep -q kept "$DATA/note"',
  'wipe.sh': 'rm -f "$DATA"/*',
};

/** Data hooks over the scripts of {@link enrol}. */
export const DATA: NonNullable<Ci['data']> = {
  seed: { command: ['./seed.sh'], from: 'Profile' },
  verify: { command: ['./verify.sh'], from: 'Profile' },
  wipe: { command: ['./wipe.sh'], from: 'Profile' },
};

/** Enrols the recipe as Canonical `notes`, by default with seed Manual and data hooks. */
export async function enrol({ bench, recipe }: Notes, spec: Partial<CanonicalSpec> = {}): Promise<void> {
  for (const [name, line] of Object.entries(SCRIPTS)) {
    const data = `DATA="${bench.platform.directory}/$CCCI_DOMAIN/data"`;
    await bench.profile('notes', name, `#!/bin/sh\n${data}\n${line}\n`);
  }
  const app = { recipe: 'notes', source: recipe.directory };
  await bench.write('Canonical', 'notes', { seed: 'Manual', app, ci: { data: DATA }, ...spec });
  await bench.pass({ kind: 'Canonical', name: 'notes' });
}

/** Domain of the Canonical `notes`. */
export const CANONICAL_DOMAIN = 'warm-canon-notes.ci.example.org';
