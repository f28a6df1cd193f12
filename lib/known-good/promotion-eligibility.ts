/** Why a green run does not promote. */
export type IneligibleReason =
  | 'NotGreen'
  | 'PullRequest'
  | 'EnvOverridden'
  | 'PromotionNever'
  | 'NotEnrolled'
  | 'OtherSource'
  | 'Suspended'
  | 'NotReleased'
  | 'OlderThanKnownGood'
  | 'TagMoved';

export type PromotionEligibility = { eligible: true } | { eligible: false; reason: IneligibleReason };

/** What is known of the run, its Canonical and the pointer when the question is asked. */
export interface EligibilityFacts {
  /** All required stages passed in a cold run. */
  green: boolean;
  pullRequest: boolean;
  /** The run sets env of its own. */
  envOverridden: boolean;
  promotion: 'Auto' | 'Never';
  /** Undefined: no Canonical of that recipe. */
  canonical?: { source: string; suspended: boolean };
  /** Where the run's recipe was cloned from. */
  source: string;
  /** Full commit id of head. */
  headCommit: string;
  /** Peeled commit of the annotated version tag of the Canonical's source that head is; undefined: head is no release. */
  tagCommit?: string;
  /** Undefined: no known-good yet. `comparison`: head's version against the pointer's, < 0 older, 0 same, > 0 newer. */
  knownGood?: { commit: string; comparison: number };
}

/**
 * Whether the run may become known-good. To be asked again once the lease is held, against the pointer as it then is.
 * Pure; the first reason that holds, in the order of {@link IneligibleReason}.
 */
export function promotionEligibility(facts: EligibilityFacts): PromotionEligibility {
  const rows: readonly (readonly [boolean, IneligibleReason])[] = [
    [!facts.green, 'NotGreen'],
    [facts.pullRequest, 'PullRequest'],
    [facts.envOverridden, 'EnvOverridden'],
    [facts.promotion === 'Never', 'PromotionNever'],
    [facts.canonical === undefined, 'NotEnrolled'],
    [facts.canonical?.source !== facts.source, 'OtherSource'],
    [facts.canonical?.suspended === true, 'Suspended'],
    [facts.tagCommit !== facts.headCommit, 'NotReleased'],
    [(facts.knownGood?.comparison ?? 1) < 0, 'OlderThanKnownGood'],
    [facts.knownGood?.comparison === 0 && facts.knownGood.commit !== facts.headCommit, 'TagMoved'],
  ];
  const hit = rows.find(([holds]) => holds);
  return hit === undefined ? { eligible: true } : { eligible: false, reason: hit[1] };
}
