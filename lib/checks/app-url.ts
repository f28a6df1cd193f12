import { CcError } from '../errors.ts';
import type { Endpoint } from '../platform/platform.ts';

/** What placeholders in URLs are filled in from. */
export interface UrlFacts {
  domain: string;
  /** Endpoints of the app as the platform observes them. */
  endpoints: readonly Endpoint[];
}

/**
 * Fills `{domain}`, `{port:<service>}` and `{port:<service>.<name>}` in a text of a spec file. Pure.
 * @throws CcError `InvalidInput` for an unknown placeholder or a port that the app does not have; names those it has.
 */
export function fillUrl(template: string, facts: UrlFacts): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, inside: string) => {
    if (inside === 'domain') return facts.domain;
    if (inside.startsWith('port:')) return String(portOf(inside.slice('port:'.length), template, facts));
    throw new CcError('InvalidInput', `unknown placeholder ${whole} in ${JSON.stringify(template)}`, {
      remedy: 'Use {domain}, {port:<service>} or {port:<service>.<name>}.',
    });
  });
}

/**
 * Where an app answers: `template` filled in where there is one, else the main port of service `app`, else the first
 * main port of any service; undefined where no service has a port. No slash at the end. Pure.
 * @throws CcError `InvalidInput` as {@link fillUrl}.
 */
export function appUrl(template: string | undefined, facts: UrlFacts): string | undefined {
  if (template !== undefined) return fillUrl(template, facts).replace(/\/+$/, '');
  const main = facts.endpoints.filter((endpoint) => endpoint.name === '');
  const endpoint = main.find(({ service }) => service === 'app') ?? main[0];
  return endpoint && `http://${endpoint.host}:${endpoint.port}`;
}

function portOf(wanted: string, template: string, facts: UrlFacts): number {
  const nameOf = ({ service, name }: Endpoint): string => (name === '' ? service : `${service}.${name}`);
  const found = facts.endpoints.find((endpoint) => nameOf(endpoint) === wanted);
  if (found) return found.port;
  const known = facts.endpoints.map(nameOf).sort().join(', ');
  throw new CcError('InvalidInput', `no port ${wanted} for {port:${wanted}} in ${JSON.stringify(template)}`, {
    remedy: known === '' ? 'The app has no ports.' : `The app has: ${known}.`,
  });
}
