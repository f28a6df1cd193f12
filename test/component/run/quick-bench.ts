import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { readLease } from '../../../lib/known-good/lease.ts';
import { knownGoodDigest } from '../../../scripts/demo/known-good-digest.ts';
import type { FakeBehaviour } from '../../fakes/fake-app.ts';
import { type BenchSettings, condition } from './bench.ts';
import { BASE_VERSION, CANONICAL_DOMAIN, enrol, type Notes, notesBench } from './enrolled.ts';

const signal = new AbortController().signal;

/** What the recipe's app does at every start of a version: it counts, and leaves its own mark. */
export function marking(mark: string): FakeBehaviour {
  return {
    services: [{ name: 'app' }],
    onStart: async ([volume]) => {
      if (!volume) return;
      await writeFile(join(volume.path, `started-${mark}`), 'yes');
      await writeFile(join(volume.path, 'log'), `${mark}\n`, { flag: 'a' });
    },
  };
}

/** A bench on which the base of the recipe is known to be good, promoted by a cold run called `seed`. */
export async function quickBench(settings: BenchSettings = {}): Promise<Notes> {
  const notes = await notesBench(settings);
  notes.bench.platform.behave(notes.base, marking('base'));
  notes.bench.platform.behave(notes.head, marking('head'));
  await enrol(notes);
  await notes.bench.write('Run', 'seed', { recipe: 'notes', ref: BASE_VERSION });
  const { promotion } = await notes.bench.finish('seed');
  expect(promotion?.result).to.equal('Promoted');
  return notes;
}

/** {@link knownGoodDigest} of the bench's canonical. */
export const recordOf = ({ bench }: Notes): string => knownGoodDigest(bench.knownGood('notes').directory);

/** The live volumes are exactly those of the known-good, and so are env and secrets. */
export async function expectLiveEqualsSet({ bench }: Notes): Promise<void> {
  const good = await bench.knownGood('notes').pointer();
  const volumes = await bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal);
  const live = await Promise.all(
    volumes.map(async ({ name, path }) => ({ name, digest: (await treeDigest(path, signal)).digest })),
  );
  expect(live).to.deep.equal(good?.manifest.volumes.map(({ name, digest }) => ({ name, digest })));
  const app = join(bench.settings.stateDirectory, 'apps', CANONICAL_DOMAIN);
  const set = bench.knownGood('notes').sets.pathOf(good?.id ?? '');
  expect(readFileSync(join(app, 'env'), 'utf8')).to.equal(readFileSync(join(set, 'env'), 'utf8'));
}

/** Nothing runs at the canonical's domain, and nobody has its lease. */
export async function expectIdle({ bench }: Notes): Promise<void> {
  expect((await bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal)).deployed).to.equal(false);
  expect(await readLease(bench.knownGood('notes').directory)).to.equal(undefined);
}

/** A quick run to its end. */
export async function quick(notes: Notes, name: string, spec: object = {}): Promise<RunStatus> {
  await notes.bench.write('Run', name, { recipe: 'notes', mode: 'Quick', ...spec });
  return await notes.bench.finish(name);
}

/** How a run ended, in a word. */
export const outcome = (status: RunStatus): string | undefined => condition(status, 'Succeeded');
