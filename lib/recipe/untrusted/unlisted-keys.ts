import { asTree, isTree, type Tree } from '../compose-document.ts';
import type { Compose } from '../compose-types.ts';
import { isOwnName, type Owner } from './owner.ts';
import { each, type Finding, keys, oneOf, onlyFalse, type Rule, text, truth } from './rule.ts';
import { MOST_TASKS, SHARED_NETWORK, serviceRules, VARIABLES } from './service-rules.ts';

const MOST: Readonly<Record<string, number>> = { services: 20, networks: 8, volumes: 32, secrets: 64, configs: 64 };

export interface UntrustedApp {
  domain: string;
  env: Readonly<Record<string, string>>;
  /** Host ports that are reserved for it; where they are not yet filled in: none. */
  ports: readonly number[];
}

/**
 * What of a recipe is not on the list of what a commit may use that nobody trusted yet: `file:line:column: key rule`,
 * sorted; empty: nothing. Keys, values and label names that are not listed are found whether or not anybody ever thought
 * of them. `env` is the app's, which the service `app` is given as a whole. Pure.
 */
export function unlistedKeys(compose: Compose, { domain, env, ports }: UntrustedApp): string[] {
  const owner: Owner = { stack: compose.stackName, domain, ports };
  const findings = [...fileRules(owner, compose)(compose.raw, []), ...tooMany(compose), ...tooManyTasks(compose)];
  return [
    ...findings.map(({ path, rule }) => `${compose.placeOf(path)}: ${path.join('.')} ${rule}`),
    ...VARIABLES(env, []).map(({ path, rule }) => `env of the app: ${path.join('.')} ${rule}`),
  ].toSorted();
}

function fileRules(owner: Owner, { raw }: Compose): Rule {
  const isShared = (key: string): boolean => {
    const body = asTree(asTree(raw.networks)[key]);
    return nameOf(key, body, owner) === SHARED_NETWORK;
  };
  return keys({
    version: text('a version', (value) => /^[\d.]*$/.test(value)),
    services: each(serviceRules(owner, isShared), {}),
    networks: each(() => network(owner), {}),
    volumes: each(() => keys({ name: ownName(owner), driver: oneOf('local'), external: onlyFalse }), {}),
    secrets: each(() => item(owner, {}), {}),
    configs: each(() => item(owner, { template_driver: oneOf('golang') }), {}),
  });
}

/** Own ones are plain overlays; of others there is the shared one alone. */
function network(owner: Owner): Rule {
  const own = keys({
    external: onlyFalse,
    name: ownName(owner),
    driver: oneOf('overlay'),
    internal: truth,
    attachable: onlyFalse,
  });
  const shared = keys({ external: external(oneOf(SHARED_NETWORK)), name: oneOf(SHARED_NETWORK) });
  return (value, path) => {
    const body = asTree(value);
    if (nameOf(path.at(-1) ?? '', body, owner) !== SHARED_NETWORK) return own(value, path);
    const made = isExternal(body) ? [] : [{ path, rule: 'must be external: true' }];
    return [...shared(value, path), ...made];
  };
}

/** A secret or config: its name on the engine is the app's, its file one of the recipe. */
function item(owner: Owner, more: Readonly<Record<string, Rule>>): Rule {
  const file = text('a file of the recipe', (value) => !value.startsWith('/') && !value.split('/').includes('..'));
  const rule = keys({ name: ownName(owner), external: external(ownName(owner)), file, ...more });
  return (value, path) => {
    const name = nameOf(path.at(-1) ?? '', asTree(value), owner);
    return [...rule(value, path), ...(isOwnName(name, owner) ? [] : [notOwn(path, owner)])];
  };
}

/** True, or the old form: a mapping with the name. */
function external(name: Rule): Rule {
  return (value, path) => (isTree(value) ? keys({ name })(value, path) : truth(value, path));
}

function ownName(owner: Owner): Rule {
  return text(`a name that begins with ${owner.stack}`, (value) => isOwnName(value, owner));
}

function notOwn(path: readonly string[], { stack }: Owner): Finding {
  return { path, rule: `is not the app's own: its name must begin with ${stack}` };
}

/** The name on the engine. */
function nameOf(key: string, body: Tree, { stack }: Owner): string {
  const old = asTree(body.external).name;
  const given = body.name ?? old;
  if (typeof given === 'string' && given !== '') return given;
  return isExternal(body) ? key : `${stack}_${key}`;
}

function isExternal({ external: said }: Tree): boolean {
  return isTree(said) || /^(y|yes|true|on)$/i.test(String(said ?? ''));
}

function tooMany({ raw }: Compose): Finding[] {
  return Object.entries(MOST)
    .filter(([section, most]) => Object.keys(asTree(raw[section])).length > most)
    .map(([section, most]) => ({ path: [section], rule: `must not be more than ${most}` }));
}

function tooManyTasks({ services }: Compose): Finding[] {
  const tasks = services.reduce((sum, { replicas }) => sum + replicas, 0);
  return tasks > MOST_TASKS ? [{ path: ['services'], rule: `must not have more than ${MOST_TASKS} tasks in all` }] : [];
}
