import { orNothingNow } from '../errors.ts';
import type { Compose, ComposeService } from './compose-types.ts';
import { labelPlace } from './label-values.ts';
import { type RouteExpression, readRoute } from './route-expression.ts';

/** The rule of a router of the ingress, as a deploy label says it. */
interface RouterRule {
  service: string;
  label: string;
  rule: string;
}

const RULE_LABEL = /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/i;
/** Matchers of Traefik 2 and 3 that name hosts as they are; a pattern of hosts may mean any. */
const HOSTS: readonly string[] = ['host', 'hostheader', 'hostsni'];
/** Characters of a rule in a message. */
const SHOWN = 80;

/** What to do where {@link unroutedBecause} says something. */
export const UNROUTED_REMEDY =
  'Give a router a rule with Host and the variable DOMAIN, or say in app.url or app.health how the app is asked.';

/** Whether the ingress is told to look at the service, by a word that it takes for true (Go's `ParseBool`). Pure. */
export function isIngressEnabled({ labels }: Pick<ComposeService, 'labels'>): boolean {
  return ['1', 't', 'T', 'true', 'True', 'TRUE'].includes(labels['traefik.enable'] ?? '');
}

/**
 * Why the ingress leads nobody to `domain`, though services have `traefik.enable=true`: no rule of theirs can match it.
 * One phrase with service, label and place. Undefined: a rule may match, or nothing is to be routed. A rule that cannot
 * be read may match. Pure.
 */
export function unroutedBecause(
  compose: Pick<Compose, 'services' | 'placeOf' | 'stackName'>,
  domain: string,
): string | undefined {
  const enabled = compose.services.filter(isIngressEnabled);
  const [first] = enabled;
  if (first === undefined) return undefined;
  const rules = enabled.flatMap(({ name, labels }): RouterRule[] =>
    Object.entries(labels)
      .filter(([label]) => RULE_LABEL.test(label))
      .map(([label, rule]) => ({ service: name, label, rule })),
  );
  if (rules.some(({ rule }) => mayMatch(rule, domain))) return undefined;
  const labelled = ({ service, label }: Omit<RouterRule, 'rule'>): string =>
    `service ${service}, label ${label} (${labelPlace(compose, { service, key: label })})`;
  const [wrong, ...others] = rules;
  if (wrong === undefined) {
    const place = labelled({ service: first.name, label: 'traefik.enable' });
    return `no router names the domain ${domain}: ${place} enables the ingress, and no label traefik.http.routers.….rule follows`;
  }
  const more = others.length === 0 ? '' : `, and ${others.length} more rules are for other hosts`;
  return `no router names the domain ${domain}: ${labelled(wrong)} ${said(wrong.rule)}${more}`;
}

function said(rule: string): string {
  if (rule.trim() === '') return 'is empty';
  return `says ${rule.length > SHOWN ? `${rule.slice(0, SHOWN)}…` : rule}`;
}

/** Whether a rule may match requests to the host. An empty one is none: the ingress then makes up a name of its own. */
function mayMatch(rule: string, host: string): boolean {
  if (rule.trim() === '') return false;
  const read = orNothingNow(() => readRoute(rule), 'InvalidInput');
  return read === undefined || mayBeFor(read, host.toLowerCase());
}

function mayBeFor(part: RouteExpression, host: string): boolean {
  if (part.of === 'Not') return true;
  if (part.of === 'Matcher')
    return !HOSTS.includes(part.name) || part.values.some((value) => isOrAll(value.toLowerCase(), host));
  const may = (one: RouteExpression): boolean => mayBeFor(one, host);
  return part.of === 'Any' ? part.parts.some(may) : part.parts.every(may);
}

function isOrAll(value: string, host: string): boolean {
  return value === '*' || value.replace(/\.$/, '') === host;
}
