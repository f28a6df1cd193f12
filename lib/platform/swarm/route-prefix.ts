import type { ComposeService } from '../../recipe/compose.ts';
import { isIngressEnabled } from '../../recipe/routers.ts';

const RULE = /^traefik\.http\.routers\.[^.]+\.rule$/i;
const QUOTED = '(?:`([^`]*)`|"([^"\\\\]*)")';
const HOST = new RegExp(`^Host(?:Header)?\\(\\s*${QUOTED}\\s*\\)$`, 'i');
const PREFIX = new RegExp(`^PathPrefix\\(\\s*${QUOTED}\\s*\\)$`, 'i');
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
  const bare = rule.trim().replace(/^\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/, '$1');
  const parts = bare.split('&&').map((part) => part.trim());
  if (parts.length !== 2) return undefined;
  const host = parts.map((part) => quotedIn(HOST.exec(part))).find((one) => one !== undefined);
  const prefix = parts.map((part) => quotedIn(PREFIX.exec(part))).find((one) => one !== undefined);
  if (host?.toLowerCase() !== domain.toLowerCase() || prefix === undefined || !PLAIN.test(prefix)) return undefined;
  return prefix.replace(/\/$/, '');
}

function quotedIn(match: RegExpExecArray | null): string | undefined {
  return match === null ? undefined : (match[1] ?? match[2]);
}
