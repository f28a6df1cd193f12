import { hasCode } from '../errors.ts';
import { generationRef } from '../known-good/generation-ref.ts';
import type { KnownGoodStore } from '../known-good/known-good-store.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import type { Mirrors } from './mirrors.ts';

export interface WayBackOptions {
  knownGood: KnownGoodStore;
  canonicalUid: string;
  mirrors: Mirrors;
  signal: AbortSignal;
}

/**
 * The newest generation that can be gone back to, `id` or else an ancestor: read in full and intact, its commit in the
 * mirror and kept there. To be asked before an app is taken down (I14). Undefined where none is intact. Idempotent.
 * @throws system errors as they are; CcError `NotFound` where the commit is gone at the source too; `Unreachable`;
 * `Aborted`. Nothing is known then.
 */
export async function provenWayBack(id: string, options: WayBackOptions): Promise<string | undefined> {
  const { knownGood, signal } = options;
  const found = await knownGood.sets.verify(id, signal);
  const intact =
    found.state === 'Intact' ? { id, manifest: found.manifest } : await knownGood.sets.newestIntactAncestor(id, signal);
  if (intact) await pinCommit(intact.manifest, options);
  return intact?.id;
}

/** A mirror that was lost is made anew from the source. */
async function pinCommit(manifest: Manifest, { canonicalUid, mirrors, signal }: WayBackOptions): Promise<void> {
  const mirror = mirrors.of(manifest.recipe, manifest.source);
  const keep = (): Promise<void> => mirror.keep(generationRef(canonicalUid, manifest.id), manifest.commit, signal);
  try {
    await keep();
  } catch (error) {
    if (!hasCode(error, 'NotFound', 'DataMissing', 'Damaged')) throw error;
    await mirror.fetch(signal);
    await keep();
  }
}
