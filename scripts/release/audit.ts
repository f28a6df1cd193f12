import { type Outcome, outcomeOf, skipped } from './outcome.ts';

/** From which a finding keeps a release back. */
const SERIOUS = ['high', 'critical'];

interface AuditAnswer {
  vulnerabilities?: Readonly<Record<string, { severity: string; range?: string }>>;
  message?: string;
  error?: { summary?: string };
}

/** What `npm audit --json` said. An answer without a list is that of a registry that keeps none, or of none. Pure. */
export function auditOutcome(said: string): Outcome {
  const answer = parsed(said);
  if (answer?.vulnerabilities === undefined) {
    const why = answer?.message || answer?.error?.summary || 'npm gave no answer';
    return skipped(
      `the registry does not say what is known of the packages: ${why.replace(/[\s-]*(?:[A-Z]+ )?https?:\S+/g, '')}`,
    );
  }
  const found = Object.entries(answer.vulnerabilities).filter(([, { severity }]) => SERIOUS.includes(severity));
  return outcomeOf(
    found.map(([name, { severity, range = '' }]) => `${name} ${range}: ${severity}`.replace(' :', ':')).toSorted(),
  );
}

function parsed(said: string): AuditAnswer | undefined {
  try {
    return JSON.parse(said) as AuditAnswer;
  } catch {
    return undefined;
  }
}
