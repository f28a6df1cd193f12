import type { SweepReason } from '../../lib/api/index.ts';
import { compareVersions, parseVersion, sameVersion, type VersionTag } from '../../lib/recipe/version.ts';
import type { RecipeRow } from './journal.ts';

/** What a recipe is judged by. Milliseconds. */
export interface DecisionFacts {
  /** As they were fetched just now, newest first. */
  versions: readonly VersionTag[];
  knownGood: { state: 'Absent' | 'Damaged' } | { state: 'Present'; version: string; promotedMs: number };
  maxAgeMs: number;
  now: number;
}

export type Decision = Pick<RecipeRow, 'decision' | 'reason' | 'from' | 'to'>;

/** Whether the recipe is tested, and at which version: by versions, never by commits (WC6). Pure. */
export function decideRecipe({ versions, knownGood, maxAgeMs, now }: DecisionFacts): Decision {
  const [newest] = versions;
  if (newest === undefined) return skip('NeverReleased', fromOf(knownGood));
  if (knownGood.state !== 'Present')
    return run(knownGood.state === 'Absent' ? 'NoKnownGood' : 'KnownGoodDamaged', { to: newest.tag });
  const { version } = knownGood;
  if (isNewer(newest, version)) return run('NewVersion', { from: version, to: newest.tag });
  // Images vanish and registries change: it is proved again as what it is.
  const same = versions.find(({ tag }) => sameVersion(tag, version));
  const isTooOld = now - knownGood.promotedMs > maxAgeMs;
  if (isTooOld && same) return run('TooOld', { from: version, to: same.tag });
  return skip('NoNewVersion', { from: version, to: newest.tag });
}

function isNewer(newest: VersionTag, known: string): boolean {
  if (sameVersion(newest.tag, known)) return false;
  const version = parseVersion(known);
  return version === undefined || compareVersions(newest, version) > 0;
}

function fromOf(knownGood: DecisionFacts['knownGood']): Pick<RecipeRow, 'from'> {
  return knownGood.state === 'Present' ? { from: knownGood.version } : {};
}

function run(reason: SweepReason, versions: Pick<RecipeRow, 'from' | 'to'>): Decision {
  return { decision: 'Run', reason, ...versions };
}

function skip(reason: SweepReason, versions: Pick<RecipeRow, 'from' | 'to'>): Decision {
  return { decision: 'Skip', reason, ...versions };
}
