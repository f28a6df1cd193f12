import { hasCode } from '../../errors.ts';
import { type RouteExpression, type RouteMatcher, readRoute, refusal } from '../route-expression.ts';
import { isOwnHostPattern } from './host-pattern.ts';
import { isOwnHost, type Owner } from './owner.ts';

/** Matchers of Traefik 2 and 3 that narrow a route and name no host, in lower case. */
const NARROWING = new Set([
  'path',
  'pathprefix',
  'pathregexp',
  'method',
  'header',
  'headers',
  'headerregexp',
  'headersregexp',
  'query',
  'queryregexp',
  'clientip',
]);
const isOwnName = (host: string, owner: Owner): boolean => isOwnHost(host.toLowerCase(), owner);
/** Matchers that name hosts. */
const HOSTS: ReadonlyMap<string, (value: string, owner: Owner) => boolean> = new Map([
  ['host', isOwnName],
  ['hostheader', isOwnName],
  ['hostregexp', isOwnHostPattern],
]);

/**
 * Why a rule of an HTTP router may match requests to hosts that are not the app's, or names such a host; undefined: it
 * matches the app's own alone, as Traefik 2 and as Traefik 3 read it. Pure.
 */
export function routeFault(rule: string, owner: Owner): string | undefined {
  try {
    const bound = isBound(readRoute(rule), owner);
    return bound ? undefined : 'must name a host in every alternative (a path alone matches every app)';
  } catch (error) {
    if (hasCode(error, 'InvalidInput')) return error.message;
    throw error;
  }
}

/** Whether a part is bound to the app's hosts; looks at all of it. @throws CcError `InvalidInput` for what is not allowed. */
function isBound(part: RouteExpression, owner: Owner): boolean {
  switch (part.of) {
    case 'Any':
      return part.parts.map((one) => isBound(one, owner)).every(Boolean);
    case 'All':
      return part.parts.map((one) => isBound(one, owner)).some(Boolean);
    case 'Not':
      isBound(part.part, owner);
      return false;
    case 'Matcher':
      return namesHosts(part, owner);
  }
}

function namesHosts({ name, values }: RouteMatcher, owner: Owner): boolean {
  if (NARROWING.has(name)) return false;
  const isOwn = HOSTS.get(name);
  if (isOwn === undefined) throw refusal(`must not use ${name}`);
  const foreign = values.find((value) => !isOwn(value, owner));
  if (foreign === undefined) return true;
  throw refusal(`must be for ${owner.domain} and below, not ${JSON.stringify(foreign)}`);
}
