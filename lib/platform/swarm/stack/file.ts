import { join, normalize } from 'node:path';
import { mapLeaves, mapValues } from '../../../api/objects.ts';
import { CcError } from '../../../errors.ts';
import { TOKEN_VARIABLE } from '../../../exec/command.ts';
import type { ComposeService } from '../../../recipe/compose.ts';
import { typedValues } from '../../../recipe/compose-casts.ts';
import { isTree, type Tree } from '../../../recipe/compose-document.ts';
import { treeAt } from '../swarm-support.ts';
import type { StackPlan } from './driver.ts';
import { stackLabels } from './plan.ts';

export interface StackFileOptions {
  plan: StackPlan;
  /** Marks the services as those of this controller. */
  instanceId: string;
}

/** Version of the compose format where the recipe names none, and where it uses what came later. */
const FORMAT = '3.8';
/** The first format with the long forms that we write; the file was judged by its own. */
const LONG_FORMS = 8;
const LATER_FORMAT = '3.13';
const LATER_KEYS = /"(start_interval|pids|oom_score_adj|cgroupns_mode)":/;
/** The first format with the limits that we set, which is therefore the least where we do. */
const LIMITS_FORMAT = 9;
/** The CLI is run with these, and would give their values to a variable without one. */
const CLIENT_VARIABLES = new Set(['PATH', 'HOME', TOKEN_VARIABLE]);
/** Legal in JSON, not in YAML, which the text is read as. */
const NOT_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * The text for `docker stack deploy --compose-file -`: JSON, which is YAML, with nothing left to fill in. Pure.
 * @throws CcError `InvalidInput` naming the key: a value of the wrong type, a file outside the recipe.
 */
export function stackFile({ plan, instanceId }: StackFileOptions): string {
  const { directory } = plan.revision;
  const labels = stackLabels(plan, instanceId);
  const services = plan.compose.services.map((service) => [
    service.name,
    { ...serviceBody(service, plan), deploy: deployBody(service, labels, plan) },
  ]);
  const tree = {
    ...ownKeys(plan.compose.raw),
    services: Object.fromEntries(services),
    ...section(plan, 'secrets', (body, key) => withFile(body, `secrets.${key}.file`, directory)),
    ...section(plan, 'configs', (body, key) => withFile(body, `configs.${key}.file`, directory)),
    ...section(plan, 'networks', (body) => body),
    ...section(plan, 'volumes', (body) => body),
  };
  const typed = treeAt({ tree: escaped(typedValues(tree)) }, 'tree');
  const written = formatOf(plan.compose.raw.version, JSON.stringify(typed));
  const version = plan.app.limits === undefined ? written : atLeast(written, LIMITS_FORMAT);
  return asYaml({ ...typed, version });
}

/**
 * One file of the recipe as it is written, for the CLI's own check, with nothing left to fill in. Without `env_file`: those
 * lie in the recipe, where the CLI is not run, and were read. Pure.
 */
export function judgedFile(tree: Readonly<Tree>): string {
  if (!isTree(tree.services)) return asYaml(escaped(tree));
  const services = mapValues(tree.services, (service) => {
    const { env_file: _, ...rest } = isTree(service) ? service : {};
    return isTree(service) ? rest : service;
  });
  return asYaml(escaped({ ...tree, services }));
}

/** The files of the recipe that the engine or the CLI is given, absolute, each with the key that names it. Pure. */
export function recipeFiles({ compose, revision }: StackPlan): { key: string; file: string }[] {
  const found = (['secrets', 'configs'] as const).flatMap((name) =>
    compose[name].flatMap(({ name: item, file }) => (file === undefined ? [] : [[`${name}.${item}.file`, file]])),
  );
  const env = compose.services.flatMap(({ name }) =>
    envFiles(treeAt(compose.raw, 'services', name).env_file).map((file) => [`services.${name}.env_file`, file]),
  );
  return [...found, ...env].map(([key = '', file = '']) => ({ key, file: fileInside(revision.directory, file, key) }));
}

/** The file of the recipe that a compose key names, absolute. @throws CcError `InvalidInput` where it leads out. */
export function fileInside(directory: string, file: string, key: string): string {
  const inside = normalize(file);
  if (inside.startsWith('/') || inside === '..' || inside.startsWith('../') || inside === '.')
    throw invalid(key, `names ${file}, which is no file of the recipe`, 'Name it relative to the root of the recipe.');
  return join(directory, inside);
}

function serviceBody(service: ComposeService, plan: StackPlan): Tree {
  const raw = treeAt(plan.compose.raw, 'services', service.name);
  const at = `services.${service.name}`;
  const { directory } = plan.revision;
  return withoutEmpty({
    ...ownKeys(raw),
    image: plan.images[service.name] ?? service.image,
    environment: environmentOf(service, plan),
    labels: service.containerLabels,
    volumes: listOf(raw.volumes).map((mount) => mountOf(mount, `${at}.volumes`, directory)),
    secrets: listOf(raw.secrets, 'Named'),
    configs: listOf(raw.configs, 'Named'),
    depends_on: undefined,
    env_file: envFiles(raw.env_file).map((file) => fileInside(directory, file, `${at}.env_file`)),
  });
}

/**
 * What the recipe sets, and for `app` below it the whole env of the app: scripts in recipes rely on that. Null takes a
 * variable of the image away.
 */
function environmentOf(service: ComposeService, { app, revision }: StackPlan): Record<string, string | null> {
  const unset = service.unset.filter((name) => !CLIENT_VARIABLES.has(name)).map((name) => [name, null]);
  const own = { ...Object.fromEntries(unset), ...service.environment };
  if (service.name !== 'app') return own;
  const type = `${app.recipe}:${revision.version ?? revision.commit.slice(0, 8)}`;
  const given = app.env.TYPE === undefined ? app.env : { ...app.env, TYPE: type };
  return { ...own, ...given, ...service.environment };
}

function deployBody(service: ComposeService, labels: ReturnType<typeof stackLabels>, plan: StackPlan): Tree {
  const raw = treeAt(plan.compose.raw, 'services', service.name, 'deploy');
  return { ...ownKeys(raw), labels: { ...service.labels, ...labels.get(service.name) } };
}

/** A section of the file under its name; nothing where it is empty: early formats do not know every section. */
function section(plan: StackPlan, name: string, change: (body: Tree, key: string) => unknown): Tree {
  const bodies = treeAt(plan.compose.raw, name);
  if (Object.keys(bodies).length === 0) return {};
  return { [name]: mapValues(bodies, (body, key) => (isTree(body) ? change(ownKeys(body), key) : body)) };
}

function withFile(body: Tree, key: string, directory: string): Tree {
  return typeof body.file === 'string' ? { ...body, file: fileInside(directory, body.file, key) } : body;
}

/** A bind mount of a relative path means the recipe's directory, as the CLI would mean its own. */
function mountOf(mount: unknown, key: string, directory: string): unknown {
  const source = isTree(mount) && mount.type === 'bind' ? mount.source : shortSource(mount);
  if (typeof source !== 'string' || source.startsWith('/')) return mount;
  if (source.startsWith('~')) throw invalid(key, `names ${source}`, 'Write an absolute path.');
  const absolute = fileInside(directory, source, key);
  return isTree(mount) ? { ...mount, source: absolute } : `${absolute}${String(mount).slice(source.length)}`;
}

function shortSource(mount: unknown): string | undefined {
  return typeof mount === 'string' ? /^([.~][^:]*):/.exec(mount)?.[1] : undefined;
}

function envFiles(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((file): file is string => typeof file === 'string');
}

/** A list that was read as a map: its values, which hold their key; `Named`: a null value stands for its key. */
function listOf(value: unknown, form?: 'Named'): unknown[] {
  if (!isTree(value)) return Array.isArray(value) ? value : [];
  const items = Object.entries(value).map(([key, item]) => (form === 'Named' ? (item ?? key) : item));
  return items.filter((item) => item !== null);
}

/** Without the keys that are no compose keys: those that begin with `x-`. */
function ownKeys(tree: Readonly<Tree>): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => !key.startsWith('x-')));
}

/** Without keys that say nothing: absent, null, and lists and maps that we made and that stayed empty. */
function withoutEmpty(tree: Tree): Tree {
  const empty = (value: unknown): boolean =>
    value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => !empty(value)));
}

/** Doubles every `$` in values: to the CLI a single one begins a variable. Keys are not filled in by it. */
function escaped(value: unknown): unknown {
  return mapLeaves(value, (leaf) => (typeof leaf === 'string' ? leaf.replaceAll('$', '$$$$') : leaf));
}

function asYaml(value: unknown): string {
  const code = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 1).replaceAll(NOT_YAML, code);
}

function formatOf(version: unknown, text: string): string {
  const written = version === undefined || version === null ? '' : String(version);
  if (/^3(\.\d+)?$/.test(written)) return written === '3' ? written : atLeast(written, LONG_FORMS);
  if (written !== '')
    throw invalid('version', `is "${written}", which is not for swarm`, `Write version: "${FORMAT}".`);
  return LATER_KEYS.test(text) ? LATER_FORMAT : FORMAT;
}

function atLeast(version: string, lowest: number): string {
  const minor = Number(version.split('.')[1] ?? 0);
  return minor < lowest ? `3.${lowest}` : version;
}

function invalid(key: string, rule: string, remedy: string): CcError {
  return new CcError('InvalidInput', `${key} ${rule}`, { remedy });
}
