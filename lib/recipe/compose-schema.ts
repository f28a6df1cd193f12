import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { meantOr } from '../store/did-you-mean.ts';
import type { ComposeFault } from './compose-fault.ts';
import { COMPOSE_SCHEMAS } from './compose-schema-files.ts';
import { isPortSpec } from './port-spec.ts';

/** What the docker CLI takes for a file that names no version, or only the major one. */
const DEFAULT_VERSION = '3.13';
/** A duration as Go reads it: with a sign, and with more than our own reader counts with. */
const DURATION = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/;
const WORDS: Readonly<Record<string, string>> = { object: 'mapping', array: 'list' };
const CONDITIONS = 'List the names alone; the engine waits for no other service: let the program try again.';
const REMEDIES: Readonly<Record<string, string>> = {
  version: 'Write version: "3.8", in quotes.',
  depends_on: CONDITIONS,
  env_file: 'Name the files alone: env_file: [app.env].',
};
/** Keys of other formats, with what to write instead. Source: the docker CLI's list. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  extends: 'Write the service out, or use an overlay file.',
  volume_driver: 'Define the volume at the top level.',
  volumes_from: 'Define the volume at the top level and mount it in both services.',
  cpu_quota: 'Set deploy.resources.',
  cpu_shares: 'Set deploy.resources.',
  cpuset: 'Set deploy.resources.',
  mem_limit: 'Set deploy.resources.',
  memswap_limit: 'Set deploy.resources.',
};
const TYPE_REMEDIES: Readonly<Record<string, string>> = {
  integer: 'Write the number without quotes.',
  number: 'Write the number without quotes.',
  boolean: 'Write true or false, without quotes.',
  array: 'Begin each line with a hyphen.',
  object: 'Write key: value lines, or take the key out.',
  string: 'Put the value in quotes; in a list write KEY=value.',
};

/** The version that the docker CLI reads a file by. Pure. */
export function composeVersion(version: unknown): string {
  if (version === undefined || version === '' || version === '3' || version === 3) return DEFAULT_VERSION;
  return String(version);
}

const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, logger: false });
ajv.addFormat('duration', DURATION);
ajv.addFormat('ports', { type: 'string', validate: isPortSpec });
ajv.addFormat('expose', true);
/** By version of the format; compiled on first use. */
const validators = new Map<string, ValidateFunction>();

/**
 * What the docker CLI's schema for the version of a file says against it: of several faults the one that lies deepest,
 * as the CLI tells it; undefined where it takes the file. `tree` is the file with its variables filled in.
 */
export function schemaFault(tree: Readonly<Record<string, unknown>>): ComposeFault | undefined {
  const version = composeVersion(tree.version);
  const schema = COMPOSE_SCHEMAS.get(version);
  if (schema === undefined) {
    const rule = `: unsupported Compose file version: ${JSON.stringify(version.slice(0, 20))}`;
    return { path: ['version'], rule, remedy: 'Write version: "3.8".' };
  }
  const validate = validators.get(version) ?? ajv.compile(withoutIds(schema) as object);
  validators.set(version, validate);
  return validate(tree) ? undefined : explain(validate.errors ?? []);
}

/** Draft 4 has ids under another name, and ours needs none. */
function withoutIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([key, value]) => key !== '$schema' && !(key === 'id' && typeof value === 'string'),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutIds(value)]));
}

function explain(errors: readonly ErrorObject[]): ComposeFault {
  const own = errors.filter(({ keyword }) => keyword !== 'oneOf' && keyword !== 'anyOf');
  const depth = Math.max(0, ...own.map(({ instancePath }) => instancePath.split('/').length));
  const deepest = own.filter(({ instancePath }) => instancePath.split('/').length === depth);
  const first = deepest.find(({ keyword }) => keyword !== 'type') ?? deepest[0];
  if (first === undefined) return { path: [], rule: 'matches no form, or several', remedy: 'Correct it.' };
  const path = pathOf(first.instancePath);
  return first.keyword !== 'type' ? sentence(first, path) : typeFault(deepest, path);
}

/** Several forms may be allowed at one place; all that fit its types are named. */
function typeFault(errors: readonly ErrorObject[], path: readonly string[]): ComposeFault {
  const here = errors.filter(({ keyword, instancePath }) => keyword === 'type' && samePath(pathOf(instancePath), path));
  const types = [...new Set(here.flatMap(({ params }) => params.type as string | string[]))];
  const words = types.map((type) => WORDS[type] ?? type);
  const last = words.pop() ?? '';
  const rule = `must be a ${words.length > 0 ? `${words.join(', ')} or ${last}` : last}`;
  const key = path.find((step) => Object.hasOwn(REMEDIES, step)) ?? '';
  return { path, rule, remedy: REMEDIES[key] ?? TYPE_REMEDIES[types[0] ?? ''] ?? 'Correct it.' };
}

function sentence(error: ErrorObject, path: readonly string[]): ComposeFault {
  const params = error.params as Record<string, unknown>;
  const { keyword } = error;
  if (keyword === 'additionalProperties') return unknownKey(error, path, String(params.additionalProperty));
  if (keyword === 'required')
    return { path, rule: `${params.missingProperty} is required`, remedy: `Add ${params.missingProperty}.` };
  if (keyword === 'enum')
    return {
      path,
      rule: `must be one of ${(params.allowedValues as string[]).join(', ')}`,
      remedy: 'Write one of them.',
    };
  if (keyword === 'uniqueItems') return { path, rule: 'must not name one twice', remedy: 'Take one of them out.' };
  if (keyword === 'format')
    return { path, rule: `Does not match format '${params.format}'`, remedy: formatRemedy(String(params.format)) };
  return { path, rule: error.message ?? 'is wrong', remedy: 'Correct it.' };
}

function unknownKey(error: ErrorObject, path: readonly string[], key: string): ComposeFault {
  const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
  const rule = 'is no key of this version of the compose format (Additional property is not allowed)';
  const otherwise = 'Take the key out, or correct it; keys of our own begin with x-.';
  const remedy = FORBIDDEN[key] ?? meantOr(key, known, otherwise);
  return { path: [...path, key], rule, remedy };
}

function formatRemedy(format: string): string {
  if (format === 'duration') return 'Write it like 90s or 1m30s.';
  return 'Write [IP:][PUBLISHED:]TARGET[/PROTOCOL], ports from 0 to 65535.';
}

function pathOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function samePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((step, index) => step === other[index]);
}
