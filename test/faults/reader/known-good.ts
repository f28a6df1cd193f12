/** The known-good of a canonical, read without any code of the product. */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { contentOf, namesIn, recordedDigest, textOf } from './tree.ts';

/** One generation and what is wrong with it. */
export interface Generation {
  id: string;
  parent?: string;
  version?: string;
  commit?: string;
  /** Of its volumes; see {@link contentOf}. */
  content: string;
  /** Empty: complete, and every digest matches. */
  faults: string[];
}

/** What lies below `canonicals/<name>`. */
export interface KnownGood {
  /** Id that the link names; undefined where there is no link. */
  pointer: string | undefined;
  generations: Generation[];
  /** What `volumes.json` says; undefined where it is missing. */
  volumes: { state?: string; generation?: string } | undefined;
  /** Other names in the directory and among the generations. */
  others: string[];
}

interface Manifest {
  id: string;
  parent?: string;
  version: string;
  commit: string;
  volumes: { name: string; digest: string }[];
  env?: { digest: string };
  secrets?: { digest: string };
  digest: string;
}

/** One promotion that a fault ended is told in the history, from its own file. */
const EXPECTED = new Set(['known-good', 'known-good.json', 'generations', 'volumes.json', 'failed-promotions.json']);

/** Never throws: what cannot be read is a fault. */
export function readKnownGood(directory: string): KnownGood {
  const names = namesIn(join(directory, 'generations'));
  const volumes = textOf(join(directory, 'volumes.json'));
  return {
    pointer: pointerOf(join(directory, 'known-good')),
    generations: names
      .filter((name) => !name.startsWith('.'))
      .map((id) => readGeneration(join(directory, 'generations', id))),
    volumes: volumes === undefined ? undefined : (parsed(volumes) as { state?: string }),
    others: [
      ...namesIn(directory).filter((name) => !EXPECTED.has(name)),
      ...names.filter((name) => name.startsWith('.')).map((name) => `generations/${name}`),
    ],
  };
}

function pointerOf(link: string): string | undefined {
  try {
    return basename(readlinkSync(link));
  } catch {
    return undefined;
  }
}

function readGeneration(directory: string): Generation {
  const id = basename(directory);
  const content = contentOf(join(directory, 'volumes'));
  const manifest = parsed(textOf(join(directory, 'manifest.json')) ?? '') as Manifest | undefined;
  if (manifest === undefined) return { id, content, faults: ['no manifest that can be read'] };
  const { version, commit, parent } = manifest;
  return {
    id,
    content,
    version,
    commit,
    ...(parent === undefined ? {} : { parent }),
    faults: faultsOf(directory, manifest),
  };
}

function faultsOf(directory: string, manifest: Manifest): string[] {
  const part = (name: string, recorded: { digest: string } | undefined): string[] => {
    const there = textOf(join(directory, name)) !== undefined || namesIn(join(directory, name)).length > 0;
    if (recorded === undefined) return there ? [`${name} is not recorded`] : [];
    return recordedDigest(join(directory, name)) === recorded.digest ? [] : [`${name} has another digest`];
  };
  const listed = namesIn(join(directory, 'volumes')).join();
  const recorded = manifest.volumes
    .map(({ name }) => name)
    .sort()
    .join();
  return [
    ...(manifest.id === basename(directory) ? [] : [`its manifest is that of ${manifest.id}`]),
    ...(manifest.digest === ownDigest(manifest) ? [] : ['the manifest has another digest']),
    ...(listed === recorded ? [] : [`volumes are ${listed}, recorded are ${recorded}`]),
    ...manifest.volumes.flatMap((volume) => part(`volumes/${volume.name}`, volume)),
    ...part('env', manifest.env),
    ...part('secrets', manifest.secrets),
  ];
}

/** Over all fields but itself, keys sorted at every depth. */
function ownDigest(manifest: Manifest): string {
  const { digest: _own, ...rest } = manifest;
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex')}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** The JSON value of a text; undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
