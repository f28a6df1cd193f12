import { dirname, resolve } from 'node:path';
import { plainPath } from '../config/plain-path.ts';
import { systemCode } from '../errors.ts';
import { smallFiles } from '../fs/small-files.ts';
import { type CliEnvironment, type ExitCode, usageError } from './environment.ts';
import { assertKnownFormat, notePresence, readControllerFile } from './presence.ts';

/** What every command gets besides its own words and options. */
export interface CommandContext {
  environment: CliEnvironment;
  /** Configuration flags as given, by option name (`stateDirectory`), `config` among them. */
  flags: Readonly<Record<string, unknown>>;
}

/** Runs one command with its words and options; the exit code is its result. */
export type CommandBody<Options = Readonly<Record<string, unknown>>> = (
  context: CommandContext,
  words: readonly string[],
  options: Options,
) => Promise<ExitCode>;

/** A directory and who named it. */
interface Located {
  path: string;
  /** For people: `--state-directory`, `CC_CI_STATE_DIRECTORY`, a file, or `the default`. */
  source: string;
  explicit: boolean;
}

/** Kept beside the loader's own so that a plain `get` need not load the loader. */
const SYSTEM_CONFIG_FILE = '/etc/cc-ci/cc-ci.yaml';

const FIELDS = {
  stateDirectory: { flag: '--state-directory', variable: 'CC_CI_STATE_DIRECTORY', fallback: './.cc-ci' },
  specDirectory: { flag: '--spec-directory', variable: 'CC_CI_SPEC_DIRECTORY', fallback: './specs' },
} as const;
type Field = keyof typeof FIELDS;

/**
 * The state directory, absolute, for reading; says on standard error since when the controller has been away.
 * @throws CommandError (exit 2) where there is none, naming what was tried.
 */
export async function openState(context: CommandContext): Promise<string> {
  const path = await stateDirectory(context);
  await notePresence(context.environment, path);
  return path;
}

/**
 * The state directory, absolute. @throws CommandError (exit 2) where there is none, naming what was tried, or where it is of
 * a newer version.
 */
export async function stateDirectory(context: CommandContext): Promise<string> {
  const located = await locate(context, 'stateDirectory');
  if (await isStateDirectory(located.path)) {
    await assertKnownFormat(located.path);
    return located.path;
  }
  if (await isForbidden(located.path))
    throw usageError(
      `you may not read the state directory ${located.path} (from ${located.source})`,
      'Run ccctl as root or as the user of the controller.',
    );
  throw usageError(
    `there is no state directory of cc-ci at ${located.path} (from ${located.source})`,
    'Give --state-directory or CC_CI_STATE_DIRECTORY, name a configuration with --config, or start cc-controller first.',
  );
}

/** Where the state directory is, or is going to be, absolute: for what is made ready before the first start. */
export async function namedStateDirectory(context: CommandContext): Promise<string> {
  return (await locate(context, 'stateDirectory')).path;
}

/** The state directory where there is one: for commands that can do without. */
export async function stateDirectoryIfAny(context: CommandContext): Promise<string | undefined> {
  const { path } = await locate(context, 'stateDirectory');
  return (await isStateDirectory(path)) ? path : undefined;
}

/**
 * The spec directory, absolute: as given, else the one that the controller of the state directory uses, else the
 * default. It may not exist.
 */
export async function specDirectory(context: CommandContext): Promise<string> {
  const located = await locate(context, 'specDirectory');
  if (located.explicit) return located.path;
  const state = await locate(context, 'stateDirectory');
  return (await readControllerFile(state.path))?.specDirectory ?? located.path;
}

/** Flag over variable over file over default; the file is parsed only where there is one, for it costs time. */
async function locate(context: CommandContext, field: Field): Promise<Located> {
  const { environment, flags } = context;
  const { flag, variable, fallback } = FIELDS[field];
  const given = flags[field];
  if (typeof given === 'string') return { path: resolve(environment.cwd, given), source: flag, explicit: true };
  const set = environment.variables[variable];
  if (set) return { path: resolve(environment.cwd, set), source: variable, explicit: true };
  const fromFile = (await locatePlainly(context, field)) ?? (await locateInFile(context, field));
  return fromFile ?? { path: resolve(environment.cwd, fallback), source: `the default ${fallback}`, explicit: false };
}

/** Where the file says it so plainly that nothing has to be loaded to read it. What else it says is for who acts by it. */
async function locatePlainly(context: CommandContext, field: Field): Promise<Located | undefined> {
  for (const file of configFiles(context)) {
    // What is no file, or cannot be read, is told by the loader.
    const stats = await smallFiles.stat(file).catch(() => 'Unreadable' as const);
    if (stats === undefined) continue;
    const text = stats !== 'Unreadable' && stats.isFile() ? await smallFiles.readFile(file).catch(() => '') : '';
    const path = plainPath(text ?? '', field);
    return path === undefined ? undefined : { path: resolve(dirname(file), path), source: file, explicit: true };
  }
  return undefined;
}

async function locateInFile(context: CommandContext, field: Field): Promise<Located | undefined> {
  if (!(await hasConfigFile(context))) return undefined;
  const { environment, flags } = context;
  const { loadConfig } = await import('../config/load.ts');
  const { cwd, variables } = environment;
  const loaded = await loadConfig({ flags, env: variables, cwd });
  if (loaded.sources[field] !== 'File') return undefined;
  return { path: loaded.config[field], source: loaded.file ?? 'the configuration', explicit: true };
}

/** The one that was named, else where one is looked for, the first that is there. */
function configFiles({ environment, flags }: CommandContext): string[] {
  const { cwd, variables } = environment;
  const named = flags.config ?? variables.CC_CI_CONFIG;
  const names = typeof named === 'string' && named !== '' ? [named] : ['cc-ci.yaml', SYSTEM_CONFIG_FILE];
  return names.map((name) => resolve(cwd, name));
}

async function hasConfigFile(context: CommandContext): Promise<boolean> {
  const { environment, flags } = context;
  if (flags.config !== undefined || environment.variables.CC_CI_CONFIG) return true;
  for (const file of configFiles(context)) if (await exists(file)) return true;
  return false;
}

/** `objects` is made at the first start and never removed. */
async function isStateDirectory(path: string): Promise<boolean> {
  return exists(resolve(path, 'objects'));
}

/** It may be there, for who is allowed to look. */
async function isForbidden(path: string): Promise<boolean> {
  const look = smallFiles.stat(resolve(path, 'objects')).then(
    () => undefined,
    (error: unknown) => systemCode(error),
  );
  return (await look) === 'EACCES';
}

async function exists(path: string): Promise<boolean> {
  return (await smallFiles.stat(path).catch(() => undefined)) !== undefined;
}
