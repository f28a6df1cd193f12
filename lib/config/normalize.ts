import { isAbsolute, resolve } from 'node:path';
import { mapValues } from '../api/objects.ts';
import { resolveSchema, type Schema } from '../store/spec-codec-schema.ts';

/**
 * The value with relative paths made absolute below `base` and enum values in the case of the schema. Pure; values
 * that do not fit the schema are left for validation to refuse.
 */
export function normalize(schema: Schema, value: unknown, base: string): unknown {
  const resolved = resolveSchema(schema);
  if (Array.isArray(value)) {
    const { items, format } = resolved;
    if (format === 'command') return value.map((item, at) => (at === 0 ? normalizeProgram(item, base) : item));
    return items === undefined ? value : value.map((item) => normalize(items, item, base));
  }
  if (typeof value === 'string') return normalizeText(resolved, value, base);
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {} } = resolved;
  return mapValues(value as Record<string, unknown>, (field, name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined ? field : normalize(property, field, base);
  });
}

/** The first word of a command; the others are the program's own. */
function normalizeProgram(word: unknown, base: string): unknown {
  return typeof word === 'string' ? normalizeText({ format: 'program' }, word, base) : word;
}

function normalizeText(schema: Schema, text: string, base: string): string {
  if (schema.enum !== undefined) {
    const found = schema.enum.find((each) => String(each).toLowerCase() === text.toLowerCase());
    return found === undefined ? text : String(found);
  }
  return text !== '' && isPath(schema.format, text) && !isAbsolute(text) ? resolve(base, text) : text;
}

/** Formats of config.schema.json: `path` always is one, a `program` with a slash, a `source` that is no git URL. */
function isPath(format: string | undefined, text: string): boolean {
  if (format === 'program') return text.includes('/');
  if (format === 'source') return !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^[^/]+:/.test(text);
  return format === 'path';
}
