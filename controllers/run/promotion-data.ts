import { basename } from 'node:path';
import { restoreApp } from '../../lib/app/restore-app.ts';
import { provenWayBack } from '../../lib/app/way-back.ts';
import { CcError } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import type { AsidePart } from '../../lib/known-good/asides.ts';
import { isNobodys } from '../../lib/known-good/volumes-state.ts';
import type { Platform, Volume } from '../../lib/platform/platform.ts';
import { restoreJournalPath, restoreUnfinished } from '../../lib/snapshot/restore-journal.ts';
import { siblingsOf } from '../../lib/snapshot/sibling-names.ts';
import { coreutils } from './app-steps.ts';
import type { PromotionMemory } from './journal.ts';
import type { Promotion } from './promotion.ts';
import type { PreparedContext } from './stage.ts';

/** Undeploys, and asserts against the platform that nothing of the app runs. */
export async function undeployAndAssertGone(context: PreparedContext, domain: string): Promise<void> {
  const { services, signal } = context;
  await services.platform.undeploy({ domain }, signal);
  await assertGone(context, domain);
}

/** @throws CcError `Conflict` while a listing shows something of the app. */
export async function assertGone({ services, signal }: PreparedContext, domain: string): Promise<void> {
  const { deployed } = await services.platform.observe({ domain }, signal);
  if (deployed) throw new CcError('Conflict', `${domain} is still deployed, its data cannot be copied or replaced`);
}

/**
 * The volumes of an app that is down, as two listings show them: what one old answer leaves out would be left out of a
 * set, or destroyed as not there. @throws CcError `Conflict` where the two differ.
 */
export async function volumesTwice(platform: Platform, domain: string, signal: AbortSignal): Promise<Volume[]> {
  const first = await platform.volumes({ domain }, signal);
  const second = await platform.volumes({ domain }, signal);
  const names = (volumes: readonly Volume[]): string => volumes.map(({ name }) => name).join('/');
  if (names(first) === names(second)) return first;
  throw new CcError(
    'Conflict',
    `two listings of the volumes of ${domain} differ: [${names(first)}], [${names(second)}]`,
  );
}

/**
 * Puts the data in place that the promoted version starts from: the current generation; where it is damaged its newest
 * intact ancestor; where there is none, nothing. Notes in `memory` which one it is. What the way back is made of is
 * proven before anything is taken down. Idempotent.
 */
export async function placeData(
  context: PreparedContext,
  { target, facts }: Promotion,
  memory: PromotionMemory,
): Promise<void> {
  const { services, signal } = context;
  const { knownGood, home, place } = target;
  const { domain } = home;
  const options = { knownGood, canonicalUid: place.uid, mirrors: services.mirrors, signal };
  const parent = facts.knownGood ? await provenWayBack(facts.knownGood.id, options) : undefined;
  await undeployAndAssertGone(context, domain);
  const tools = coreutils(services, signal);
  await knownGood.asides.resume(tools);
  if (parent === undefined) {
    delete memory.parent;
    await startFresh(context, { target, facts }, memory);
    return;
  }
  memory.parent = parent;
  await knownGood.setVolumesState({ state: 'Dirty', generation: parent });
  const operation = { id: `${memory.steps?.operation ?? ''}-restore`, attempt: memory.steps?.begun ?? 1 };
  const assertUndeployed = (): Promise<void> => assertGone(context, domain);
  const { platform } = services;
  const restore = { platform, home, set: knownGood.sets.pathOf(parent), operation, assertUndeployed, tools };
  await services.limits.run('Copy', () => restoreApp(restore), signal);
}

/**
 * Makes room for a fresh install. Live data that may be worth something goes aside and is kept, together with the
 * generations that are there; only what our own journal says was never known to be good is destroyed.
 */
async function startFresh(
  context: PreparedContext,
  { target, facts }: Pick<Promotion, 'target' | 'facts'>,
  memory: PromotionMemory,
): Promise<void> {
  const { services, signal } = context;
  const { knownGood, home } = target;
  const generation = facts.knownGood?.id;
  if (!isNobodys(await knownGood.volumesState()) || !(await isAsideKept({ target, facts }))) {
    const parts = await liveParts(context, target);
    const named = generation === undefined ? {} : { generation };
    const aside = { id: memory.steps?.operation ?? '', domain: home.domain, ...named, parts };
    await services.limits.run('Copy', () => knownGood.asides.keep(aside, coreutils(services, signal)), signal);
    await knownGood.setVolumesState({ state: 'Dirty' });
  }
  await services.platform.destroy({ domain: home.domain }, signal);
  await removeTree(restoreJournalPath(home.directory));
}

/** Whether what was live beside this pointer went aside before, or nothing ever was worth it. */
async function isAsideKept({ target, facts }: Pick<Promotion, 'target' | 'facts'>): Promise<boolean> {
  if (await target.knownGood.isEmpty()) return true;
  const asides = await target.knownGood.asides.list();
  return asides.some((aside) => aside.generation === facts.knownGood?.id);
}

/** Volumes, env and secrets; after a restore that never ended also what it had set aside: that may be the only copy. */
async function liveParts({ services, signal }: PreparedContext, { home }: Promotion['target']): Promise<AsidePart[]> {
  const volumes = await volumesTwice(services.platform, home.domain, signal);
  const live = [
    ...volumes.map(({ name, path }) => ({ name: `volumes/${name}`, live: path })),
    { name: 'secrets', live: home.secretsDirectory },
    { name: 'env', live: home.envFile },
  ];
  if (!(await restoreUnfinished(home.directory))) return live;
  const asides = await Promise.all(live.map((part) => siblingsOf(part.live, 'aside')));
  return [...live, ...asides.flat().map((path) => ({ name: `volumes/${basename(path)}`, live: path }))];
}
