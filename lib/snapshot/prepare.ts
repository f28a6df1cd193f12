import { copyTree } from '../fs/copy-tree.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { renameDurable, syncTree } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Manifest } from './manifest.ts';
import type { VolumePath } from './set.ts';
import { preparedPath, preparingPath, setPaths, siblingsOf } from './sibling-names.ts';

export interface PrepareOptions {
  /** Directory of the set and its manifest. */
  set: string;
  manifest: Manifest;
  /** Live paths of the set's volumes. */
  volumes: readonly VolumePath[];
  tools: Coreutils;
}

/**
 * Copies the set's volumes beside the live ones, so that the next restore only renames (it checks the digest first).
 * Prepared copies of other sets are removed. Live data and the set are not touched; idempotent.
 * @throws CcError as `copyTree`.
 */
export async function prepareCopies(options: PrepareOptions): Promise<void> {
  const { set, manifest, tools } = options;
  const known = new Set(manifest.volumes.map((volume) => volume.name));
  for (const { name, path: live } of options.volumes) {
    await removePrepared(live, preparedPath(live, manifest.id));
    if (!known.has(name) || (await exists(preparedPath(live, manifest.id)))) continue;
    const preparing = preparingPath(live, manifest.id);
    await copyTree(setPaths.volume(set, name), preparing, tools);
    await syncTree(preparing, tools);
    await renameDurable(preparing, preparedPath(live, manifest.id));
  }
}

async function removePrepared(live: string, except: string): Promise<void> {
  for (const path of await siblingsOf(live, 'prepared', 'preparing')) if (path !== except) await removeTree(path);
}

/** Removes all prepared copies beside these volumes; absent is success. */
export async function dropPrepared(volumes: readonly VolumePath[]): Promise<void> {
  for (const { path } of volumes) await removePrepared(path, '');
}
