import canonical from '../../schemas/canonical.schema.json' with { type: 'json' };
import common from '../../schemas/common.schema.json' with { type: 'json' };
import config from '../../schemas/config.schema.json' with { type: 'json' };
import run from '../../schemas/run.schema.json' with { type: 'json' };
import sweep from '../../schemas/sweep.schema.json' with { type: 'json' };
import warmService from '../../schemas/warm-service.schema.json' with { type: 'json' };
import type { Kind } from '../api/kinds.ts';

/** The keywords of JSON Schema (draft 2020-12) that `schemas/` uses and that code here reads. */
export interface Schema {
  $id?: string;
  $ref?: string;
  $defs?: Readonly<Record<string, Schema>>;
  description?: string;
  type?: string;
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: boolean | Schema;
  required?: readonly string[];
  items?: Schema;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  format?: string;
  oneOf?: readonly Schema[];
  not?: Schema;
  /** Ours: a field of a spec that may change after the start, where the others may not. */
  'x-mutable'?: boolean;
}

/** All schema files, by `$id`. */
export const SCHEMA_FILES: readonly Schema[] = [
  common,
  warmService,
  canonical,
  run,
  sweep,
  config,
] as readonly unknown[] as readonly Schema[];

const byName = new Map<string, { file: string; schema: Schema }>(
  SCHEMA_FILES.flatMap((each) =>
    Object.entries(each.$defs ?? {}).map(([name, schema]) => [name, { file: each.$id ?? '', schema }] as const),
  ),
);

/** The schema of whole objects of a kind: apiVersion, kind, metadata, spec, status. */
export function kindSchema(kind: Kind): Schema {
  const schema = SCHEMA_FILES.find(({ $defs = {} }) => Object.hasOwn($defs, `${kind}Spec`));
  if (schema === undefined) throw new RangeError(`no schema of the kind ${kind}`);
  return schema;
}

/** A definition by its name (`RunSpec`, `AppBlock`); names are unique over all files. Throws RangeError for others. */
export function definition(name: string): Schema {
  return found(name).schema;
}

/** The reference under which a validator knows the definition. Throws RangeError for an unknown name. */
export function definitionId(name: string): string {
  return `${found(name).file}#/$defs/${name}`;
}

function found(name: string): { file: string; schema: Schema } {
  const one = byName.get(name);
  if (one === undefined) throw new RangeError(`no definition ${name} in the schemas`);
  return one;
}

const resolved = new WeakMap<Schema, Schema>();

/**
 * The schema that a property schema stands for: references followed. What is said beside the reference (description,
 * default) wins over the definition. The same for the same schema, and not to be changed.
 */
export function resolveSchema(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const known = resolved.get(schema) ?? followed(schema);
  resolved.set(schema, known);
  return known;
}

function followed(schema: Schema): Schema {
  const { $ref = '', ...beside } = schema;
  return { ...resolveSchema(definition($ref.split('/').at(-1) ?? '')), ...beside };
}
