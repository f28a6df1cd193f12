import { definition, resolveSchema, type Schema } from '../store/spec-codec-schema.ts';

/** A scalar field of the configuration, settable by flag and by variable too. */
export interface ConfigFlag {
  /** Dotted path in `cc-ci.yaml`: `forge.webhook.listen`. */
  field: string;
  /** `--forge-webhook-listen`; takes one value. */
  flag: string;
  /** Key of the flag's value among parsed flags: `forgeWebhookListen`. */
  option: string;
  /** `CC_CI_FORGE_WEBHOOK_LISTEN`. */
  variable: string;
  type: 'string' | 'integer';
  /** From the schema; holds unit, default and example. */
  description: string;
}

/** A field that holds no further fields: scalar or list. */
export interface ConfigLeaf {
  path: readonly string[];
  schema: Schema;
}

/** Variable that names the configuration file; its flag is `--config`. */
export const CONFIG_VARIABLE = 'CC_CI_CONFIG';
export const VARIABLE_PREFIX = 'CC_CI_';

/** The fields of the configuration, lists included, in the order of the schema. */
export function configLeaves(): ConfigLeaf[] {
  return leavesOf(definition('ControllerConfig'), []);
}

/** Every scalar field with its flag and variable, in the order of the schema, for both programs to register. */
export function configFlags(): ConfigFlag[] {
  return configLeaves()
    .filter(({ schema }) => schema.type === 'string' || schema.type === 'integer')
    .map(({ path, schema }) => {
      const words = path.flatMap((step) => step.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
      return {
        field: path.join('.'),
        flag: `--${words.join('-')}`,
        option: words.map((word, index) => (index === 0 ? word : capitalize(word))).join(''),
        variable: `${VARIABLE_PREFIX}${words.join('_').toUpperCase()}`,
        type: schema.type === 'integer' ? 'integer' : 'string',
        description: schema.description ?? '',
      };
    });
}

function leavesOf(schema: Schema, path: readonly string[]): ConfigLeaf[] {
  const resolved = resolveSchema(schema);
  if (resolved.properties === undefined) return [{ path, schema: resolved }];
  return Object.entries(resolved.properties).flatMap(([name, property]) => leavesOf(property, [...path, name]));
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
