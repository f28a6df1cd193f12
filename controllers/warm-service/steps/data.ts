import { basename, join } from 'node:path';
import { assertGone, volumesTwice } from '../../../lib/app/deployment.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError, explainError, hasCode } from '../../../lib/errors.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import { translateNoSpace } from '../../../lib/fs/no-space.ts';
import { Asides } from '../../../lib/known-good/asides.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import { restoreApp } from '../../../lib/known-good/reattach.ts';
import { failedSetId } from '../../../lib/known-good/warm-home.ts';
import type { Manifest, ManifestFields } from '../../../lib/snapshot/manifest.ts';
import { makeSet, sealSet } from '../../../lib/snapshot/set.ts';
import type { SetStore } from '../../../lib/snapshot/set-store.ts';
import type { GivenUp } from '../journal.ts';
import { next, type WarmOutcome, type WarmSite } from '../site.ts';
import { noteFailedSet } from './failed-set.ts';

/**
 * Copies the data as it is, under the id of the operation; one that is complete stays as it is. Only while what was
 * deployed last is the version that is upgraded from: the steps see to it.
 */
export async function snapshot(site: WarmSite): Promise<WarmOutcome> {
  const { view, operation } = site;
  if (view.spec.rollback.strategy === 'VersionOnly' || operation.from === undefined) return next;
  site.leavePool();
  const { from, id } = operation;
  const parent = view.lastGood?.set;
  const made = await copySet(site, { id, of: from, ...(parent === undefined ? {} : { parent }) });
  const { createdTime: time, bytes, digest, version } = made;
  view.journal.snapshot = { id, time, bytes, digest, version };
  operation.hasSet = true;
  return next;
}

async function copySet(
  { services, view, domain, home, signal }: WarmSite,
  { id, of, parent }: { id: string; of: ReleasedRevision; parent?: string },
): Promise<Manifest> {
  const fields: ManifestFields = {
    ...(parent === undefined ? {} : { parent }),
    recipe: view.spec.app.recipe,
    source: of.source,
    version: of.version,
    commit: of.commit,
    domain,
  };
  const volumes = await volumesTwice(services.platform, domain, signal);
  const make = () =>
    makeSet({
      ...{ id, directory: view.sets.directory, volumes, fields, clock: services.clock },
      ...{ envFile: home.envFile, secretsDirectory: home.secretsDirectory },
      assertUndeployed: () => assertGone(services.platform, domain, signal),
      tools: coreutils(services, signal),
    });
  return await services.limits.run('Copy', make, signal);
}

/**
 * The live volumes leave their places and are kept: what was written since the set was made is in them. A rollback that
 * leaves the data as it is moves nothing, and want of room never stops one (PROTOCOLS 7).
 */
export async function setAside(site: WarmSite): Promise<WarmOutcome> {
  if (site.operation.set !== undefined) await moveAside(site);
  return next;
}

/**
 * What a first deploy that failed has begun is no data for the version that is tried next: it goes aside and is kept as a
 * failed set, unless something was there before. Idempotent.
 */
export async function setBegunAside(site: WarmSite): Promise<WarmOutcome> {
  const { operation, services, domain, signal } = site;
  if (!operation.isFresh || !operation.steps.done.includes('Preflight')) return next;
  operation.isFresh = await moveAside(site);
  await sealAside(site, operation, operation.to);
  if (operation.isFresh) await services.platform.recordVolumes({ domain }, [], signal);
  return next;
}

/** Gives whether all of it is aside: for want of room the rest stays where it is. */
async function moveAside(site: WarmSite): Promise<boolean> {
  const { services, view, operation, domain, home, signal } = site;
  site.leavePool();
  await assertGone(services.platform, domain, signal);
  const volumes = await volumesTwice(services.platform, domain, signal);
  const parts = [
    ...volumes.map(({ name, path }) => ({ name: `volumes/${basename(name)}`, live: path })),
    { name: 'env', live: home.envFile },
    { name: 'secrets', live: home.secretsDirectory },
  ];
  const of = operation.set === undefined ? {} : { generation: operation.set };
  const aside = { id: failedSetId(operation.id), domain, ...of, parts };
  const asides = new Asides(view.directory);
  operation.asideTime ??= toTime(services.clock.now());
  try {
    await asides.keep(aside, coreutils(services, signal));
    return true;
  } catch (thrown) {
    const error = translateNoSpace(thrown, 'keeping what a rollback replaces');
    if (!hasCode(error, 'NoSpace')) throw error;
    await asides.settle(aside.id);
    services.log.warn('not all of what is replaced is kept', { domain, error: explainError(error) });
    return false;
  }
}

/** @throws CcError `Damaged` where a set is not what its manifest says, or is not there. */
export async function assertIntact(sets: SetStore, id: string, signal: AbortSignal): Promise<void> {
  const found = await sets.verify(id, signal);
  if (found.state === 'Intact') return;
  const what = found.state === 'Damaged' ? `is damaged: ${found.reason}` : 'is not there';
  throw new CcError('Damaged', `the set ${id} ${what}`, {
    remedy: 'Put it back from a backup and say ccctl retry, or choose another one: ccctl rollback --to SET.',
  });
}

/** Puts the set of the operation back. @throws CcError as `restoreApp`. */
export async function restore(site: WarmSite): Promise<WarmOutcome> {
  const { services, view, operation, domain, home, signal } = site;
  if (operation.set === undefined) return next;
  site.leavePool();
  const work = () =>
    restoreApp({
      ...{ platform: services.platform, home, set: view.sets.pathOf(operation.set ?? '') },
      operation: { id: `${operation.id}-restore`, attempt: operation.tries ?? 1 },
      assertUndeployed: () => assertGone(services.platform, domain, signal),
      tools: coreutils(services, signal),
    });
  await services.limits.run('Copy', work, signal);
  operation.isRestored = true;
  return next;
}

/**
 * What went aside becomes a set, also what rollbacks before it have left: sealed where it lies, so that it takes no more
 * room, and can be read and gone back to. One that cannot be read in full stays an aside.
 */
export async function keepFailed(site: WarmSite): Promise<WarmOutcome> {
  const { operation } = site;
  for (const one of [...(operation.givenUp ?? []), operation])
    if (one.from !== undefined) await sealAside(site, one, one.from);
  return next;
}

async function sealAside(site: WarmSite, of: GivenUp, { version, commit, source }: ReleasedRevision): Promise<void> {
  const { view, services, domain, signal } = site;
  const asides = new Asides(view.directory);
  const aside = (await asides.list()).find(({ id }) => id === failedSetId(of.id));
  if (aside === undefined) return;
  const fields = { recipe: view.spec.app.recipe, version, commit, source, domain };
  const directory = join(asides.directory, aside.id);
  const { clock } = services;
  await noteFailedSet(site, of, await sealSet({ directory, id: aside.id, fields, clock, signal }));
}
