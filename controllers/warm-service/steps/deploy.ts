import { statfs } from 'node:fs/promises';
import { type AppPlan, planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan, stagePlan } from '../../../lib/app/commit.ts';
import { checkOutRevision, deployApp, takeDown } from '../../../lib/app/deployment.ts';
import { CcError } from '../../../lib/errors.ts';
import { treeSize } from '../../../lib/fs/tree-size.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import { mirrorOf, next, revisionRef, type WarmOutcome, type WarmSite } from '../site.ts';

/**
 * All that can be known and fetched before anything that runs is touched: both commits pinned and checked out, what the
 * new version and the way back need prepared by the platform, images included, and room for a set (I14, T54).
 */
export async function preflight(site: WarmSite): Promise<WarmOutcome> {
  const { operation, services, signal } = site;
  site.leavePool();
  for (const revision of [operation.to, operation.from]) {
    if (revision === undefined) continue;
    const plan = await planOf(site, revision);
    const { spec, revision: checkedOut } = await stagePlan(plan, site.home);
    await services.platform.prepare(spec, checkedOut, signal);
  }
  await assertRoom(site);
  return next;
}

/** The app at a revision: over the env that is kept with the data, or afresh where there is none. Writes no env. */
async function planOf(site: WarmSite, revision: ReleasedRevision): Promise<AppPlan> {
  const { home, view, signal } = site;
  const mirror = mirrorOf(site, revision.source);
  await mirror.keep(revisionRef(view.object.uid, revision), revision.commit, signal);
  const checkedOut = await checkOutRevision({ home, mirror, resolved: revision, signal });
  const options = { home, revision: checkedOut, app: view.spec.app };
  return (await home.readEnv()) === undefined ? await planInstall(options) : await planUpgrade(options);
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

/** Applies the revision; idempotent, as `Platform.deploy` is. */
export async function deploy(site: WarmSite): Promise<WarmOutcome> {
  const { services, home, operation, signal } = site;
  site.leavePool();
  const committed = await commitPlan(await planOf(site, operation.to), home);
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
