import { isOwnHost, isOwnName, type Owner } from './owner.ts';
import { routeFault } from './route-rule.ts';
import { anyText, duration, each, oneOf, onlyFalse, type Rule, text, truth, whole } from './rule.ts';

/** A file or directory below where it is mounted. */
const below = text('a path without ..', (value) => !value.split(/[/,]/).includes('..'));
const unlisted: Rule = (_, path) => [{ path, rule: 'is a label that is not allowed' }];

/**
 * Labels of services and of containers: those of the ingress for the app's own routes, of backups, of abra for the own
 * stack, and of image metadata. Everything else may speak to a tool of the host that nobody thought of. Pure.
 */
export function labelRules(owner: Owner): Rule {
  return each((key) => ruleOf(key, owner) ?? unlisted, '');
}

function ruleOf(key: string, owner: Owner): Rule | undefined {
  const [name = ''] = key.split('.');
  const space = name.toLowerCase();
  if (space === 'traefik') return traefikRule(key, owner);
  if (space === 'backupbot') return backupRule(key);
  if (space === 'coop-cloud') return coopCloudRule(key.slice(space.length + 1), owner);
  return /^org\.(opencontainers\.image|label-schema)\.[a-z0-9.-]+$/.test(key) ? anyText : undefined;
}

/** Hooks run in the app's container, paths are in its volumes. */
function backupRule(key: string): Rule | undefined {
  if (/^backupbot\.(backup|restore)$/.test(key)) return truth;
  if (/^backupbot\.(backup|restore)\.(pre|post)-hook$/.test(key)) return anyText;
  if (/^backupbot\.backup\.(path|volumes\.[A-Za-z0-9_-]+(\.path)?)$/.test(key)) return below;
  return undefined;
}

/** What abra itself writes (`recipe`, `chaos`, `chaos-version`) says which commit runs: a recipe may not. */
function coopCloudRule(rest: string, { stack }: Owner): Rule | undefined {
  if (!rest.startsWith(`${stack}.`)) return undefined;
  const field = rest.slice(stack.length + 1);
  if (/^([A-Za-z0-9_-]+\.)?version$/.test(field)) return anyText;
  if (field === 'timeout') return text('seconds', (value) => value === '' || /^\d{1,5}$/.test(value));
  if (field === 'app') return oneOf('true', 'false');
  return field === 'autoupdate' ? onlyFalse : undefined;
}

const WORDS = /^[A-Za-z0-9_-]+( *, *[A-Za-z0-9_-]+)*$/;
const words = text('names', (value) => WORDS.test(value));
const word = text('one name, or empty', (value) => value === '' || /^[A-Za-z0-9_-]+$/.test(value));
const port = whole(1, 65_535);
/** The ingress once took these for templates of its own. */
const plain = text('a text without {{', (value) => !value.includes('{{'));
const amount = whole(0, 1_000_000);

/** A costly hash would have the ingress work for minutes at a request. */
const HASHED = /^[^:,]+:(\$apr1\$|\{SHA\}|\$2[aby]\$(0[4-9]|1[0-2])\$)[^,]*$/;
const users = text('users with hashes of a cost up to 12', (value) =>
  value.split(',').every((user) => HASHED.test(user)),
);

/** Middlewares that change nothing but requests on the app's own routes. Anything that calls elsewhere or fills memory is not here. */
const MIDDLEWARES: Readonly<Record<string, Rule>> = {
  'addprefix.prefix': anyText,
  'basicauth.users': users,
  'basicauth.realm': anyText,
  'basicauth.removeheader': truth,
  'basicauth.headerfield': anyText,
  compress: truth,
  'errors.query': plain,
  'errors.status': plain,
  'inflightreq.amount': amount,
  'ipallowlist.sourcerange': anyText,
  'ipwhitelist.sourcerange': anyText,
  'ratelimit.average': amount,
  'ratelimit.burst': amount,
  'ratelimit.period': duration(1, 3_600_000),
  'redirectregex.permanent': truth,
  'redirectregex.regex': anyText,
  'redirectregex.replacement': plain,
  'redirectscheme.permanent': truth,
  'redirectscheme.port': port,
  'redirectscheme.scheme': oneOf('http', 'https'),
  'replacepath.path': plain,
  'replacepathregex.regex': anyText,
  'replacepathregex.replacement': plain,
  'stripprefix.forceslash': truth,
  'stripprefix.prefixes': anyText,
  'stripprefixregex.regex': anyText,
};

const SERVICES: Readonly<Record<string, Rule>> = {
  'loadbalancer.healthcheck.interval': duration(1_000, 3_600_000),
  'loadbalancer.healthcheck.path': text('a path', (value) => /^\/[\x21-\x7e]*$/.test(value)),
  'loadbalancer.healthcheck.timeout': duration(100, 60_000),
  'loadbalancer.passhostheader': truth,
  'loadbalancer.responseforwarding.flushinterval': duration(1, 60_000),
  'loadbalancer.server.port': port,
  'loadbalancer.server.scheme': oneOf('http', 'https', 'h2c'),
  'loadbalancer.sticky': truth,
  'loadbalancer.sticky.cookie': truth,
  'loadbalancer.sticky.cookie.httponly': truth,
  'loadbalancer.sticky.cookie.name': text('a name', (value) => /^[A-Za-z0-9_-]+$/.test(value)),
  'loadbalancer.sticky.cookie.samesite': oneOf('none', 'lax', 'strict'),
  'loadbalancer.sticky.cookie.secure': truth,
};

/**
 * The rule of a label of the ingress, by its key in lower case but for the names; undefined: no such label is allowed.
 * Names of routers, services and middlewares are one space for all stacks, so they must be the app's. Pure.
 */
function traefikRule(key: string, owner: Owner): Rule | undefined {
  const parts = key.split('.');
  const [, kind, sort, name = ''] = parts.map((part, index) => (index === 3 ? part : part.toLowerCase()));
  const rest = parts.slice(4).join('.').toLowerCase();
  if (kind === 'http' && sort !== undefined && parts.length > 4) {
    const rule = httpRule(sort, rest, owner);
    return rule === undefined || isOwnName(name, owner) ? rule : foreignName(owner);
  }
  const option = parts.slice(1).join('.').toLowerCase();
  if (['enable', 'docker.lbswarm', 'swarm.lbswarm'].includes(option)) return truth;
  return ['docker.network', 'swarm.network'].includes(option) ? oneOf('proxy') : undefined;
}

function httpRule(sort: string, field: string, owner: Owner): Rule | undefined {
  if (sort === 'routers') return ROUTERS.get(field.replace(/\[\d+\]/, '[]'))?.(owner);
  if (sort === 'services') return Object.hasOwn(SERVICES, field) ? SERVICES[field] : undefined;
  if (sort === 'middlewares') return middlewareRule(field, owner);
  return undefined;
}

const ROUTERS: ReadonlyMap<string, (owner: Owner) => Rule> = new Map([
  ['rule', ownRoute],
  ['entrypoints', () => words],
  ['middlewares', ownNames],
  ['priority', () => amount],
  ['service', ownNames],
  ['tls', () => truth],
  ['tls.certresolver', () => word],
  ['tls.domains[].main', ownHosts],
  ['tls.domains[].sans', ownHosts],
]);

function middlewareRule(field: string, owner: Owner): Rule | undefined {
  if (field === 'chain.middlewares' || field === 'errors.service') return ownNames(owner);
  if (field.startsWith('headers.')) return plain;
  return Object.hasOwn(MIDDLEWARES, field) ? MIDDLEWARES[field] : undefined;
}

function ownRoute(owner: Owner): Rule {
  return (value, path) => {
    const fault = typeof value === 'string' ? routeFault(value, owner) : 'must be one text';
    return fault === undefined ? [] : [{ path, rule: fault }];
  };
}

/** Names that the labels of this stack define: others would be somebody else's, and `@file` and `@internal` are the host's. */
function ownNames(owner: Owner): Rule {
  const isOwn = (name: string): boolean => isOwnName(name.trim().replace(/@(docker|swarm)$/, ''), owner);
  return text(`names that begin with ${owner.stack}`, (value) => value.split(',').every(isOwn));
}

function ownHosts(owner: Owner): Rule {
  const isOwn = (host: string): boolean => isOwnHost(host.trim().toLowerCase().replace(/^\*\./, ''), owner);
  return text(`${owner.domain} and below`, (value) => value.split(',').every(isOwn));
}

function foreignName({ stack }: Owner): Rule {
  return (_, path) => [{ path, rule: `names what may be another app's; its name must begin with ${stack}` }];
}
