import { statfs } from 'node:fs/promises';
import { type AppPlan, planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan, stagePlan } from '../../../lib/app/commit.ts';
import { checkOutRevision, deployApp, takeDown } from '../../../lib/app/deployment.ts';
import { CcError, explainError, orElse } from '../../../lib/errors.ts';
import { treeSize } from '../../../lib/fs/tree-size.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import type { Revision } from '../../../lib/platform/platform.ts';
import type { DeployedSettings } from '../journal.ts';
import { mirrorOf, next, revisionRef, settingsOf, type WarmOutcome, type WarmSite } from '../site.ts';
import { assertIntact } from './data.ts';

/** What runs could not be deployed again as it is: an upgrade would have no way back. */
export const WAY_BACK_MISSING = 'WayBackMissing';

/**
 * All that can be known and fetched before anything that runs is touched: commits pinned and checked out, what the new
 * version and the way back need prepared by the platform, images included, the set proven that is gone back to, and room
 * for one that is made (I14, T54).
 */
export async function preflight(site: WarmSite): Promise<WarmOutcome> {
  const { operation, view, signal } = site;
  site.leavePool();
  if (operation.set !== undefined) await assertIntact(view.sets, operation.set, signal);
  operation.isFresh ??= operation.type === 'Deploy' && (await isFresh(site));
  await prepare(site, operation.to, settingsIn(site));
  const missing = await prepareWayBack(site);
  if (missing !== undefined) return missing;
  await assertRoom(site);
  return next;
}

/** Nothing is there that an earlier app, or somebody else, has left. */
async function isFresh({ services, domain, home, signal }: WarmSite): Promise<boolean> {
  if ((await home.readEnv()) !== undefined) return false;
  return (await services.platform.volumes({ domain }, signal)).length === 0;
}

/** Of an upgrade; what a rollback leaves behind need not be had any more. That it is not to be had is a failure. */
async function prepareWayBack(site: WarmSite): Promise<WarmOutcome | undefined> {
  const { type, from } = site.operation;
  if (type !== 'Upgrade' || from === undefined) return undefined;
  return await orElse(
    prepare(site, from, site.view.journal.applied?.settings ?? settingsIn(site)).then(() => undefined),
    ['InvalidInput', 'Unsupported', 'NotFound', 'Misconfigured'],
    (error): WarmOutcome => {
      const message = `the way back to ${from.version} is not to be had: ${explainError(error)}`;
      return { kind: 'Fail', reason: WAY_BACK_MISSING, message };
    },
  );
}

/** Where the env of a rollback is aside already, its set has the one that counts: nothing is made up for it. */
async function prepare(site: WarmSite, revision: ReleasedRevision, settings: DeployedSettings): Promise<void> {
  const { home, operation, services, signal } = site;
  if (operation.set !== undefined && (await home.readEnv()) === undefined) {
    await checkOut(site, revision);
    return;
  }
  const { spec, revision: checkedOut } = await stagePlan(await planOf(site, revision, settings), home);
  await services.platform.prepare(spec, checkedOut, signal);
}

/** The app at a revision: over the env that is kept with the data, or afresh where there is none. Writes no env. */
async function planOf(site: WarmSite, revision: ReleasedRevision, settings: DeployedSettings): Promise<AppPlan> {
  const { home, view } = site;
  const app = { recipe: view.spec.app.recipe, ...settings };
  const options = { home, revision: await checkOut(site, revision), app };
  if ((await home.readEnv()) !== undefined) return await planUpgrade(options);
  if (view.lastGood === undefined) return await planInstall(options);
  throw new CcError('DataMissing', `the env of ${home.domain} is gone, and with it what its data was made with`, {
    remedy: 'Put it back, or go back to a set: ccctl rollback.',
  });
}

async function checkOut(site: WarmSite, resolved: ReleasedRevision): Promise<Revision> {
  const { home, view, signal } = site;
  const mirror = mirrorOf(site, resolved.source);
  await mirror.keep(revisionRef(view.object.uid, resolved), resolved.commit, signal);
  return await checkOutRevision({ home, mirror, resolved, signal });
}

/** A set is a second copy, and what fails may be kept as a third. @throws CcError `NoSpace`. */
async function assertRoom({ operation, view, services, domain, signal }: WarmSite): Promise<void> {
  if (operation.type !== 'Upgrade' || view.spec.rollback.strategy === 'VersionOnly') return;
  const volumes = await services.platform.volumes({ domain }, signal);
  const bounds = { maxEntries: Number.POSITIVE_INFINITY, maxMs: Number.POSITIVE_INFINITY, clock: services.clock };
  let bytes = 0;
  for (const { path } of volumes) bytes += (await treeSize(path, bounds, signal))?.bytes ?? 0;
  const { bavail, bsize } = await statfs(services.settings.stateDirectory);
  const wanted = 2 * bytes + services.settings.diskFloorBytes;
  if (bavail * bsize >= wanted) return;
  throw new CcError(
    'NoSpace',
    `an upgrade needs ${wanted} bytes free, twice its data and the floor; ${bavail * bsize} are`,
    {
      remedy: 'Make room below the state directory; the upgrade is tried again by itself.',
    },
  );
}

/** Chosen when it was begun: an edit that comes meanwhile is deployed after it. */
function settingsIn({ operation, view }: WarmSite): DeployedSettings {
  return operation.settings ?? settingsOf(view.spec);
}

/** Applies the revision; idempotent, as `Platform.deploy` is. */
export async function deploy(site: WarmSite): Promise<WarmOutcome> {
  const { services, home, operation, signal } = site;
  site.leavePool();
  operation.settings = settingsIn(site);
  const committed = await commitPlan(await planOf(site, operation.to, operation.settings), home);
  operation.appliedMs = await deployApp(services, home, committed, signal);
  return next;
}

/** One look of the health gate; journals nothing while it waits. */
export async function awaitHealth(site: WarmSite): Promise<WarmOutcome> {
  const { services, view, domain, operation, remainingMs, signal } = site;
  const { url, appliedMs: sinceMs } = operation;
  const look = { domain, settings: view.spec.app, sinceMs, remainingMs, reachedBefore: url !== undefined, signal };
  const result = await services.gate.look(look);
  if (result.state === 'Waiting') return { kind: 'Wait', afterMs: result.afterMs, waitingFor: result.waitingFor };
  if (result.state === 'Failed') return { kind: 'Fail', reason: result.reason, message: result.message };
  operation.up = true;
  if (result.url !== undefined) operation.url = result.url;
  return next;
}

export async function takeAppDown({ services, domain, signal, leavePool }: WarmSite): Promise<WarmOutcome> {
  leavePool();
  await takeDown(services.platform, domain, signal);
  return next;
}
