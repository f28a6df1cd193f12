import { dirname } from 'node:path';
import type { DefaultedControllerConfig } from '../api/generated/defaulted.ts';
import { CcError } from '../errors.ts';
import { withRemedy } from '../sentences.ts';
import { didYouMean } from '../store/did-you-mean.ts';
import { definition } from '../store/spec-codec-schema.ts';
import { fillDefaults, violations } from '../store/spec-codec-validate.ts';
import { CONFIG_VARIABLE, type ConfigFlag, configFlags, configLeaves, VARIABLE_PREFIX } from './fields.ts';
import { type ConfigFile, type ConfigSearch, findConfigFile } from './file.ts';
import { normalize } from './normalize.ts';
import { type ResolvedConfig, resolveUnits, unitProblems } from './resolved.ts';

export { type ConfigFlag, configFlags } from './fields.ts';
export type { ListenAddress, ResolvedConfig } from './resolved.ts';

export interface ConfigInputs extends Omit<ConfigSearch, 'flag'> {
  /** Values of parsed flags by their option name (`specDirectory`, `forgeWebhookListen`), `config` among them. */
  flags: Readonly<Record<string, unknown>>;
}

export interface LoadedConfig {
  /** As written, defaults filled in, paths absolute. */
  config: DefaultedControllerConfig;
  /** The same in the units that code works in. */
  resolved: ResolvedConfig;
  /** Absolute path of the file that was read. */
  file?: string;
  /** Source of each field, by dotted path. */
  sources: Readonly<Record<string, ConfigSource>>;
  /** Harmless remarks for people, one line each. */
  notes: string[];
}

/**
 * The configuration: flag over variable over file over default, field by field. Lists and what is in them come from
 * the file alone.
 * @throws CcError `InvalidInput` with one line per fault; each names the flag, the variable, or file, line and column.
 */
export async function loadConfig(inputs: ConfigInputs): Promise<LoadedConfig> {
  const { env, cwd, flags: values } = inputs;
  const flags = configFlags();
  const flag = typeof values.config === 'string' ? values.config : undefined;
  const file = await findConfigFile({ ...inputs, flag });
  const layers = [
    textLayer('Flag', flags, values, cwd),
    textLayer('Variable', flags, env, cwd),
    ...(file === undefined ? [] : [fileLayer(file)]),
  ];
  refuse(layers.flatMap((layer) => layer.problems));
  const { fields, sources } = merge(layers);
  refuse(incomplete(fields, file));
  const config = withConfigDefaults(fields, cwd);
  const resolved = resolveUnits(config);
  refuse(unitProblems(resolved).map((problem) => `configuration: ${problem}`));
  const notes = unknownVariables(flags, env);
  return { config, resolved, sources, notes, ...(file && { file: file.path }) };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CcError('InvalidInput', problems.join('\n'));
}

function merge(layers: readonly ConfigLayer[]): { fields: Fields; sources: Record<string, ConfigSource> } {
  const fields: Fields = {};
  const sources: Record<string, ConfigSource> = {};
  for (const { path } of configLeaves()) {
    const layer = layers.find((each) => fieldAt(each.fields, path) !== undefined);
    sources[path.join('.')] = layer?.source ?? 'Default';
    if (layer !== undefined) setField(fields, path, fieldAt(layer.fields, path));
  }
  return { fields, sources };
}

/** Fields that another one needs: known only once all sources are put together. */
function incomplete(fields: Fields, file: ConfigFile | undefined): string[] {
  return violations('ControllerConfig', fields).map((violation) =>
    file === undefined ? `configuration: ${withRemedy(violation.message, violation.remedy)}` : file.describe(violation),
  );
}

/** Defaults are taken from the current directory, like flags. */
function withConfigDefaults(fields: Fields, cwd: string): DefaultedControllerConfig {
  const schema = definition('ControllerConfig');
  return normalize(schema, fillDefaults(schema, fields), cwd) as DefaultedControllerConfig;
}

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
function textLayer(
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
    return `${name ?? path.join('.')}: ${withRemedy(message, remedy)}`;
  });
  return { source, fields, problems };
}

/** The fields of the file; relative paths in it are taken from its directory. */
function fileLayer(file: ConfigFile): ConfigLayer {
  const fields = normalize(definition('ControllerConfig'), file.fields, dirname(file.path)) as Fields;
  const problems = faults(fields).map((fault) => file.describe(fault));
  return { source: 'File', fields, problems };
}

/** One line for each variable with our prefix that sets nothing. */
function unknownVariables(flags: readonly ConfigFlag[], env: Readonly<Record<string, unknown>>): string[] {
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
function fieldAt(fields: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => (isFields(value) ? value[step] : undefined), fields);
}

/** Sets the value at a path; what is missing on the way is created in place. */
function setField(fields: Fields, path: readonly string[], value: unknown): void {
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
