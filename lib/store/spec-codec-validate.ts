import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Kind } from '../api/kinds.ts';
import type { DefaultedSpecOf, SpecOf } from '../api/object.ts';
import { isRecord } from '../api/objects.ts';
import { hasCode } from '../errors.ts';
import { scheduleOf } from '../schedule.ts';
import { explainViolation, type Violation } from './spec-codec-explain.ts';
import { describeValue, type FieldPath, fieldPathText, type SpecProblem } from './spec-codec-problem.ts';
import { definition, resolveSchema, type Schema } from './spec-codec-schema.ts';
import { validatorOf } from './spec-validators.ts';
import type { YamlSource } from './yaml-source.ts';

const MOST_PROBLEMS = 20;

/**
 * What is wrong with `value` by the definition of that name, in plain words, at most 20 violations. `prefix` is put
 * before each path.
 */
export function violations(name: string, value: unknown, prefix: FieldPath = []): Violation[] {
  const validate = validatorOf(name);
  if (validate(value)) return [];
  const found = (validate.errors ?? [])
    .slice(0, 10 * MOST_PROBLEMS)
    .map((error: ErrorObject) => explainViolation(error))
    .filter((violation) => violation !== undefined);
  return withoutEchoes(found)
    .slice(0, MOST_PROBLEMS)
    .map((violation) => ({ ...violation, path: [...prefix, ...violation.path] }));
}

/** A value of the wrong type breaks other rules too, which says nothing more. */
function withoutEchoes(found: readonly Violation[]): Violation[] {
  const mistyped = new Set(found.filter(({ code }) => code === 'WrongType').map(({ path }) => fieldPathText(path)));
  return found.filter(({ code, path }) => code === 'WrongType' || !mistyped.has(fieldPathText(path)));
}

/** Violations with the place in the file where each is. */
export function placeViolations(file: string, source: YamlSource, found: readonly Violation[]): SpecProblem[] {
  return found.map((violation) => {
    const { path, at, message, remedy, code } = asWritten(violation, source);
    return { file, ...source.position(path, at), path: fieldPathText(path), message, remedy, code };
  });
}

/** `1.10` is the number 1.1 to YAML; who is to put it in quotes must not be told to lose a digit. */
function asWritten(violation: Violation, source: YamlSource): Violation {
  const { unquoted, path, message, remedy } = violation;
  const written = unquoted === undefined ? undefined : source.written(path);
  if (written === undefined) return violation;
  const told = (text: string): string => text.replace(String(unquoted), () => written);
  return { ...violation, message: told(message), remedy: told(remedy) };
}

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

const SCHEDULES: Readonly<Partial<Record<Kind, FieldPath>>> = {
  WarmService: ['update', 'window', 'schedule'],
  Sweep: ['schedule'],
};

/** What a schema cannot say of a spec: unknown time zones, schedules that are none, names that occur twice. Pure. */
export function ruleViolations(kind: Kind, spec: unknown): Violation[] {
  const times = [...timeZoneViolations(spec, TIME_ZONES[kind]), ...scheduleViolations(spec, SCHEDULES[kind])];
  return [...times, ...NAMED_LISTS.flatMap((list) => repeated(spec, list))];
}

function timeZoneViolations(spec: unknown, path: FieldPath | undefined): Violation[] {
  const zone = path === undefined ? undefined : valueAt(spec, path);
  if (path === undefined || typeof zone !== 'string' || isTimeZone(zone)) return [];
  const message = `found ${describeValue(zone)}, expected the name of a time zone`;
  const remedy = 'Write a name of the IANA database, such as Europe/London or UTC.';
  return [{ path: ['spec', ...path], at: 'Value', message, remedy, code: 'WrongValue' }];
}

function scheduleViolations(spec: unknown, path: FieldPath | undefined): Violation[] {
  const schedule = path === undefined ? undefined : valueAt(spec, path);
  if (path === undefined || typeof schedule !== 'string' || schedule === '') return [];
  try {
    scheduleOf(schedule, 'UTC');
    return [];
  } catch (error) {
    if (!hasCode(error, 'InvalidInput')) throw error;
    const message = `found ${describeValue(schedule)}, expected a cron expression of five fields`;
    const remedy = error.remedy ?? '';
    return [{ path: ['spec', ...path], at: 'Value', message, remedy, code: 'WrongValue' }];
  }
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
    return items === undefined ? copyOf(value) : value.map((item) => fillDefaults(items, item));
  }
  if (!isRecord(value) || resolved.properties === undefined) return copyOf(value);
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
  return Object.fromEntries(unknown.length === 0 ? filled : [...filled, ...structuredClone(unknown)]);
}

/** Words and numbers are what they are; cloning one costs as much as cloning a list. */
function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}
