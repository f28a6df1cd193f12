import type { DefaultedControllerConfig } from '../api/generated/defaulted.ts';
import { CcError } from '../errors.ts';
import { fillDefaults } from '../store/spec-codec-rules.ts';
import { definition } from '../store/spec-codec-schema.ts';
import { violations } from '../store/spec-codec-validate.ts';
import { configFlags, configLeaves } from './fields.ts';
import { type ConfigFile, type ConfigSearch, findConfigFile } from './file.ts';
import {
  type ConfigLayer,
  type ConfigSource,
  type Fields,
  fieldAt,
  fileLayer,
  setField,
  textLayer,
  unknownVariables,
} from './layer.ts';
import { normalize } from './normalize.ts';
import { type ResolvedConfig, resolveUnits, unitProblems } from './resolved.ts';

export { type ConfigFlag, configFlags } from './fields.ts';
export type { ConfigSource } from './layer.ts';
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
    file === undefined ? `configuration: ${violation.message}. ${violation.remedy}` : file.describe(violation),
  );
}

/** Defaults are taken from the current directory, like flags. */
function withConfigDefaults(fields: Fields, cwd: string): DefaultedControllerConfig {
  const schema = definition('ControllerConfig');
  return normalize(schema, fillDefaults(schema, fields), cwd) as DefaultedControllerConfig;
}
