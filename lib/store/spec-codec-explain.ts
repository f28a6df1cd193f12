import type { ErrorObject } from 'ajv/dist/2020.js';
import { meantOr } from './did-you-mean.ts';
import { describeValue, type FieldPath, type SpecProblem } from './spec-codec-problem.ts';
import type { Schema } from './spec-codec-schema.ts';

/** One schema violation with its field, before it is given a place. */
export interface Violation extends Pick<SpecProblem, 'message' | 'remedy' | 'code'> {
  path: FieldPath;
  at: 'Key' | 'Value';
  /** A text without quotes, which YAML has made this of: once it has a place, it is told as it is written there. */
  unquoted?: number | boolean;
}

type Explain = (error: ErrorObject, path: FieldPath, schema: Schema) => Omit<Violation, 'path'> & { path?: FieldPath };

/** An error of the validator in plain words; undefined where it only accompanies another one. Pure. */
export function explainViolation(error: ErrorObject): Violation | undefined {
  if (accompanies(error)) return undefined;
  const path = pathOf(error);
  const explain = EXPLAIN[error.keyword] ?? explainRule;
  return { path, ...explain(error, path, (error.parentSchema ?? {}) as Schema) };
}

/** Errors inside `oneOf`, `if` and `propertyNames` are repeated by an error of the keyword itself, or repeat one. */
function accompanies(error: ErrorObject): boolean {
  return error.keyword === 'if' || error.propertyName !== undefined || /\/oneOf\/\d/.test(error.schemaPath);
}

/** The steps of a JSON pointer (RFC 6901); whole numbers are taken for indexes, which places and texts allow. */
function pathOf(error: ErrorObject): FieldPath {
  return error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

const EXPLAIN: Readonly<Record<string, Explain>> = {
  additionalProperties(error, path, schema) {
    const name = String(error.params.additionalProperty);
    const known = Object.keys(schema.properties ?? {});
    const remedy = meantOr(name, known, `Known fields here: ${known.join(', ')}.`);
    const message = `there is no field '${name}' here`;
    return { path: [...path, name], at: 'Key', message, remedy, code: 'UnknownField' };
  },
  required(error, _path, schema) {
    const name = String(error.params.missingProperty);
    const description = schema.properties?.[name]?.description;
    const remedy = description === undefined ? `Add ${name}.` : `Add ${name}: ${description}`;
    return { at: 'Key', message: `the field ${name} is missing`, remedy, code: 'MissingField' };
  },
  dependentRequired(error) {
    const { missingProperty, property } = error.params;
    const remedy = missingProperty === 'from' ? 'Add from: Recipe or from: Profile.' : `Add ${missingProperty}.`;
    const message = `${property} is given without ${missingProperty}`;
    return { at: 'Key', message, remedy, code: 'MissingField' };
  },
  type(error, _path, schema) {
    const wanted = typeText(String(error.params.type));
    const message = `found ${describeValue(error.data)}, expected ${wanted}`;
    const { data } = error;
    const unquoted = error.params.type === 'string' && (typeof data === 'number' || typeof data === 'boolean');
    const problem = { at: 'Value', message, remedy: typeRemedy(error, schema), code: 'WrongType' } as const;
    return unquoted ? { ...problem, unquoted: data } : problem;
  },
  enum(error) {
    const allowed = (error.params.allowedValues as readonly unknown[]).map(String);
    const message = `found ${describeValue(error.data)}, expected ${listText(allowed)}`;
    const remedy = meantOr(error.data, allowed, `Write one of ${allowed.join(', ')}.`);
    return { at: 'Value', message, remedy, code: 'WrongValue' };
  },
  oneOf(error, _path, schema) {
    const names = (schema.oneOf ?? []).flatMap((branch) => branch.required ?? []);
    const given = names.filter((name) => Object.hasOwn(Object(error.data), name));
    const found = given.length === 0 ? 'none of them' : given.join(' and ');
    const message = `found ${found}, expected exactly one of ${names.join(', ')}`;
    return { at: 'Key', message, remedy: `Keep exactly one of ${names.join(', ')}.`, code: 'WrongValue' };
  },
  not(error, path) {
    const name = (error.schema as Schema).required?.[0] ?? 'that field';
    const message = `${name} goes only with policy Version`;
    const remedy = `Remove ${name}, or write policy: Version.`;
    return { path: [...path, name], at: 'Key', message, remedy, code: 'WrongValue' };
  },
  propertyNames(error, path) {
    const name = String(error.params.propertyName);
    const message = `'${name}' is not allowed as a key here`;
    const remedy = 'Use letters, digits and underscores; labels may hold dots, hyphens and a slash too.';
    return { path: [...path, name], at: 'Key', message, remedy, code: 'WrongValue' };
  },
};

/** Patterns, lengths and bounds: the description of the field says what is expected. */
function explainRule(error: ErrorObject, _path: FieldPath, schema: Schema): Omit<Violation, 'path'> {
  const sentences = (schema.description ?? 'A legal value.').split(/(?<=\.) /);
  const form = sentences[0] ?? '';
  const expected = ruleText(error) ?? `${form.charAt(0).toLowerCase()}${form.slice(1).replace(/\.$/, '')}`;
  const remedy = sentences.find((sentence) => sentence.startsWith('Example:')) ?? 'Correct the value.';
  const message = `found ${describeValue(error.data)}, expected ${expected}`;
  return { at: 'Value', message, remedy, code: 'WrongValue' };
}

function ruleText({ keyword, params }: ErrorObject): string | undefined {
  if (keyword === 'minLength' || keyword === 'minItems')
    return `at least ${params.limit === 1 ? 'one' : params.limit} ${keyword === 'minItems' ? 'item' : 'character'}`;
  if (keyword === 'maxLength') return `at most ${params.limit} characters`;
  if (keyword === 'minimum') return `at least ${params.limit}`;
  if (keyword === 'maximum') return `at most ${params.limit}`;
  if (keyword === 'const') return `'${params.allowedValue}'`;
  return keyword === 'uniqueItems' ? 'every item once' : undefined;
}

function typeRemedy(error: ErrorObject, schema: Schema): string {
  const wantsText = error.params.type === 'string';
  const isScalar = typeof error.data === 'number' || typeof error.data === 'boolean';
  if (wantsText && isScalar) return `Put it in quotes: '${String(error.data)}'.`;
  if (error.params.type === 'array' && typeof error.data === 'string') return `Write a list: [${error.data}].`;
  return schema.description ?? 'Correct the value.';
}

function typeText(type: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    object: 'a mapping',
    array: 'a list',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  };
  return words[type] ?? type;
}

function listText(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
