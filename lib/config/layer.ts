import { dirname } from 'node:path';
import { didYouMean } from '../store/did-you-mean.ts';
import { definition } from '../store/spec-codec-schema.ts';
import { violations } from '../store/spec-codec-validate.ts';
import { CONFIG_VARIABLE, type ConfigFlag, VARIABLE_PREFIX } from './fields.ts';
import type { ConfigFile } from './file.ts';
import { normalize } from './normalize.ts';

/** Where the value of a field came from. */
export type ConfigSource = 'Flag' | 'Variable' | 'File' | 'Default';

export type Fields = { [name: string]: unknown };

/** The fields that one source sets, and what is wrong with them, one line each. */
export interface ConfigLayer {
  source: ConfigSource;
  fields: Fields;
  problems: string[];
}

/** The values of flags (or variables) by field. Empty texts count as absent. */
export function textLayer(
  source: 'Flag' | 'Variable',
  flags: readonly ConfigFlag[],
  values: Readonly<Record<string, unknown>>,
  cwd: string,
): ConfigLayer {
  const raw: Fields = {};
  for (const each of flags) {
    const value = values[source === 'Flag' ? each.option : each.variable];
    if (typeof value === 'string' && value !== '') setField(raw, each.field.split('.'), scalar(each, value));
  }
  const fields = normalize(definition('ControllerConfig'), raw, cwd) as Fields;
  const problems = faults(fields).map(({ path, message, remedy }) => {
    const field = flags.find((each) => each.field === path.join('.'));
    const name = source === 'Flag' ? field?.flag : field?.variable;
    return `${name ?? path.join('.')}: ${message}. ${remedy}`;
  });
  return { source, fields, problems };
}

/** The fields of the file; relative paths in it are taken from its directory. */
export function fileLayer(file: ConfigFile): ConfigLayer {
  const fields = normalize(definition('ControllerConfig'), file.fields, dirname(file.path)) as Fields;
  const problems = faults(fields).map((fault) => file.describe(fault));
  return { source: 'File', fields, problems };
}

/** One line for each variable with our prefix that sets nothing. */
export function unknownVariables(flags: readonly ConfigFlag[], env: Readonly<Record<string, unknown>>): string[] {
  const known = [CONFIG_VARIABLE, ...flags.map((each) => each.variable)];
  return Object.keys(env)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && !known.includes(name))
    .sort()
    .map((name) => {
      const guess = didYouMean(name, known);
      return `the variable ${name} sets nothing.${guess === undefined ? '' : ` Did you mean ${guess}?`}`;
    });
}

/** The value at a path, or undefined. */
export function fieldAt(fields: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => (isFields(value) ? value[step] : undefined), fields);
}

/** Sets the value at a path; what is missing on the way is created in place. */
export function setField(fields: Fields, path: readonly string[], value: unknown): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) {
    fields[step] = value;
    return;
  }
  const inner: Fields = isFields(fields[step]) ? fields[step] : {};
  fields[step] = inner;
  setField(inner, rest, value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** What one source alone shows; whether a field is missing can be said of all sources together only. */
function faults(fields: Fields): ReturnType<typeof violations> {
  return violations('ControllerConfig', fields).filter((violation) => violation.code !== 'MissingField');
}

function scalar(field: ConfigFlag, text: string): unknown {
  return field.type === 'integer' && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
