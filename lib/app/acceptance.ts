import { isAccepted, refusalOf } from '../store/spec-in-force.ts';
import type { Claim, Refusal, StoredObject } from '../store/store.ts';
import { waitsForRenamed } from './renamed.ts';

/** What the acceptance of the spec of an app is decided from. */
export interface AcceptanceFacts {
  object: StoredObject;
  /** What was fixed when it was accepted first, or claimed; absent: nothing yet. */
  known: { recipe?: string | undefined; domain?: string | undefined };
  /** What its file says now. */
  wanted: { recipe: string; domain: string };
  /** Who else holds the domain. */
  block: Claim | undefined;
  /** What its file described before and goes. */
  renamed?: StoredObject | undefined;
}

export interface Acceptance {
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
export function judgeSpec({ object, known, wanted, block, renamed }: AcceptanceFacts): Acceptance {
  const accepted = object.accepted !== undefined;
  const rejection = (block && domainConflict(block, renamed)) ?? immutableField({ known, wanted });
  const said = refusalOf(object);
  return {
    rejection,
    inForce: accepted && block === undefined,
    noted: rejection
      ? said?.reason === rejection.reason && said.message === rejection.message
      : isAccepted(object) && said === undefined,
  };
}

/** The refusal of a domain that another object holds. Pure. */
function domainConflict({ domain, kind, name, uid }: Claim, renamed: StoredObject | undefined): Refusal {
  if (uid === renamed?.uid) return waitsForRenamed(renamed, `the domain ${domain}`);
  return {
    reason: 'DomainConflict',
    message: `domain ${domain} belongs to ${kind}/${name}. Choose another app.domain, or remove that object first.`,
  };
}

function immutableField({ known, wanted }: Pick<AcceptanceFacts, 'known' | 'wanted'>): Refusal | undefined {
  const { recipe, domain } = known;
  if (recipe !== undefined && recipe !== wanted.recipe)
    return {
      reason: 'ImmutableField',
      message: `spec.app.recipe cannot change from ${recipe} to ${wanted.recipe}. Name the other recipe in a file of its own.`,
    };
  if (domain === undefined || domain === wanted.domain) return undefined;
  return {
    reason: 'ImmutableField',
    message: `the domain ${domain} holds the data and cannot change to ${wanted.domain}. Put app.domain: ${domain} back, or remove the object and begin anew.`,
  };
}
