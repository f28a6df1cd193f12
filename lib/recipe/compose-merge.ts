import { isTree, type Tree, type TreePath } from './compose-document.ts';

type Rule = 'Replace' | 'Map' | 'ByTarget' | 'BySource' | 'Names';

/** Keys of a service whose lists are not simply joined. Paths are below the service; source: the compose specification's merge rules. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['command', 'Replace'],
  ['entrypoint', 'Replace'],
  ['healthcheck.test', 'Replace'],
  ['x-process.command', 'Replace'],
  ['x-process.healthcheck.command', 'Replace'],
  ['environment', 'Map'],
  ['labels', 'Map'],
  ['deploy.labels', 'Map'],
  ['x-process.environment', 'Map'],
  ['sysctls', 'Map'],
  ['volumes', 'ByTarget'],
  ['secrets', 'BySource'],
  ['configs', 'BySource'],
  ['networks', 'Names'],
  ['depends_on', 'Names'],
]);

/**
 * Merges compose trees, later ones winning: maps by key, lists joined without repeats, commands replaced; environment
 * and labels become maps, mounts count by target, secrets and configs by source, networks by name.
 */
export function mergeTrees(trees: readonly Tree[]): Tree {
  return trees.map(unifyServices).reduce<Tree>((merged, tree) => mergeMaps(merged, tree, []), {});
}

function unifyServices(tree: Tree): Tree {
  if (!isTree(tree.services)) return tree;
  const services = Object.entries(tree.services).map(([name, service]) => [name, unify(service, '')]);
  return { ...tree, services: Object.fromEntries(services) };
}

/** Gives every key with a rule its map form, so that the merge needs no case for lists against maps. */
function unify(value: unknown, path: string): unknown {
  const rule = RULES.get(path);
  if (Array.isArray(value)) return rule && rule !== 'Replace' ? listToMap(value, rule) : value;
  if (!isTree(value) || rule) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unify(item, path === '' ? key : `${path}.${key}`)]),
  );
}

function listToMap(list: readonly unknown[], rule: Rule): Tree {
  return Object.fromEntries(list.map((item) => mapEntry(item, rule)));
}

function mapEntry(item: unknown, rule: Rule): [string, unknown] {
  if (rule === 'Map') return textEntry(item);
  if (rule === 'Names') return [String(item), null];
  if (!isTree(item)) return [rule === 'ByTarget' ? targetOf(String(item)) : String(item), item];
  const key = rule === 'ByTarget' ? item.target : item.source;
  return [String(key ?? JSON.stringify(item)), item];
}

/** `KEY=value`, `KEY` (null: the value comes from elsewhere), or a one-entry map as people write by mistake. */
function textEntry(item: unknown): [string, unknown] {
  const [entry] = isTree(item) ? Object.entries(item) : [];
  if (entry) return entry;
  const text = String(item);
  const equals = text.indexOf('=');
  return equals < 0 ? [text, null] : [text.slice(0, equals), text.slice(equals + 1)];
}

function targetOf(mount: string): string {
  const [first = '', second] = mount.split(':');
  return second ?? first;
}

function mergeMaps(into: Tree, from: Tree, path: TreePath): Tree {
  const merged = new Map(Object.entries(into));
  for (const [key, value] of Object.entries(from)) merged.set(key, mergeValues(merged.get(key), value, [...path, key]));
  return Object.fromEntries(merged);
}

function mergeValues(old: unknown, value: unknown, path: TreePath): unknown {
  if (value === null && old !== undefined && ruleOf(path.slice(0, -1)) !== 'Map') return old;
  if (isTree(old) && isTree(value)) return mergeMaps(old, value, path);
  if (Array.isArray(old) && Array.isArray(value) && ruleOf(path) !== 'Replace') return joined(old, value);
  return value;
}

function joined(old: readonly unknown[], more: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return [...old, ...more].filter((item) => {
    const text = JSON.stringify(item);
    return seen.has(text) ? false : Boolean(seen.add(text));
  });
}

/** The rule of a key below a service: `services app deploy labels` has that of `deploy.labels`. */
function ruleOf(path: TreePath): Rule | undefined {
  return path[0] === 'services' && path.length > 2 ? RULES.get(path.slice(2).join('.')) : undefined;
}
