import type { ColdReason } from './dependency.ts';

/** What is known of a WarmService that a run depends on, when the run chooses. */
export interface ServiceFacts {
  service: string;
  /** `Going`: its deletion has begun. */
  standing: 'Absent' | 'NotAccepted' | 'Going' | 'Accepted';
  /** Its spec says `provides.sso`. */
  provides: boolean;
  /** The same service gives another dependency of the run already. */
  isTaken: boolean;
  /** It has its domain, and was healthy once. */
  isDeployed: boolean;
  /** Something is done to it, or is about to be. */
  isChanging: boolean;
  /** It answers for sign-on now. */
  answers: boolean;
}

/** `Refused`: what the profile asks for cannot be had, however often it is tried. */
export type Choice =
  | { choice: 'Warm' }
  | { choice: 'Cold'; reason: ColdReason }
  | { choice: 'Refused'; message: string };

/** Whose provider a run uses: that of the service where it is up, else one of its own. Pure. */
export function chooseProvider(facts: ServiceFacts): Choice {
  const { service, standing, provides, isTaken } = facts;
  if (standing === 'Absent') return refused(service, 'does not exist', 'Add its spec file');
  if (standing === 'NotAccepted') return refused(service, 'is not accepted', 'See ccctl describe');
  if (!provides) return refused(service, 'provides no sso', 'Give it provides.sso');
  if (isTaken) return refused(service, 'is named twice', 'Name it once');
  const reason = whyCold(facts);
  return reason === undefined ? { choice: 'Warm' } : { choice: 'Cold', reason };
}

function whyCold({ standing, isDeployed, isChanging, answers }: ServiceFacts): ColdReason | undefined {
  if (standing === 'Going') return 'Deleting';
  if (!isDeployed) return 'NotDeployed';
  if (isChanging) return 'UnderOperation';
  return answers ? undefined : 'NotAnswering';
}

function refused(service: string, what: string, remedy: string): Choice {
  const message = `ci.dependsOn: WarmService/${service} ${what}. ${remedy}, or take it out of ci.dependsOn.`;
  return { choice: 'Refused', message };
}
