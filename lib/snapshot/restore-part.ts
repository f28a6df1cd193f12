import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { copyTree } from '../fs/copy-tree.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { syncDirectory, syncTree } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
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
 * Makes the complete, synced and verified copy of a part beside its live path. Live data is not touched. Idempotent:
 * a copy that an earlier call left is used where its digest is right. Nothing is done where the part is in place
 * already.
 * @throws CcError as `copyTree`; `Damaged` when the copy reads back differently.
 */
export async function makeIncoming(part: JournaledPart, context: PartContext): Promise<void> {
  if (part.from === undefined || (await isInPlace(part, context))) return;
  const incoming = incomingPath(part.live, context.operation);
  if (await hasDigest(incoming, part.digest, context)) return;
  await removeTree(incoming);
  await mkdir(dirname(part.live), { recursive: true });
  await copyTree(part.from, incoming, context.tools);
  await syncTree(incoming, context.tools);
  if (await hasDigest(incoming, part.digest, context)) return;
  await removeTree(incoming);
  throw new CcError('Damaged', `the copy of ${part.from} beside ${part.live} reads back differently`, {
    remedy: 'Check the disk; live data was not touched.',
  });
}

/**
 * Puts the incoming copy in the live place; what is live goes aside first, under a name that is free. A part that the
 * set does not know only goes aside. Idempotent; a crash between the two renames leaves the aside and the copy.
 * @throws CcError `DataMissing` when neither the copy nor the right live data is there.
 */
export async function swapIn(part: JournaledPart, context: PartContext): Promise<void> {
  if (part.from === undefined) {
    await moveAside(part.live, context.operation);
    return;
  }
  if (await isInPlace(part, context)) return;
  const incoming = incomingPath(part.live, context.operation);
  if (!(await exists(incoming))) throw new CcError('DataMissing', `${incoming} is gone, the restore begins anew`);
  await moveAside(part.live, context.operation);
  await rename(incoming, part.live);
  await syncDirectory(dirname(part.live));
}

/** A live path that is missing counts as moved. */
async function moveAside(live: string, operation: RestoreOperation): Promise<void> {
  await orNothing(rename(live, await freeAsidePath(live, operation)), 'ENOENT');
  await syncDirectory(dirname(live));
}

/** An earlier call of this try has swapped it: its aside is there, the copy is not, and live is what the set holds. */
async function isInPlace(part: JournaledPart, context: PartContext): Promise<boolean> {
  if (part.done) return true;
  if (await exists(incomingPath(part.live, context.operation))) return false;
  if (!(await exists(asidePath(part.live, context.operation)))) return false;
  return await hasDigest(part.live, part.digest, context);
}

async function hasDigest(path: string, digest: string | undefined, context: PartContext): Promise<boolean> {
  if (!(await exists(path))) return false;
  return (await treeDigest(path, context.tools.signal)).digest === digest;
}
