import { orNothingNow } from '../../errors.ts';
import type { ComposeService } from '../../recipe/compose.ts';
import { type RouteExpression, readRoute } from '../../recipe/route-expression.ts';
import { isIngressEnabled } from '../../recipe/routers.ts';

const RULE = /^traefik\.http\.routers\.[^.]+\.rule$/i;
/** A path that means itself in every version of the ingress and in a URL. */
const PLAIN = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/;

/**
 * The path prefix below which the ingress leads to an app, without a slash at its end; empty where it leads there from
 * everywhere, or where the rules say something that is not understood. Understood is one host, the app's own domain, and
 * one prefix, in every rule of the enabled services; the first one counts. Pure.
 */
export function routePrefix(services: readonly Pick<ComposeService, 'labels'>[], domain: string): string {
  const rules = services
    .filter(isIngressEnabled)
    .flatMap(({ labels }) => Object.entries(labels))
    .filter(([key]) => RULE.test(key));
  const prefixes = rules.map(([, rule]) => prefixOf(rule, domain));
  return prefixes.includes(undefined) ? '' : (prefixes[0] ?? '');
}

function prefixOf(rule: string, domain: string): string | undefined {
  const read = orNothingNow(() => readRoute(rule), 'InvalidInput');
  if (read?.of !== 'All' || read.parts.length !== 2) return undefined;
  const host = onlyValue(read.parts, ['host', 'hostheader']);
  const prefix = onlyValue(read.parts, ['pathprefix']);
  if (host?.toLowerCase() !== domain.toLowerCase() || prefix === undefined || !PLAIN.test(prefix)) return undefined;
  return prefix.replace(/\/$/, '');
}

function onlyValue(parts: readonly RouteExpression[], names: readonly string[]): string | undefined {
  const found = parts.find((part) => part.of === 'Matcher' && names.includes(part.name) && part.values.length === 1);
  return found?.of === 'Matcher' ? found.values[0] : undefined;
}
