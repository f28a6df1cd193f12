import type { Compose, ComposeService } from './compose-types.ts';
import { labelPlace } from './label-place.ts';

/** The rule of a router of the ingress, as a deploy label says it. */
interface RouterRule {
  service: string;
  label: string;
  rule: string;
}

const RULE_LABEL = /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/i;
/** Matchers of Traefik 2 and 3 that name hosts as they are; a pattern of hosts may mean any. */
const HOSTS: readonly string[] = ['host', 'hostheader', 'hostsni'];
const TOKEN = /\s+|&&|\|\||[!(),]|[A-Za-z]+|`[^`]*`|"(?:[^"\\]|\\.)*"/y;
const LONGEST_RULE = 4_096;
const DEEPEST = 32;
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
  const tokens = tokensOf(rule);
  if (tokens === undefined) return true;
  const reading = new Reading(tokens, host.toLowerCase());
  return reading.either(0) || !reading.isOver;
}

function tokensOf(rule: string): string[] | undefined {
  if (rule.length > LONGEST_RULE) return undefined;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rule.length) {
    const [token] = TOKEN.exec(rule) ?? [];
    if (token === undefined) return undefined;
    if (token.trim() !== '') tokens.push(token);
  }
  return tokens;
}

/** Reads alternatives, conjunctions and matchers; each reading gives whether the part may match. */
class Reading {
  readonly #tokens: readonly string[];
  readonly #host: string;
  #at = 0;

  constructor(tokens: readonly string[], host: string) {
    this.#tokens = tokens;
    this.#host = host;
  }

  /** All was understood. */
  get isOver(): boolean {
    return this.#at >= this.#tokens.length;
  }

  either(depth: number): boolean {
    let may = this.#both(depth);
    while (this.#take('||')) may = this.#both(depth) || may;
    return may;
  }

  #both(depth: number): boolean {
    let may = this.#one(depth);
    while (this.#take('&&')) may = this.#one(depth) && may;
    return may;
  }

  #one(depth: number): boolean {
    if (depth > DEEPEST) return true;
    if (this.#take('!')) {
      this.#one(depth + 1);
      return true;
    }
    if (!this.#take('(')) return this.#matcher();
    const may = this.either(depth + 1);
    this.#take(')');
    return may;
  }

  #matcher(): boolean {
    const name = this.#next().toLowerCase();
    const values: string[] = [];
    if (this.#take('(')) {
      while (!this.isOver && !this.#take(')')) values.push(this.#next());
    }
    if (!HOSTS.includes(name)) return true;
    const hosts = values.filter((value) => /^[`"]/.test(value)).map((value) => value.slice(1, -1).toLowerCase());
    return hosts.some((host) => host === '*' || host.replace(/\.$/, '') === this.#host);
  }

  #next(): string {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    return token;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}
