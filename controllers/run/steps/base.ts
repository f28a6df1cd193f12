import type { DefaultedUpgradeBase } from '../../../lib/api/index.ts';
import { compareVersions, parseVersion, sameVersion, type VersionTag } from '../../../lib/recipe/version.ts';
import type { ResolvedBase, ResolvedCommit, ResolvedKnownGood } from '../../../lib/run-record/run-files.ts';

export interface BaseFacts {
  policy: DefaultedUpgradeBase;
  head: ResolvedCommit;
  knownGood: { commit: string; version: string } | undefined;
  /** Newest first. */
  versions: readonly VersionTag[];
  defaultBranch: { name: string; commit: string } | undefined;
}

/**
 * What the upgrade starts from: the known-good if it is another commit and not newer than head; else the newest release
 * that is another commit and, for a tagged head, older, otherwise not newer; else the default branch if it is another
 * commit; else nothing, with the reason. Pure.
 */
export function chooseBase(facts: BaseFacts): ResolvedBase | UnknownBase {
  if (facts.policy.policy === 'None')
    return { from: 'None', reason: 'BasePolicyNone', message: 'ci.upgrade.base.policy is None' };
  if (facts.policy.policy === 'Version') return pinnedBase(facts);
  return knownGoodBase(facts) ?? releaseBase(facts) ?? branchBase(facts) ?? nothing(facts);
}

/** The known-good; T15: an upgrade to the commit that is there already would prove nothing. Pure. */
export function quickBase({ commit, version }: ResolvedKnownGood, head: ResolvedCommit): ResolvedBase {
  if (commit !== head.commit) return { from: 'KnownGood', commit, version, tag: version };
  const message = `the known-good ${version} is the tested commit itself: there is nothing to upgrade to`;
  return { from: 'None', reason: 'NothingToTest', message };
}

/** The pinned base is no release of the source. */
export interface UnknownBase {
  from: 'None';
  reason: 'UnknownBase';
  message: string;
}

function pinnedBase({ policy, versions, head }: BaseFacts): ResolvedBase | UnknownBase {
  const tag = versions.find((version) => sameVersion(version.tag, policy.version ?? ''));
  if (!tag)
    return {
      from: 'None',
      reason: 'UnknownBase',
      message: `ci.upgrade.base.version ${policy.version} is not an annotated version tag of the source`,
    };
  if (tag.commit === head.commit)
    return {
      from: 'None',
      reason: 'NothingToTest',
      message: `ci.upgrade.base.version ${tag.tag} is the tested commit itself`,
    };
  return { from: 'Pinned', commit: tag.commit, version: tag.tag, tag: tag.tag };
}

function knownGoodBase({ knownGood, head }: BaseFacts): ResolvedBase | undefined {
  if (!knownGood || knownGood.commit === head.commit) return undefined;
  if (order(knownGood.version, head.version) > 0) return undefined;
  return { from: 'KnownGood', commit: knownGood.commit, version: knownGood.version, tag: knownGood.version };
}

function releaseBase({ versions, head }: BaseFacts): ResolvedBase | undefined {
  const tagged = head.tag !== undefined;
  const found = versions.find((version) => {
    if (version.commit === head.commit) return false;
    const place = order(version.tag, head.version);
    return tagged ? place < 0 : place <= 0;
  });
  return found && { from: 'Release', commit: found.commit, version: found.tag, tag: found.tag };
}

function branchBase({ defaultBranch, head }: BaseFacts): ResolvedBase | undefined {
  if (head.tag !== undefined || !defaultBranch || defaultBranch.commit === head.commit) return undefined;
  return { from: 'DefaultBranch', commit: defaultBranch.commit };
}

function nothing({ versions }: BaseFacts): ResolvedBase {
  const message =
    versions.length === 0 ? 'the recipe has no release to upgrade from' : 'there is no older version to upgrade from';
  return { from: 'None', reason: 'NothingToTest', message };
}

/** Order of two version texts; one that cannot be read counts as older than everything. */
function order(one: string, other: string | undefined): number {
  const left = parseVersion(one);
  const right = other === undefined ? undefined : parseVersion(other);
  if (!left || !right) return left ? 0 : -1;
  return compareVersions(left, right);
}
