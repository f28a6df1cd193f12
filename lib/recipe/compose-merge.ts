import { mapValues } from '../api/objects.ts';
import { isTree, type Tree, type TreePath } from './compose-document.ts';
import { plainKey, unifyServices } from './compose-unify.ts';
import { parseGoDuration } from './go-duration.ts';
import type { Lookup } from './interpolation.ts';

type Rule =
  | 'Command' // replaced unless empty
  | 'List' // joined, a text being a list of one
  | 'Test' // joined, a text being a shell line
  | 'Values' // by key, an empty value leaving the old one
  | 'Texts' // by key, always the later
  | 'Entries' // by key, whole entries
  | 'Ports' // by published port, whole entries
  | 'Networks' // by key, the aliases being the later ones
  | 'Logging' // options together unless the drivers differ
  | 'Count' // the later, 0 included
  | 'Own'; // ours: by key, the later

/** How the keys of a service merge; all else: maps by key, lists joined, single values the later unless it is empty. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['command', 'Command'],
  ['entrypoint', 'Command'],
  ['dns', 'List'],
  ['dns_search', 'List'],
  ['env_file', 'List'],
  ['tmpfs', 'List'],
  ['healthcheck test', 'Test'],
  ['environment', 'Values'],
  ['labels', 'Texts'],
  ['deploy labels', 'Texts'],
  ['sysctls', 'Texts'],
  ['volumes', 'Entries'],
  ['secrets', 'Entries'],
  ['configs', 'Entries'],
  ['ulimits', 'Entries'],
  ['ports', 'Ports'],
  ['networks', 'Networks'],
  ['logging', 'Logging'],
  ['healthcheck retries', 'Count'],
  ['deploy replicas', 'Count'],
  ['deploy update_config parallelism', 'Count'],
  ['deploy rollback_config parallelism', 'Count'],
  ['deploy restart_policy max_attempts', 'Count'],
  ['x-process', 'Own'],
]);
const DURATIONS = new Set([
  'interval',
  'timeout',
  'start_period',
  'start_interval',
  'delay',
  'window',
  'monitor',
  'stop_grace_period',
]);
const TRUTHS = new Set(['read_only', 'stdin_open', 'tty', 'init', 'disable']);
const SECTIONS = new Set(['volumes', 'networks', 'secrets', 'configs']);

/**
 * Merges compose trees, later ones winning, as `docker stack deploy` with several files does (measured with CLI 28.2):
 * an empty value, `false` or a zero duration of an overlay does not count; lists are joined, the words of a health
 * check too; entries of the top-level sections are replaced whole. `lookup` gives variables without a value theirs.
 */
export function mergeTrees(trees: readonly Tree[], lookup: Lookup): Tree {
  return trees.map((tree) => unifyServices(tree, lookup)).reduce((merged, tree) => mergeFiles(merged, tree));
}

function mergeFiles(old: Tree, later: Tree): Tree {
  return mergeKeys(old, later, (before, value, key) => {
    if (key === 'services' && isTree(before) && isTree(value)) return mergeKeys(before, value, mergeServices);
    if (SECTIONS.has(key) && isTree(before) && isTree(value)) return mergeKeys(before, value, (_, entry) => entry);
    return value ?? before;
  });
}

function mergeServices(old: unknown, later: unknown): unknown {
  if (!isTree(old) || !isTree(later)) return later ?? old;
  return mergeKeys(alone(old), withoutNothing(old, later), (before, value, key) => mergeValues(before, value, [key]));
}

/** A service that an overlay speaks of: its lists have one entry for each key even where the overlay leaves them. */
function alone(service: Tree): Tree {
  return mapValues(service, (value, key) => {
    const rule = RULES.get(key);
    if (rule === 'Ports' && Array.isArray(value)) return onePerPublished(value);
    return rule === 'Entries' && isTree(value) ? onePerKey(value) : value;
  });
}

/** An overlay's empty list adds no list: the next overlay finds the service as it was. */
function withoutNothing(old: Tree, later: Tree): Tree {
  const says = ([key, value]: [string, unknown]): boolean => {
    const rule = RULES.get(key);
    const list = rule === 'Entries' || rule === 'Ports';
    return Object.hasOwn(old, key) || !list || value === null || Object.keys(value as object).length > 0;
  };
  return Object.fromEntries(Object.entries(later).filter(says));
}

function mergeValues(old: unknown, later: unknown, path: TreePath): unknown {
  if (later === null || later === undefined) return old;
  const rule = RULES.get(path.join(' '));
  if (rule !== undefined) return byRule(old, later, rule);
  if (isTree(old) && isTree(later))
    return mergeKeys(old, later, (before, value, key) => mergeValues(before, value, [...path, key]));
  if (isTree(old) || isTree(later)) return later;
  if (Array.isArray(old) || Array.isArray(later)) return joined(old, later);
  return isEmpty(later, path.at(-1) ?? '') ? old : later;
}

function byRule(old: unknown, later: unknown, rule: Rule): unknown {
  if (rule === 'Command') return later === '' || (Array.isArray(later) && later.length === 0) ? old : later;
  if (rule === 'List') return joined(old, later);
  if (rule === 'Test') return [...testWords(old), ...testWords(later)];
  if (rule === 'Ports') return onePerPublished([...listOf(old), ...listOf(later)]);
  if (rule === 'Count' || !isTree(old) || !isTree(later)) return later;
  return mergeMaps(old, later, rule);
}

function mergeMaps(old: Tree, later: Tree, rule: Rule): Tree {
  if (rule === 'Values')
    return mergeKeys(old, later, (before, value) => (isUnset(value) && !isUnset(before) ? before : value));
  if (rule === 'Entries') return { ...old, ...onePerKey(later) };
  if (rule === 'Networks') return mergeKeys(old, later, mergeNetworks);
  if (rule === 'Logging') return mergeLogging(old, later);
  if (rule === 'Own') return mergeOwn(old, later);
  return { ...old, ...later };
}

/** All keys of both; `merge` is asked for those that both have. */
function mergeKeys(old: Tree, later: Tree, merge: (old: unknown, later: unknown, key: string) => unknown): Tree {
  const merged = mapValues(later, (value, key) => (Object.hasOwn(old, key) ? merge(old[key], value, key) : value));
  return { ...old, ...merged };
}

function mergeNetworks(old: unknown, later: unknown): unknown {
  if (!isTree(later)) return old;
  const { aliases: _, ...rest } = isTree(old) ? old : {};
  return { ...rest, ...later };
}

function mergeLogging(old: Tree, later: Tree): Tree {
  const differ = old.driver && later.driver && old.driver !== later.driver;
  if (differ) return later;
  const options = { ...(isTree(old.options) ? old.options : {}), ...(isTree(later.options) ? later.options : {}) };
  return { ...old, ...(later.driver ? { driver: later.driver } : {}), options };
}

function mergeOwn(old: Tree, later: Tree): Tree {
  return mergeKeys(old, later, (before, value) => {
    return isTree(before) && isTree(value) ? mergeOwn(before, value) : (value ?? before);
  });
}

function onePerKey(map: Tree): Tree {
  return Object.fromEntries(Object.entries(map).map(([key, entry]) => [plainKey(key), entry]));
}

function onePerPublished(ports: readonly unknown[]): unknown[] {
  const published = (port: unknown): string => (isTree(port) ? String(port.published ?? 0) : String(port));
  return [...new Map(ports.map((port) => [published(port), port])).values()];
}

function testWords(test: unknown): unknown[] {
  if (typeof test === 'string') return ['CMD-SHELL', test];
  return Array.isArray(test) ? test : [];
}

/** Without repeats: the schema of one file does not allow them, and they have no effect. */
function joined(old: unknown, later: unknown): unknown[] {
  const items = [...listOf(old), ...listOf(later)].map((item) => [JSON.stringify(item), item] as const);
  return [...new Map(items).values()];
}

function listOf(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isUnset(value: unknown): boolean {
  return value === null || value === '';
}

/** What counts as not said: the empty text, false, zero. */
function isEmpty(value: unknown, key: string): boolean {
  if (typeof value !== 'string') return value === false || value === 0;
  if (DURATIONS.has(key)) return parseGoDuration(value) === 0;
  return value === '' || (TRUTHS.has(key) && /^(n|no|false|off)$/i.test(value));
}
