import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { syncDirectory } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { copyOwn } from '../fs/own-copy.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import type { JournaledPart, RestoreOperation } from './restore-journal.ts';
import { asidePath, freeAsidePath, incomingPath } from './sibling-names.ts';

/** What all parts of one restore share. */
export interface PartContext {
  operation: RestoreOperation;
  tools: Coreutils;
}

/**
 * Sees to it that a complete and durable copy of a part lies beside its live path: the prepared one, else one that is made
 * now, of which the digest shows that the set is what it was. Live data is not touched. Idempotent: a copy that an earlier
 * call left is used where its digest is right. Nothing is done where the part is in place already.
 * @throws CcError as `copyOwn`; `Damaged` when the set holds something else than its manifest says.
 */
export async function makeIncoming(part: JournaledPart, context: PartContext): Promise<void> {
  if (part.from === undefined || (await isInPlace(part, context))) return;
  if (part.prepared !== undefined && (await exists(part.prepared))) return;
  const incoming = incomingPath(part.live, context.operation);
  if (await hasDigest(incoming, part.digest, context)) return;
  await removeTree(incoming);
  await mkdir(dirname(part.live), { recursive: true });
  const copied = await copyOwn(part.from, incoming, context.tools);
  if (copied.digest === part.digest) return;
  await removeTree(incoming);
  throw new CcError('Damaged', `${part.from} has another digest than recorded`, {
    remedy: 'Restore an older intact set; live data was not touched.',
  });
}

/**
 * Puts the copy in the live place; what is live goes aside first, under a name that is free. A part that the set does not
 * know only goes aside. Idempotent; a crash between the two renames leaves the aside and the copy.
 * @throws CcError `DataMissing` when neither the copy nor the right live data is there.
 */
export async function swapIn(part: JournaledPart, context: PartContext): Promise<void> {
  if (part.from === undefined) {
    await moveAside(part.live, context.operation);
    await syncDirectory(dirname(part.live));
    return;
  }
  if (await isInPlace(part, context)) return;
  const copy = await copyOf(part, context);
  if (copy === undefined) {
    const incoming = incomingPath(part.live, context.operation);
    throw new CcError('DataMissing', `${incoming} is gone, the restore begins anew`);
  }
  await moveAside(part.live, context.operation);
  await rename(copy, part.live);
  await syncDirectory(dirname(part.live));
}

/** A live path that is missing counts as moved. Both renames are made durable together. */
async function moveAside(live: string, operation: RestoreOperation): Promise<void> {
  await orNothing(rename(live, await freeAsidePath(live, operation)), 'ENOENT');
}

/** What will become live: the prepared copy, or that of this try; undefined where neither is there. */
async function copyOf({ live, prepared }: JournaledPart, { operation }: PartContext): Promise<string | undefined> {
  if (prepared !== undefined && (await exists(prepared))) return prepared;
  const incoming = incomingPath(live, operation);
  return (await exists(incoming)) ? incoming : undefined;
}

/** An earlier call of this try has swapped it: its aside is there, the copy is not, and live is what the set holds. */
async function isInPlace(part: JournaledPart, context: PartContext): Promise<boolean> {
  if (part.done) return true;
  if ((await copyOf(part, context)) !== undefined) return false;
  if (!(await exists(asidePath(part.live, context.operation)))) return false;
  return await hasDigest(part.live, part.digest, context);
}

async function hasDigest(path: string, digest: string | undefined, context: PartContext): Promise<boolean> {
  if (!(await exists(path))) return false;
  return (await treeDigest(path, context.tools.signal)).digest === digest;
}
