import type { Mirrors } from '../app/mirrors.ts';
import { orElse } from '../errors.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { isAsCopied, isPrepared, type PreparedFor } from '../snapshot/prepared.ts';
import type { SetStore } from '../snapshot/set-store.ts';

export interface WayBackOptions {
  sets: SetStore;
  /** Of the object that has the sets. */
  ownerUid: string;
  mirrors: { of(...source: Parameters<Mirrors['of']>): Pick<RecipeMirror, 'keep' | 'fetch'> };
  signal: AbortSignal;
}

/**
 * The newest set that can be gone back to, `id` or else an ancestor: read in full and intact, its commit in the
 * mirror and kept there. To be asked before an app is taken down (I14). Undefined where none is intact. Idempotent.
 * @throws system errors as they are; CcError `NotFound` where the commit is gone at the source too; `Unreachable`;
 * `Aborted`. Nothing is known then.
 */
export async function provenWayBack(id: string, options: WayBackOptions): Promise<string | undefined> {
  const { sets, signal } = options;
  const found = await sets.verify(id, signal);
  const intact =
    found.state === 'Intact' ? { id, manifest: found.manifest } : await sets.newestIntactAncestor(id, signal);
  if (intact) await pinCommit(intact.manifest, options);
  return intact?.id;
}

export interface ReadyWayBackOptions extends WayBackOptions {
  /** Where the data is to get to; all volumes that are there. */
  live: PreparedFor;
}

/**
 * As {@link provenWayBack}, for who waits: where a sealed copy of the set lies beside the live data, and nobody has written
 * to the set since that was made, both are proven, and no content is read.
 */
export async function readyWayBack(id: string, options: ReadyWayBackOptions): Promise<string | undefined> {
  const { sets, live, signal } = options;
  const set = await sets.get(id);
  const isReady =
    set !== undefined &&
    (await isPrepared(live, set.manifest)) &&
    (await isAsCopied(live.home.directory, sets.pathOf(id), signal));
  if (!isReady) return await provenWayBack(id, options);
  await pinCommit(set.manifest, options);
  return id;
}

/** A mirror that was lost is made anew from the source. */
async function pinCommit(manifest: Manifest, { ownerUid, mirrors, signal }: WayBackOptions): Promise<void> {
  const mirror = mirrors.of(manifest.recipe, manifest.source);
  const keep = (): Promise<void> => mirror.keep(generationRef(ownerUid, manifest.id), manifest.commit, signal);
  await orElse(keep(), ['NotFound', 'DataMissing', 'Damaged'], async () => {
    await mirror.fetch(signal);
    await keep();
  });
}

/** Name under which the mirror keeps the commit of a generation alive. Pure. */
export function generationRef(canonicalUid: string, generation: string): string {
  return `generation-${canonicalUid.slice(0, 8)}-${generation}`;
}
