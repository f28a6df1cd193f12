import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { withRemedy } from '../sentences.ts';
import type { Violation } from '../store/spec-codec-explain.ts';
import { formatProblem } from '../store/spec-codec-problem.ts';
import { placeViolations } from '../store/spec-codec-validate.ts';
import { readYaml, type YamlReading } from '../store/yaml-source.ts';
import { CONFIG_VARIABLE } from './fields.ts';

/** Where the configuration is looked for last. */
const SYSTEM_FILE = '/etc/cc-ci/cc-ci.yaml';

/** A configuration file as written, nothing checked but its syntax. */
export interface ConfigFile {
  /** Absolute. */
  path: string;
  fields: unknown;
  /** `file:line:column: field: message. Remedy.` of a violation. */
  describe(violation: Violation): string;
}

export interface ConfigSearch {
  flag: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  cwd: string;
  /** Where the file is looked for last; default {@link SYSTEM_FILE}. */
  systemFile?: string;
}

/**
 * The first of: the file of `--config`, of `CC_CI_CONFIG`, `./cc-ci.yaml`, the system's. A file that was named must
 * exist; without any the answer is undefined.
 * @throws CcError `InvalidInput` for a file that was named and is missing, that cannot be read, or that is not YAML.
 */
export async function findConfigFile(search: ConfigSearch): Promise<ConfigFile | undefined> {
  const variable = search.env[CONFIG_VARIABLE];
  if (search.flag) return readNamed(resolve(search.cwd, search.flag), '--config');
  if (variable) return readNamed(resolve(search.cwd, variable), CONFIG_VARIABLE);
  const local = await readConfigFile(resolve(search.cwd, 'cc-ci.yaml'));
  return local ?? readConfigFile(search.systemFile ?? SYSTEM_FILE);
}

async function readNamed(path: string, namedBy: string): Promise<ConfigFile> {
  const file = await readConfigFile(path);
  if (file !== undefined) return file;
  const remedy = `Create it, or correct ${namedBy}.`;
  throw new CcError('InvalidInput', `${namedBy} names ${path}, which does not exist`, { remedy });
}

async function readConfigFile(path: string): Promise<ConfigFile | undefined> {
  const bytes = await readBytes(path);
  if (bytes === undefined) return undefined;
  const reading = readYaml(path, bytes);
  if (!reading.ok) return withoutContent(path, reading);
  const { source } = reading;
  const describe = (violation: Violation): string =>
    placeViolations(path, source, [violation]).map(formatProblem).join('');
  return { path, fields: source.value, describe };
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  return await orNothing(readFile(path), 'ENOENT').catch((cause: unknown) => {
    const remedy = 'Make it a file that the user of this program can read.';
    throw new CcError('InvalidInput', `the configuration ${path} cannot be read`, { cause, remedy });
  });
}

/** A file of comments alone sets nothing; every other unreadable file is an error. */
function withoutContent(path: string, reading: YamlReading & { ok: false }): ConfigFile {
  if (reading.problems.every((problem) => problem.code === 'Empty'))
    return { path, fields: {}, describe: (violation) => `${path}: ${withRemedy(violation.message, violation.remedy)}` };
  throw new CcError('InvalidInput', reading.problems.map(formatProblem).join('\n'));
}
