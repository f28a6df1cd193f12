import type { DefaultedUpdateSettings } from '../api/index.ts';
import {
  compareVersions,
  type IgnoredTag,
  parseVersion,
  sameVersion,
  type VersionListing,
  type VersionTag,
} from '../recipe/version.ts';
import { distinct, type Finding } from './finding.ts';
import { bumpFindings, type Verdict } from './judge.ts';

/** A version at a commit, as it is deployed, approved or failed. */
export interface VersionAt {
  version: string;
  commit: string;
}

export interface ChoiceInput {
  /** What is deployed. */
  current: VersionAt;
  /** As the mirror lists them. */
  tags: VersionListing;
  update: Pick<DefaultedUpdateSettings, 'policy' | 'maxBump'> & { version?: string | undefined };
  /** Versions that failed; `until`: RFC 3339. One that cannot be read as a time lasts. */
  quarantine: readonly (VersionAt & { until: string })[];
  /** What a person let through. */
  approved?: VersionAt | undefined;
  /** What the gate said of the step from `current` to the tag; undefined: it was not asked yet. */
  judged: (tag: VersionTag) => Verdict | undefined;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

/** A version that waits for a person. */
export interface HeldVersion extends VersionAt {
  /** Empty: the policy is Manual, and nothing else is against it. */
  findings: readonly Finding[];
}

/** A version above the current one that is not a candidate, and why. */
export interface PassedOver {
  version: string;
  reason: 'Quarantined' | 'PreRelease' | IgnoredTag['reason'];
}

/** What became of an approval. */
export type ApprovalState =
  | 'Stands'
  | 'TagMoved' // the tag names another commit now: what was approved is not what would be deployed
  | 'TagGone'
  | 'NotNewer' // what runs is as new
  | 'NotPinned' // the spec pins another version
  | 'Quarantined'; // it failed meanwhile

/** Why nothing is to be done. */
export type StayReason =
  | 'Newest' // nothing newer is there
  | 'Held' // what is newer waits for a person
  | 'PassedOver' // what is newer is quarantined, a pre-release, or no usable tag
  | 'AtPin' // the pinned version runs
  | 'PinOlder' // the pinned version is older than what runs: nothing goes back by itself
  | 'PinGone' // the recipe has no such version tag
  | 'CurrentUnknown'; // what runs has no recipe version, so that nothing is known to be newer

/** So many are told. */
const MOST_PASSED_OVER = 50;

/** What to do next, and all that there is to say about it. */
export type Choice = ChoiceNotes &
  (
    | { action: 'Stay'; reason: StayReason }
    /** Ask the gate about this one, then choose again. */
    | { action: 'Judge'; target: VersionTag }
    | { action: 'Upgrade'; target: VersionTag; by: 'Gate' | 'Approval' }
  );

interface ChoiceNotes {
  /** The newest release, whatever is said of it. */
  latest?: string;
  /** Newest first; those below what is chosen are not looked at. */
  held: readonly HeldVersion[];
  passedOver: readonly PassedOver[];
  /** Absent: nothing was approved. */
  approval?: ApprovalState;
}

/**
 * The newest version that may be deployed: above the current one, neither quarantined nor a pre-release, allowed by
 * `maxBump` and the gate, or approved as exactly this version and commit. With a pin the pinned one or none; a pin says
 * which, not that it is safe. Under the policy Manual only what is approved. Nothing ever goes back, not even approved.
 * Pure.
 */
export function chooseTarget(input: ChoiceInput): Choice {
  const approval = approvalState(input);
  const [latest] = input.tags.versions.filter((tag) => !isPreRelease(tag));
  const passedOver = passed(input);
  const notes = {
    passedOver,
    ...(latest ? { latest: latest.tag } : {}),
    ...(approval ? { approval } : {}),
  };
  const held: HeldVersion[] = [];
  for (const target of candidates(input)) {
    if (approval === 'Stands' && isAt(target, input.approved))
      return { ...notes, held, action: 'Upgrade', target, by: 'Approval' };
    const verdict = input.judged(target);
    if (verdict === undefined) return { ...notes, held, action: 'Judge', target };
    const findings = findingsOf(verdict, target, input);
    if (findings.length === 0 && input.update.policy === 'Auto')
      return { ...notes, held, action: 'Upgrade', target, by: 'Gate' };
    held.push({ version: target.tag, commit: target.commit, findings });
  }
  return { ...notes, held, action: 'Stay', reason: stayReason(input, held, passedOver) };
}

/** Newest first. */
function candidates(input: ChoiceInput): VersionTag[] {
  const pin = pinned(input);
  if (pin === 'Gone') return [];
  const wanted = pin === 'None' ? input.tags.versions.filter((tag) => !isUnwanted(tag, input)) : [pin];
  return wanted.filter((tag) => isNewer(tag, input.current) && !isQuarantined(tag, input));
}

/** A pre-release is taken where a person names it. */
function isUnwanted(tag: VersionTag, { approved }: ChoiceInput): boolean {
  return isPreRelease(tag) && !isAt(tag, approved);
}

function findingsOf(verdict: Verdict, { tag }: VersionTag, { current, update }: ChoiceInput): Finding[] {
  return distinct([...bumpFindings(current.version, tag, update.maxBump), ...verdict.findings]);
}

function pinned({ tags, update }: ChoiceInput): VersionTag | 'None' | 'Gone' {
  const { version } = update;
  if (version === undefined) return 'None';
  const exact = tags.versions.find(({ tag }) => tag === version);
  return exact ?? tags.versions.find(({ tag }) => sameVersion(tag, version)) ?? 'Gone';
}

function approvalState(input: ChoiceInput): ApprovalState | undefined {
  const { approved, tags, current } = input;
  if (approved === undefined) return undefined;
  const tag = tags.versions.find((one) => one.tag === approved.version);
  if (tag === undefined) return 'TagGone';
  if (tag.commit !== approved.commit) return 'TagMoved';
  if (!isNewer(tag, current)) return 'NotNewer';
  if (isQuarantined(tag, input)) return 'Quarantined';
  const pin = pinned(input);
  return pin === 'None' || (pin !== 'Gone' && isAt(pin, approved)) ? 'Stands' : 'NotPinned';
}

function stayReason(input: ChoiceInput, held: readonly HeldVersion[], passedOver: readonly PassedOver[]): StayReason {
  const pin = pinned(input);
  if (parseVersion(input.current.version) === undefined) return 'CurrentUnknown';
  if (pin === 'Gone') return 'PinGone';
  if (held.length > 0) return 'Held';
  if (pin === 'None') return passedOver.some(({ reason }) => reason !== 'Unparsable') ? 'PassedOver' : 'Newest';
  if (isNewer(pin, input.current)) return 'PassedOver';
  return sameVersion(pin.tag, input.current.version) ? 'AtPin' : 'PinOlder';
}

/** What is above the current version and no candidate, newest first; then ignored tags, bounded. */
function passed(input: ChoiceInput): PassedOver[] {
  const pin = pinned(input);
  const own = input.tags.versions.flatMap((tag): PassedOver[] => {
    if (!isNewer(tag, input.current)) return [];
    if (isQuarantined(tag, input)) return [{ version: tag.tag, reason: 'Quarantined' }];
    return isUnwanted(tag, input) && tag !== pin ? [{ version: tag.tag, reason: 'PreRelease' }] : [];
  });
  const ignored = input.tags.ignored
    .filter(({ tag }) => isAbove(tag, input.current))
    .map(({ tag, reason }): PassedOver => ({ version: tag, reason }));
  return [...own, ...ignored].slice(0, MOST_PASSED_OVER);
}

/** Two spellings of one version are no step. */
function isNewer(tag: VersionTag, { version }: VersionAt): boolean {
  const current = parseVersion(version);
  return current !== undefined && compareVersions(tag, current) > 0 && !sameVersion(tag.tag, version);
}

/** A tag that is no version may be anything. */
function isAbove(tag: string, { version }: VersionAt): boolean {
  const [current, other] = [parseVersion(version), parseVersion(tag)];
  return current === undefined || other === undefined || compareVersions(other, current) > 0;
}

function isQuarantined(tag: VersionTag, { quarantine, nowMs }: ChoiceInput): boolean {
  return quarantine.some((one) => isAt(tag, one) && !(Date.parse(one.until) <= nowMs));
}

function isAt({ tag, commit }: VersionTag, at: VersionAt | undefined): boolean {
  return at?.version === tag && at.commit === commit;
}

function isPreRelease({ recipe }: VersionTag): boolean {
  return recipe.includes('-');
}
