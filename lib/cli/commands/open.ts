import { join } from 'node:path';
import type { ObjectKey } from '../../api/kinds.ts';
import type { DefaultedSpecOf } from '../../api/object.ts';
import { orNothing } from '../../errors.ts';
import { exists } from '../../fs/exists.ts';
import { anchorOf, OVERVIEW, recipePath, runPath } from '../../site/paths.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { readAll } from '../../store/reader.ts';
import { specInForce } from '../../store/spec-in-force.ts';
import { type CommandContext, openState } from '../context.ts';
import { CommandError, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { parseTarget, requireObject } from '../objects.ts';
import { type ControllerFile, readControllerFile } from '../presence.ts';

const RECIPE = 'recipe';

/**
 * `ccctl open [kind/name | recipe/name]`: prints the address of the page, below `site.url` where there is one, else its
 * file; without words that of the overview. Works without the controller.
 */
export async function openPage(context: CommandContext, words: readonly string[]): Promise<ExitCode> {
  const stateDirectory = await openState(context);
  const place = await pageOf(stateDirectory, words);
  const { directory, url } = await siteOf(context, stateDirectory);
  const [path = '', anchor] = place.split('#');
  const { environment } = context;
  print(environment, url === undefined ? join(directory, path) : `${url}${place}`);
  const isThere = await orNothing(exists(join(directory, path)), 'ENOTDIR', 'EACCES');
  if (isThere !== true) say(environment, `ccctl: ${join(directory, path)} is not written yet`);
  else if (url === undefined && anchor !== undefined) say(environment, `ccctl: look for #${anchor} there`);
  return EXIT.Ok;
}

/** Path of the page below the site, with an anchor where it is a part of one. @throws CommandError as {@link requireObject}. */
async function pageOf(stateDirectory: string, words: readonly string[]): Promise<string> {
  if (words.length === 0) return OVERVIEW;
  const recipe = recipeIn(words);
  if (recipe !== undefined) return await recipePageOf(stateDirectory, recipe);
  const key = parseTarget(words);
  const { object } = await requireObject(stateDirectory, key);
  return pathOf(key, specInForce(object));
}

function pathOf({ kind, name }: ObjectKey, spec: unknown): string {
  switch (kind) {
    case 'Run':
      return runPath(name);
    case 'Canonical':
      return recipePath((spec as DefaultedSpecOf<'Canonical'>).app.recipe);
    case 'WarmService':
      return `${OVERVIEW}#${anchorOf('service', name)}`;
    case 'Sweep':
      return `${OVERVIEW}#${anchorOf('sweep', name)}`;
  }
}

/** The recipe in `recipe/notes` and `recipe notes`; undefined where the words name something else. */
function recipeIn(words: readonly string[]): string | undefined {
  const [word = '', ...rest] = words.flatMap((one) => one.split('/'));
  if (word.toLowerCase() !== RECIPE) return undefined;
  const [recipe, more] = rest;
  if (recipe === undefined || recipe === '' || more !== undefined)
    throw usageError('name one recipe', 'Write recipe/name, for example recipe/notes.');
  return recipe;
}

/** @throws CommandError (exit 3) where the recipe is neither enrolled nor was tested. */
async function recipePageOf(stateDirectory: string, recipe: string): Promise<string> {
  const { objects } = await readAll({ stateDirectory });
  const known = new Set(objects.flatMap(({ object }) => recipeOf(object.kind, specInForce(object)) ?? []));
  if (known.has(recipe)) return recipePath(recipe);
  const remedy = meantOr(recipe, [...known], "See 'ccctl get canonicals'.");
  throw new CommandError(EXIT.NotFound, `there is no recipe ${recipe}, enrolled or tested`, { remedy });
}

function recipeOf(kind: ObjectKey['kind'], spec: unknown): string | undefined {
  if (kind === 'Run') return (spec as DefaultedSpecOf<'Run'>).recipe;
  return kind === 'Canonical' ? (spec as DefaultedSpecOf<'Canonical'>).app.recipe : undefined;
}

/** As the controller writes it; of one that never ran with a site, as the configuration says. */
async function siteOf(
  { environment, flags }: CommandContext,
  stateDirectory: string,
): Promise<NonNullable<ControllerFile['site']>> {
  const noted = (await readControllerFile(stateDirectory))?.site;
  if (noted !== undefined) return noted;
  const { loadConfig } = await import('../../config/load.ts');
  const { resolved } = await loadConfig({
    flags: { ...flags, stateDirectory },
    env: environment.variables,
    cwd: environment.cwd,
  });
  return resolved.site;
}
