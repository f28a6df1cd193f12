import { randomUUID } from 'node:crypto';
import type { BackupPart } from '../../../lib/app/backup-copy.ts';
import { CANARY, canaryToken, type StoreRef } from '../../../lib/canary/canary.ts';
import { FileStore } from '../../../lib/canary/file-store.ts';
import { CcError } from '../../../lib/errors.ts';
import type { Volume } from '../../../lib/platform/platform.ts';
import type { PromotionMemory } from '../journal.ts';
import { failStage, next, type PreparedContext, type StepOutcome } from '../stage.ts';
import { usesCanaries } from '../steps/canaries.ts';

/**
 * Plants a canary into the restored data before the new version sees it: a file in each directory that the run backed up,
 * and in the root of its volume. Nothing is written into a database: its journals keep what was once in it, and the
 * run has proved that upgrade already. Fresh data has nothing to lose. Idempotent.
 */
export async function plantInKnownGood(context: PreparedContext, memory: PromotionMemory): Promise<void> {
  if (!usesCanaries(context) || memory.parent === undefined) return;
  const volumes = await volumesOf(context);
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

/** Fails where what was planted is gone: all that lay beside it went with it. */
export async function lostInKnownGood(context: PreparedContext, memory: PromotionMemory): Promise<StepOutcome> {
  const volumes = await volumesOf(context);
  for (const ref of memory.canary?.stores ?? []) {
    const { state, why } = await storeOf(ref, volumes).look(memory.canary?.token ?? '');
    const at = `${ref.path} of volume ${ref.volume}`;
    if (state === 'Absent') return failStage('DataLost', `what lay in ${at} is gone after the upgrade`);
    if (state === 'Refused') return failStage('Failed', `${at} cannot be looked at: ${why}`);
  }
  return next;
}

/**
 * Takes out what was planted, and looks that it is out. Idempotent; works on an app that is down, too.
 * @throws CcError `Conflict` naming where one is left: such data never becomes known-good.
 */
export async function clearKnownGood(context: PreparedContext, memory: PromotionMemory): Promise<void> {
  if (!memory.canary) return;
  const volumes = await volumesOf(context);
  for (const ref of memory.canary.stores) {
    const { state, why } = await storeOf(ref, volumes).remove();
    if (state === 'Absent') continue;
    const at = `${CANARY} in ${ref.path} of volume ${ref.volume} of ${context.domain}`;
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

async function volumesOf({ services, domain, signal }: PreparedContext): Promise<Volume[]> {
  return await services.platform.volumes({ domain }, signal);
}
