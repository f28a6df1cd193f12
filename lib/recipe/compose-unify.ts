import { mapValues } from '../api/objects.ts';
import { isTree, type Tree } from './compose-document.ts';
import type { Lookup } from './interpolation.ts';

type Form = 'TextMap' | 'ByTarget' | 'BySource' | 'Names' | 'Ports';

/** Keys of a service that may be lists or maps, and what they become. Paths are below the service. */
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['environment', 'TextMap'],
  ['labels', 'TextMap'],
  ['deploy.labels', 'TextMap'],
  ['x-process.environment', 'TextMap'],
  ['sysctls', 'TextMap'],
  ['volumes', 'ByTarget'],
  ['secrets', 'BySource'],
  ['configs', 'BySource'],
  ['networks', 'Names'],
  ['depends_on', 'Names'],
  ['ports', 'Ports'],
]);
/** Between the key of an entry and its number where one list names the key twice. */
const AGAIN = ' #';
const REPEATED: ReadonlySet<Form> = new Set(['ByTarget', 'BySource']);

/**
 * A tree whose services have one form: environment and labels as maps, mounts by target, secrets and configs by source,
 * networks by name, ports long. A variable without a value, or with an empty one, has that of `lookup`, as the docker
 * CLI does it before it merges. Pure.
 */
export function unifyServices(tree: Tree, lookup: Lookup): Tree {
  if (!isTree(tree.services)) return tree;
  const services = mapValues(tree.services, (service) => {
    const unified = unify(service, '');
    return isTree(unified) ? withValues(unified, lookup) : unified;
  });
  return { ...tree, services };
}

/** An entry's key without the number of {@link unifyServices}. */
export function plainKey(key: string): string {
  const at = key.lastIndexOf(AGAIN);
  return at < 0 ? key : key.slice(0, at);
}

function withValues(service: Tree, lookup: Lookup): Tree {
  if (!isTree(service.environment)) return service;
  const environment = mapValues(service.environment, (value, key) =>
    value === null || value === '' ? (lookup(key) ?? value) : value,
  );
  return { ...service, environment };
}

function unify(value: unknown, path: string): unknown {
  const form = FORMS.get(path);
  if (Array.isArray(value)) return form === undefined ? value : unifyList(value, form);
  if (!isTree(value) || form) return value;
  return mapValues(value, (item, key) => unify(item, path === '' ? key : `${path}.${key}`));
}

function unifyList(list: readonly unknown[], form: Form): unknown {
  if (form === 'Ports') return list.flatMap(longPorts);
  const map = new Map<string, unknown>();
  for (const item of list) {
    const [key, value] = mapEntry(item, form);
    map.set(REPEATED.has(form) ? freeKey(map, key) : key, value);
  }
  return Object.fromEntries(map);
}

function freeKey(map: ReadonlyMap<string, unknown>, key: string): string {
  let free = key;
  for (let count = 2; map.has(free); count += 1) free = `${key}${AGAIN}${count}`;
  return free;
}

function mapEntry(item: unknown, form: Form): [string, unknown] {
  if (form === 'TextMap') return Object.entries(isTree(item) ? item : {})[0] ?? textEntry(String(item));
  if (form === 'Names') return [String(item), null];
  if (!isTree(item)) return [form === 'ByTarget' ? targetOf(String(item)) : String(item), item];
  const key = form === 'ByTarget' ? item.target : item.source;
  return [String(key ?? JSON.stringify(item)), item];
}

/** `KEY=value`, or `KEY` (null: the value comes from elsewhere). Pure. */
export function textEntry(text: string): [key: string, value: string | null] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, null] : [text.slice(0, equals), text.slice(equals + 1)];
}

function targetOf(mount: string): string {
  const [first = '', second] = mount.split(':');
  return second ?? first;
}

const HIGHEST_PORT = 65_535;
const PORT = /^(?:(?:\d+(?:\.\d+){3}|\[[^\]]*\]):)?(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(\w+))?$/;

/** The ports of one short entry in the long form, ranges written out; anything else stays as it is. */
function longPorts(item: unknown): unknown[] {
  const found = PORT.exec(String(item));
  if (isTree(item) || found === null) return [item];
  const [, from, to, target, last, protocol = 'tcp'] = found;
  const first = Number(target);
  const count = Number(last ?? target) - first + 1;
  const published = from === undefined || from === '' ? undefined : Number(from);
  const publishedCount = published === undefined ? count : Number(to ?? from) - published + 1;
  const highest = Math.max(first + count - 1, (published ?? 0) + count - 1);
  if (count < 1 || publishedCount !== count || highest > HIGHEST_PORT) return [item];
  return Array.from({ length: count }, (_, index) => ({
    mode: 'ingress',
    target: first + index,
    ...(published === undefined ? {} : { published: published + index }),
    protocol,
  }));
}
