import { basename } from 'node:path';
import { assertGone, takeDown, volumesTwice } from '../../../lib/app/deployment.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import type { AsidePart } from '../../../lib/known-good/asides.ts';
import { putBack } from '../../../lib/known-good/reattach.ts';
import { isNobodys } from '../../../lib/known-good/volumes-state.ts';
import { provenWayBack } from '../../../lib/known-good/way-back.ts';
import { restoreJournalPath, restoreUnfinished } from '../../../lib/snapshot/restore-journal.ts';
import { siblingsOf } from '../../../lib/snapshot/sibling-names.ts';
import type { PromotionMemory } from '../journal.ts';
import type { PreparedContext } from '../stage.ts';
import type { Promotion } from './promotion.ts';

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
  const wayBack = { sets: knownGood.sets, ownerUid: place.uid, mirrors: services.mirrors, signal };
  const parent = facts.knownGood ? await provenWayBack(facts.knownGood.id, wayBack) : undefined;
  await takeDown(services.platform, domain, signal);
  const tools = coreutils(services, signal);
  if (parent === undefined) {
    delete memory.parent;
    await knownGood.asides.resume(tools);
    await startFresh(context, { target, facts }, memory);
    return;
  }
  memory.parent = parent;
  const { platform, limits } = services;
  const operation = { id: `${memory.steps?.operation ?? ''}-restore`, attempt: memory.steps?.begun ?? 1 };
  const assertUndeployed = (): Promise<void> => assertGone(platform, domain, signal);
  await putBack({ platform, limits, knownGood, home, id: parent, operation, assertUndeployed, tools });
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
