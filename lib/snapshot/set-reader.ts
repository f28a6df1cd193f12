import { readdir } from 'node:fs/promises';
import { exists } from '../fs/exists.ts';
import type { Pace } from '../fs/pace.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import { type Manifest, readManifest } from './manifest.ts';

/**
 * How the bytes of sets are looked at. Never writes. Each may throw a system error: that says nothing about the set,
 * only that it could not be looked at now.
 */
export interface SetReader {
  /** As `readManifest`. @throws CcError `Damaged` where it is no manifest. */
  manifest(set: string): Promise<Manifest | undefined>;
  names(directory: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** As `treeDigest`. @throws CcError `Aborted`. */
  digest(path: string, signal: AbortSignal, pace?: Pace): Promise<string>;
}

/** Reads the disk. */
export const diskReader: SetReader = {
  manifest: readManifest,
  names: (directory) => readdir(directory),
  exists,
  digest: async (path, signal, pace) => (await treeDigest(path, signal, pace)).digest,
};
