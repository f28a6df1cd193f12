import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import { canonicalDomain } from '../../lib/app/domain.ts';
import { canonicalInForce, holderOf } from '../../lib/app/enrolment.ts';
import { renamedFrom, waitsForRenamed } from '../../lib/app/renamed.ts';
import { isAccepted, refusalOf } from '../../lib/store/spec-in-force.ts';
import type { Claim, Refusal, StoredObject } from '../../lib/store/store.ts';
import type { CanonicalJournal } from './journal.ts';

/** What the acceptance of a canonical's spec is decided from. */
export interface AcceptanceInputs {
  object: StoredObject;
  journal: CanonicalJournal;
  /** Where its data lies, or will. */
  domain: string;
  /** On that domain. */
  claim: Claim | undefined;
  canonicals: readonly StoredObject[];
  zone: string;
}

export interface Judgement {
  /** Why the file as it is now is not in force. */
  rejection: Refusal | undefined;
  /** A spec that was accepted before is in force and nothing stands against it. */
  inForce: boolean;
  /** The record says all this already. */
  noted: boolean;
}

/**
 * Decides whether the present spec may come into force, and whether what was accepted before still is. An edit that is
 * refused leaves the accepted spec alone. Pure.
 */
export function judge(inputs: AcceptanceInputs): Judgement {
  const { object } = inputs;
  const accepted = canonicalInForce(object);
  const blocked = accepted && blockOf(inputs, accepted);
  const rejection = blocked ?? rejectionOf(inputs, object.spec as DefaultedCanonicalSpec, accepted);
  const known = refusalOf(object);
  return {
    rejection,
    inForce: accepted !== undefined && blocked === undefined,
    noted: rejection
      ? known?.reason === rejection.reason && known.message === rejection.message
      : isAccepted(object) && known === undefined,
  };
}

/** What stands against the recipe and the domain of a spec, whoever wrote it. */
function blockOf({ object, canonicals, claim }: AcceptanceInputs, spec: DefaultedCanonicalSpec): Refusal | undefined {
  const { recipe } = spec.app;
  const holder = holderOf(canonicals, recipe);
  const renamed = renamedFrom(canonicals, object);
  if (holder && holder.uid !== object.uid && holder === renamed)
    return waitsForRenamed(renamed, `the recipe ${recipe}`);
  if (holder && holder.uid !== object.uid)
    return {
      reason: 'DuplicateRecipe',
      message: `recipe ${recipe} is enrolled by Canonical/${holder.name} (${holder.path}) already: one Canonical per recipe. Remove one of the two files.`,
    };
  if (claim === undefined || claim.uid === object.uid) return undefined;
  if (claim.uid === renamed?.uid) return waitsForRenamed(renamed, `the domain ${claim.domain}`);
  return {
    reason: 'DomainConflict',
    message: `domain ${claim.domain} belongs to ${claim.kind}/${claim.name}. Choose another app.domain, or remove that object first.`,
  };
}

function rejectionOf(
  inputs: AcceptanceInputs,
  wanted: DefaultedCanonicalSpec,
  accepted: DefaultedCanonicalSpec | undefined,
): Refusal | undefined {
  const { object, journal, zone } = inputs;
  const recipe = accepted?.app.recipe ?? journal.recipe;
  if (recipe !== undefined && recipe !== wanted.app.recipe)
    return {
      reason: 'ImmutableField',
      message: `spec.app.recipe cannot change from ${recipe} to ${wanted.app.recipe}. Enrol the other recipe with a Canonical of its own; or give this one and its data up: ccctl delete can/${object.name} --purge.`,
    };
  const domain = canonicalDomain(object.name, wanted.app.domain, zone);
  if ((accepted || journal.domain !== undefined) && domain !== inputs.domain)
    return {
      reason: 'ImmutableField',
      message: `the domain ${inputs.domain} holds the data and cannot change to ${domain}. Put app.domain: ${inputs.domain} back, or remove the Canonical and enrol it anew.`,
    };
  return accepted ? undefined : blockOf(inputs, wanted);
}
