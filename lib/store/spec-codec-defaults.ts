import { isRecord } from '../api/is-record.ts';
import type { Kind } from '../api/kinds.ts';
import type { DefaultedSpecOf, SpecOf } from '../api/object.ts';
import { definition, resolveSchema, type Schema } from './spec-codec-schema.ts';

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
