import { CcError } from '../errors.ts';
import type { Endpoint } from '../platform/platform.ts';

/** What placeholders in URLs are filled in from. */
export interface UrlFacts {
  domain: string;
  /** Endpoints of the app as the platform observes them. */
  endpoints: readonly Endpoint[];
  /** Where the platform says that the app answers. */
  platformUrl?: string;
}

/**
 * Fills `{domain}`, `{port:<service>}` and `{port:<service>.<name>}` in a text of a spec file. Pure.
 * @throws CcError `Misconfigured` for an unknown placeholder or a port that the app does not have; names those it has.
 */
export function fillUrl(template: string, facts: UrlFacts): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, inside: string) => {
    if (inside === 'domain') return facts.domain;
    if (inside.startsWith('port:')) return String(portOf(inside.slice('port:'.length), template, facts));
    throw new CcError('Misconfigured', `unknown placeholder ${whole} in ${JSON.stringify(template)}`, {
      remedy: 'Use {domain}, {port:<service>} or {port:<service>.<name>}.',
    });
  });
}

/**
 * Where an app answers: `template` (`app.url`) filled in where there is one, else where the platform says; undefined
 * where it knows of no place. No slash at the end. Pure.
 * @throws CcError `Misconfigured` as {@link fillUrl}.
 */
export function appUrl(template: string | undefined, facts: UrlFacts): string | undefined {
  const url = template === undefined ? facts.platformUrl : fillUrl(template, facts);
  return url?.replace(/\/+$/, '');
}

function portOf(wanted: string, template: string, facts: UrlFacts): number {
  const nameOf = ({ service, name }: Endpoint): string => (name === '' ? service : `${service}.${name}`);
  const found = facts.endpoints.find((endpoint) => nameOf(endpoint) === wanted);
  if (found) return found.port;
  const known = facts.endpoints.map(nameOf).sort().join(', ');
  throw new CcError('Misconfigured', `no port ${wanted} for {port:${wanted}} in ${JSON.stringify(template)}`, {
    remedy: known === '' ? 'The app has no ports.' : `The app has: ${known}.`,
  });
}
