import { isRecord } from '../api/objects.ts';
import { canonicalDigest } from '../digest.ts';
import { CcError } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import { setPaths } from './sibling-names.ts';

/** One volume as it is in the set. */
export interface VolumeRecord {
  name: string;
  files: number;
  bytes: number;
  /** `sha256:…`, see `treeDigest`. */
  digest: string;
  /** Sockets that were left out; printable relative paths. */
  skipped: string[];
}

/** What the maker of a set knows about it. */
export interface ManifestFields {
  /** Id of the set that the data descends from; absent after a fresh install. */
  parent?: string;
  recipe: string;
  /** Where the recipe was cloned from. */
  source: string;
  version: string;
  /** Full commit id, peeled. */
  commit: string;
  /** The run that made it; absent for sets of warm services. */
  run?: { name: string; uid: string };
  domain: string;
  /** Where the app answered; absent where nobody could be asked, and in sets of before. */
  url?: string;
  /** Service → image reference that ran, with digest where it came from a registry; absent where images do not run. */
  images?: Record<string, string>;
}

/** The record of one set: written last, so a set that has it is complete. */
export interface Manifest extends ManifestFields {
  format: 1;
  id: string;
  createdTime: string;
  volumes: VolumeRecord[];
  /** Absent: the app had no env file. */
  env?: { digest: string };
  /** Absent: the app had no secrets directory. */
  secrets?: { names: string[]; digest: string };
  /** Sum over the volumes. */
  bytes: number;
  /** Over all other fields, so over every part's digest. */
  digest: string;
}

/** Adds the digest over all other fields. Pure. */
export function sealManifest(manifest: Omit<Manifest, 'digest'>): Manifest {
  return { ...manifest, digest: manifestDigest(manifest) };
}

/** `sha256:…` over the manifest without its own digest, independent of the order of keys. Pure. */
function manifestDigest(manifest: Omit<Manifest, 'digest'>): string {
  const { digest: _own, ...rest } = manifest as Manifest;
  return `sha256:${canonicalDigest(rest)}`;
}

/** Writes `manifest.json` of the set directory durably, readable by the owner only. */
export async function writeManifest(set: string, manifest: Manifest): Promise<void> {
  await writeJsonDurable(setPaths.manifest(set), manifest, { mode: 0o600 });
}

/**
 * The manifest of a set directory, or undefined where there is none (no set, or an unfinished one).
 * @throws CcError `Damaged` when it is not a manifest of this format or its own digest does not match.
 */
export async function readManifest(set: string): Promise<Manifest | undefined> {
  const path = setPaths.manifest(set);
  const value = await readJson<unknown>(path);
  if (value === undefined) return undefined;
  const fault = manifestFault(value);
  if (fault === undefined) return value as Manifest;
  throw new CcError('Damaged', `${path}: ${fault}`, { remedy: 'The set cannot be used; an older one may be intact.' });
}

function manifestFault(value: unknown): string | undefined {
  if (!isRecord(value)) return 'not an object';
  if (value.format !== 1) return `format ${String(value.format)} is not known to this version`;
  const texts = ['id', 'recipe', 'source', 'version', 'commit', 'domain', 'createdTime', 'digest'];
  const missing = texts.find((key) => typeof value[key] !== 'string');
  if (missing !== undefined) return `field ${missing} is missing`;
  if (!Array.isArray(value.volumes) || !value.volumes.every(isVolumeRecord)) return 'volumes are not complete';
  if (value.digest !== manifestDigest(value as unknown as Manifest)) return 'its own digest does not match';
  return undefined;
}

function isVolumeRecord(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, digest, files, bytes } = value;
  return (
    typeof name === 'string' && typeof digest === 'string' && typeof files === 'number' && typeof bytes === 'number'
  );
}
