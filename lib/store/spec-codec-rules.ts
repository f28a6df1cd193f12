import type { Kind } from '../api/kinds.ts';
import type { DefaultedSpecOf, SpecOf } from '../api/object.ts';
import { isRecord } from '../api/objects.ts';
import type { Violation } from './spec-codec-explain.ts';
import { describeValue, type FieldPath } from './spec-codec-problem.ts';
import { definition, resolveSchema, type Schema } from './spec-codec-schema.ts';

/** Lists whose items need different names: where, and which field names them. */
const NAMED_LISTS: readonly { path: FieldPath; by: string }[] = [
  { path: ['ci', 'tests'], by: 'name' },
  { path: ['ci', 'install', 'hooks'], by: 'name' },
  { path: ['ci', 'dependsOn'], by: 'as' },
  { path: ['app', 'secrets', 'items'], by: 'name' },
];

const TIME_ZONES: Readonly<Partial<Record<Kind, FieldPath>>> = {
  WarmService: ['update', 'window', 'timeZone'],
  Sweep: ['timeZone'],
};

/** What a schema cannot say of a spec: unknown time zones, names that occur twice in a list. Pure. */
export function ruleViolations(kind: Kind, spec: unknown): Violation[] {
  return [...timeZoneViolations(spec, TIME_ZONES[kind]), ...NAMED_LISTS.flatMap((list) => repeated(spec, list))];
}

function timeZoneViolations(spec: unknown, path: FieldPath | undefined): Violation[] {
  const zone = path === undefined ? undefined : valueAt(spec, path);
  if (path === undefined || typeof zone !== 'string' || isTimeZone(zone)) return [];
  const message = `found ${describeValue(zone)}, expected the name of a time zone`;
  const remedy = 'Write a name of the IANA database, such as Europe/London or UTC.';
  return [{ path: ['spec', ...path], at: 'Value', message, remedy, code: 'WrongValue' }];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function repeated(spec: unknown, { path, by }: (typeof NAMED_LISTS)[number]): Violation[] {
  const items = valueAt(spec, path);
  if (!Array.isArray(items)) return [];
  const names = items.map((item) => valueAt(item, [by]));
  return names.flatMap((name, index) => {
    if (typeof name !== 'string' || names.indexOf(name) === index) return [];
    const message = `found ${describeValue(name)} a second time in this list`;
    const place = { path: ['spec', ...path, index, by], at: 'Value' } as const;
    return [{ ...place, message, remedy: `Give each item another ${by}.`, code: 'WrongValue' as const }];
  });
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined),
    value,
  );
}

/**
 * The spec with every default of its schema filled in. Pure: the argument is not changed, nothing is shared with it.
 * Idempotent. Lists are filled in item by item.
 */
export function withDefaults<K extends Kind>(kind: K, spec: SpecOf<K>): DefaultedSpecOf<K> {
  return fillDefaults(definition(`${kind}Spec`), spec) as DefaultedSpecOf<K>;
}

/** {@link withDefaults} for any value of any schema; a value of another type than the schema's is copied as it is. */
export function fillDefaults(schema: Schema, value: unknown): unknown {
  const resolved = resolveSchema(schema);
  if (Array.isArray(value)) {
    const { items } = resolved;
    return items === undefined ? structuredClone(value) : value.map((item) => fillDefaults(items, item));
  }
  if (!isRecord(value) || resolved.properties === undefined) return structuredClone(value);
  return fillProperties(resolved.properties, value);
}

function fillProperties(
  properties: Readonly<Record<string, Schema>>,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filled: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const own = Object.hasOwn(value, name) ? value[name] : undefined;
    const given = own ?? resolveSchema(schema).default;
    if (given !== undefined) filled.push([name, fillDefaults(schema, given)]);
  }
  const unknown = Object.entries(value).filter(([name]) => !Object.hasOwn(properties, name));
  return Object.fromEntries([...filled, ...structuredClone(unknown)]);
}
