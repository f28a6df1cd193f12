import { randomUUID } from 'node:crypto';
import type { BackupPart } from '../../../lib/app/backup-part.ts';
import { CANARY, canaryToken, type StoreRef } from '../../../lib/canary/canary.ts';
import { FileStore } from '../../../lib/canary/file-store.ts';
import { CcError } from '../../../lib/errors.ts';
import type { Volume } from '../../../lib/platform/platform.ts';
import type { PromotionMemory } from '../journal.ts';
import type { PreparedContext } from '../stage.ts';
import { usesCanaries } from '../steps/canaries.ts';

/** The app of a canonical whose data is promoted. */
export interface KnownGoodApp {
  domain: string;
  /** A draft that the caller journals. */
  memory: PromotionMemory;
}

/**
 * Plants a canary into the restored data before the new version sees it: a file in each directory that the run backed up,
 * and in the root of its volume. Nothing is written into a database: its journals keep what was once in it, and the
 * run has proved that upgrade already. Fresh data has nothing to lose. Idempotent.
 */
export async function plantInKnownGood(context: PreparedContext, { domain, memory }: KnownGoodApp): Promise<void> {
  if (!usesCanaries(context) || memory.parent === undefined) return;
  const volumes = await volumesOf(context, domain);
  const token = canaryToken(randomUUID().replaceAll('-', ''));
  const stores: StoreRef[] = [];
  for (const part of partsOf(context)) {
    if (!volumes.some(({ name }) => name === part.volume)) continue;
    const store = new FileStore({ part, volumes });
    const { state } = await store.plant(token);
    if (state !== 'Found') continue;
    stores.push({ kind: 'files', service: part.volume, backedUp: true, ...part, beside: [...store.beside] });
  }
  memory.canary = { token, stores, unproven: [] };
}

/** What of the planted is gone with all that lay beside it, in words; undefined: nothing. */
export async function lostInKnownGood(
  context: PreparedContext,
  { domain, memory }: KnownGoodApp,
): Promise<string | undefined> {
  const volumes = await volumesOf(context, domain);
  for (const ref of memory.canary?.stores ?? []) {
    const { state, why } = await storeOf(ref, volumes).look(memory.canary?.token ?? '');
    if (state === 'Absent')
      return `DataLost: what lay in ${ref.path} of volume ${ref.volume} is gone after the upgrade`;
    if (state === 'Refused') return `${ref.path} of volume ${ref.volume} cannot be looked at: ${why}`;
  }
  return undefined;
}

/**
 * Takes out what was planted, and looks that it is out. Idempotent; works on an app that is down, too.
 * @throws CcError `Conflict` naming where one is left: such data never becomes known-good.
 */
export async function clearKnownGood(context: PreparedContext, { domain, memory }: KnownGoodApp): Promise<void> {
  if (!memory.canary) return;
  const volumes = await volumesOf(context, domain);
  for (const ref of memory.canary.stores) {
    const { state, why } = await storeOf(ref, volumes).remove();
    if (state === 'Absent') continue;
    const at = `${CANARY} in ${ref.path} of volume ${ref.volume} of ${domain}`;
    throw new CcError('Conflict', `${at} cannot be taken out${why === '' ? '' : `: ${why}`}`);
  }
}

function partsOf({ memory }: PreparedContext): BackupPart[] {
  const parts = memory.backup ?? [];
  const roots = parts.map(({ volume }) => ({ volume, path: '.' }));
  const all = [...parts.map(({ volume, path }) => ({ volume, path })), ...roots];
  return [...new Map(all.map((part) => [`${part.volume}/${part.path}`, part])).values()];
}

function storeOf({ volume = '', path = '.', beside = [] }: StoreRef, volumes: readonly Volume[]): FileStore {
  return new FileStore({ part: { volume, path }, volumes, beside });
}

async function volumesOf({ services, signal }: PreparedContext, domain: string): Promise<Volume[]> {
  return await services.platform.volumes({ domain }, signal);
}
