import { present } from '../api/objects.ts';
import { CcError } from '../errors.ts';
import { assertDeployable } from './compose-deploy-rules.ts';
import { ComposeDocument, type Tree } from './compose-document.ts';
import { withEnvFiles } from './compose-env-files.ts';
import { loadFault } from './compose-load-rules.ts';
import { mergeTrees } from './compose-merge.ts';
import { checkNames } from './compose-names.ts';
import { ComposeReader } from './compose-reader.ts';
import { composeVersion, schemaFault } from './compose-schema.ts';
import { readService } from './compose-service.ts';
import type { Compose, ComposeConfig, ComposeSecret, ComposeService } from './compose-types.ts';
import { readAbraExports, readRecipeFile } from './recipe-file.ts';

export type * from './compose-types.ts';

export interface ReadComposeOptions {
  /** The recipe's checkout. */
  directory: string;
  /** Compose files relative to it, in merge order; what COMPOSE_FILE names. */
  files: readonly string[];
  /** The app's env. */
  env: Readonly<Record<string, string>>;
  /** Values that win over the app's env and `abra.sh`: STACK_NAME, DOMAIN. */
  extra?: Readonly<Record<string, string>>;
}

const DOCKER_NAME_LIMIT = 64;
const STACK_NAME_LIMIT = 45;

/**
 * Reads and merges the compose files as `docker stack deploy` under abra sees them: the exports of `abra.sh` win over
 * the app's env, variables are filled in, references checked. Reads files only; runs nothing.
 * @throws CcError `InvalidInput`: a named file is missing or outside the recipe, YAML, variables, types, references.
 */
export async function readCompose(options: ReadComposeOptions): Promise<Compose> {
  const abra = (await readRecipeFile(options.directory, 'abra.sh')) ?? '';
  const values = new Map(Object.entries({ ...options.env, ...readAbraExports(abra), ...options.extra }));
  const lookup = (name: string): string | undefined => values.get(name);
  const documents: ComposeDocument[] = [];
  const trees: Tree[] = [];
  for (const [file, text] of await textsOf(options)) {
    const document = new ComposeDocument(file, text, lookup);
    assertTaken(document);
    documents.push(document);
    trees.push(await withEnvFiles(document, { directory: options.directory, lookup }));
  }
  assertOneVersion(documents);
  const tree = mergeTrees(trees, lookup);
  const reader = new ComposeReader(tree, documents);
  checkNames(reader, tree);
  assertDeployable(reader);
  const names = Object.keys(reader.map(['services']));
  if (names.length === 0) throw reader.fault(['services'], 'must name a service', 'Add the service app.');
  const services = names.map((name) => readService(reader, name, lookup));
  const stackName = lookup('STACK_NAME') ?? '';
  const compose = { ...topLevel(reader, documents, stackName), services, files: [...options.files], stackName };
  for (const service of services) checkReferences(reader, compose, service);
  const judged = documents.map(({ file, judged: seen }) => ({ file, tree: seen }));
  return { ...compose, judged, raw: tree, placeOf: (path) => reader.placeOf(path) };
}

/**
 * Refuses what the docker CLI refuses in a file, by its own schema and the rules it loads files by, before anything is
 * made uniform: read kindly, a recipe would pass here that no host takes. The place is named, in the CLI's words.
 */
function assertTaken(document: ComposeDocument): void {
  const fault = schemaFault(document.judged) ?? loadFault(document.judged, (path) => document.isDecimal(path));
  if (fault !== undefined) throw document.fault(fault);
}

/** COMPOSE_FILE of an env as a list, each file once; `compose.yml` where it is not set. */
export function composeFilesOf(env: Readonly<Record<string, string>>): string[] {
  const files = (env.COMPOSE_FILE ?? '').split(':').filter((file) => file !== '');
  return files.length === 0 ? ['compose.yml'] : [...new Set(files)];
}

/** Stack name of a domain: dots become underscores. Not cut: see {@link nameLimit}. */
export function stackNameOf(domain: string): string {
  return domain.replaceAll('.', '_');
}

/** The longest stack name for which every secret and config name stays within Docker's 64 characters; at most 45. */
export function nameLimit(compose: Compose): number {
  const suffixes = [...compose.secrets, ...compose.configs]
    .map((item) => item.versionedName)
    .filter((name) => name.startsWith(compose.stackName))
    .map((name) => name.length - compose.stackName.length);
  return Math.min(STACK_NAME_LIMIT, DOCKER_NAME_LIMIT - Math.max(0, ...suffixes));
}

/** The version label of the stack, looked for on `app` first; undefined where there is none or it is empty. */
export function versionLabel(compose: Compose, stackName: string): string | undefined {
  const app = compose.services.filter((service) => service.name === 'app');
  const found = [...app, ...compose.services].map((service) => service.labels[`coop-cloud.${stackName}.version`]);
  return found.find((label) => label !== undefined && label !== '');
}

function topLevel(
  reader: ComposeReader,
  documents: readonly ComposeDocument[],
  stackName: string,
): Pick<
  Compose,
  | 'volumes'
  | 'secrets'
  | 'configs'
  | 'networks'
  | 'readVariables'
  | 'unsetVariables'
  | 'nonStringValues'
  | 'misleadingDefaults'
> {
  const named = (section: string): [string, { external: boolean; name?: string }][] =>
    Object.keys(reader.map([section])).map((key) => [key, readNamed(reader, [section, key])]);
  const items = (section: string): ComposeConfig[] =>
    Object.keys(reader.map([section])).map((key) => {
      const variables = documents.findLast((document) => document.nameVariables.has(`${section}.${key}`));
      return readItem(reader, [section, key], {
        stackName,
        variables: variables?.nameVariables.get(`${section}.${key}`) ?? [],
      });
    });
  return {
    volumes: Object.fromEntries(named('volumes')),
    networks: Object.fromEntries(named('networks')),
    secrets: items('secrets').map(({ templateDriver: _, ...secret }): ComposeSecret => secret),
    configs: items('configs'),
    readVariables: [...new Set(documents.flatMap((document) => [...document.read]))].sort(),
    unsetVariables: [...new Set(documents.flatMap((document) => [...document.unset]))].sort(),
    nonStringValues: documents.flatMap((document) => document.nonStringValues),
    misleadingDefaults: documents.flatMap((document) => document.misleadingDefaults),
  };
}

/** `external` is true, or the old form: a mapping with the name. */
function readNamed(reader: ComposeReader, path: readonly string[]): { external: boolean; name?: string } {
  const body = reader.map(path);
  const old = typeof body.external === 'object' && body.external !== null;
  const external = old || reader.truth([...path, 'external']);
  const name = reader.text([...path, 'name']) ?? (old ? reader.text([...path, 'external', 'name']) : undefined);
  return { external, ...(name === undefined ? {} : { name }) };
}

function readItem(
  reader: ComposeReader,
  path: readonly [string, string],
  { stackName, variables }: { stackName: string; variables: string[] },
): ComposeConfig {
  const [, key] = path;
  const { external, name } = readNamed(reader, path);
  return {
    name: key,
    versionedName: name ?? (external ? key : `${stackName}_${key}`),
    external,
    ...present({ file: reader.text([...path, 'file']), templateDriver: reader.text([...path, 'template_driver']) }),
    variables,
  };
}

function checkReferences(
  reader: ComposeReader,
  compose: Omit<Compose, 'raw' | 'judged' | 'placeOf'>,
  service: ComposeService,
): void {
  const volumes = service.volumes.filter((mount) => mount.type === 'volume' && mount.source !== '');
  const used = {
    secrets: service.secrets.map(({ source }) => source),
    configs: service.configs.map(({ source }) => source),
    volumes: volumes.map(({ source }) => source),
    networks: service.networks.filter((name) => name !== 'default'),
  };
  const known = {
    secrets: compose.secrets.map(({ name }) => name),
    configs: compose.configs.map(({ name }) => name),
    volumes: Object.keys(compose.volumes),
    networks: Object.keys(compose.networks),
  };
  for (const section of ['secrets', 'configs', 'volumes', 'networks'] as const) {
    const unknown = used[section].find((name) => !known[section].includes(name));
    if (unknown === undefined) continue;
    const rule = `names "${unknown}", which the top-level ${section} do not define`;
    throw reader.fault(['services', service.name, section], rule, `Define it below ${section}, or correct the name.`);
  }
}

/** The docker CLI merges only files of one format version; no version is one of its own. */
function assertOneVersion([first, ...others]: readonly ComposeDocument[]): void {
  const other = others.find(({ tree }) => composeVersion(tree.version) !== composeVersion(first?.tree.version));
  if (first === undefined || other === undefined) return;
  const said = ({ tree }: ComposeDocument): string => (tree.version ? `version ${String(tree.version)}` : 'no version');
  throw new CcError('InvalidInput', `${other.file} has ${said(other)}, but ${first.file} has ${said(first)}`, {
    remedy: `Write the version of ${first.file} into every compose file of the recipe.`,
  });
}

/** Compose files that the app names and the recipe does not have at this commit. The code is `InvalidInput`. */
export class MissingComposeFiles extends CcError {
  readonly files: readonly string[];
  /** All that it names. */
  readonly named: readonly string[];

  constructor(files: readonly string[], all: readonly string[]) {
    const subject = files.length === 1 ? `file ${files[0]} does` : `files ${files.join(', ')} do`;
    super('InvalidInput', `the compose ${subject} not exist in this commit of the recipe`, {
      remedy: 'Correct composeFiles, or COMPOSE_FILE in the env of the app.',
    });
    this.name = 'MissingComposeFiles';
    this.files = files;
    this.named = all;
  }
}

async function textsOf({ directory, files }: ReadComposeOptions): Promise<[string, string][]> {
  const texts: [string, string][] = [];
  const missing: string[] = [];
  for (const file of files) {
    const text = await readRecipeFile(directory, file);
    if (text === undefined) missing.push(file);
    else texts.push([file, text]);
  }
  if (missing.length > 0) throw new MissingComposeFiles(missing, files);
  return texts;
}
