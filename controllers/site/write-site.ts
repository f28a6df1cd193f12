import { join } from 'node:path';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { runDirectoryName } from '../../lib/app/domain.ts';
import { sha256 } from '../../lib/digest.ts';
import { giveWay } from '../../lib/give-way.ts';
import { type Artifact, type ArtifactListing, listArtifacts } from '../../lib/site/artifacts.ts';
import { renderBadge } from '../../lib/site/badge.ts';
import type { SiteDirectory } from '../../lib/site/directory.ts';
import { renderFeed } from '../../lib/site/feed.ts';
import type { Html } from '../../lib/site/html.ts';
import type { RunFacts, SiteModel } from '../../lib/site/model.ts';
import { recipeRows, renderOverview } from '../../lib/site/overview.ts';
import { badgePath, FEED, OVERVIEW, recipePath, runPath } from '../../lib/site/paths.ts';
import { renderRecipe } from '../../lib/site/recipe-page.ts';
import { renderRun } from '../../lib/site/run-page.ts';
import { STYLE } from '../../lib/site/style.ts';
import type { CommonStatus } from '../../lib/store/reader.ts';
import { withoutStatusOnFault } from './site-facts.ts';

/** Recipes, or files, that are looked at before others have their turn. */
const AT_ONCE = 500;

/** What a round writes. */
export interface SiteRound {
  directory: SiteDirectory;
  model: SiteModel;
  /** Runs whose pages are looked at; their status as it is shown. */
  runs: readonly RunFacts[];
  statusOf: (name: string) => CommonStatus | undefined;
  /** Recipes whose pages are looked at. */
  recipes: ReadonlySet<string>;
  stateDirectory: string;
  /** After each file, that others of this process have their turn. */
  afterFile: () => Promise<void>;
}

/** What came of a round. */
export interface RoundOutcome {
  written: number;
  /** Paths at which somebody else's file lies. */
  foreign: readonly string[];
}

/**
 * Writes what differs, what is linked to before what links to it, and removes the files of what is gone. A kill leaves
 * whole files; the next round goes on. @throws CcError `NoSpace`, `Refused`; system errors.
 */
export async function writeSite(round: SiteRound): Promise<RoundOutcome> {
  const { directory, model, recipes, runs, afterFile } = round;
  const pages = pagesOf(model, recipes);
  const foreign = new Set(await directory.claim([...pages.keys(), ...runs.map(({ name }) => runPath(name))]));
  const copies = runs.length === 0 ? new Map<string, string[]>() : copiesByRun(directory);
  let written = 0;
  for (const run of runs) {
    written += await writeRun({ ...round, foreign }, run, copies.get(run.name) ?? []);
    await afterFile();
  }
  for (const [path, render] of pages) {
    if (foreign.has(path)) continue;
    if (await directory.put(path, await render())) written += 1;
    await afterFile();
  }
  await removeGone(directory, model);
  await directory.save();
  return { written, foreign: [...foreign] };
}

/** Pages by path, in the order in which they are written. Pure. */
function pagesOf(model: SiteModel, recipes: ReadonlySet<string>): Map<string, () => string | Promise<string>> {
  const pages = new Map<string, () => string | Promise<string>>();
  for (const recipe of model.recipes) {
    if (!recipes.has(recipe.recipe)) continue;
    pages.set(badgePath(recipe.recipe), () => renderBadge(recipe));
    pages.set(recipePath(recipe.recipe), () => renderRecipe(recipe, model));
  }
  pages.set(OVERVIEW, () => overviewOf(model));
  pages.set(FEED, () => renderFeed(model));
  return pages;
}

/** The one page of which every recipe has a part. */
async function overviewOf(model: SiteModel): Promise<string> {
  const rows: Html[] = [];
  for (let first = 0; first < model.recipes.length; first += AT_ONCE) {
    for (const row of recipeRows(model.recipes.slice(first, first + AT_ONCE))) rows.push(row);
    await giveWay();
  }
  return renderOverview(model, rows);
}

type RunRound = SiteRound & { foreign: Set<string> };

/**
 * Copies first, then the page that links to them; nothing where it is there as it was made from the same.
 * @returns how many files were written.
 */
async function writeRun(round: RunRound, facts: RunFacts, before: readonly string[]): Promise<number> {
  const { directory, model, foreign } = round;
  const { name, uid } = facts;
  const status = round.statusOf(name);
  const path = runPath(name);
  const from = `${uid} ${sha256(JSON.stringify([facts, status, model.version, STYLE.hash])).slice(0, 16)}`;
  if (directory.isFrom(path, from) && before.every((copied) => directory.isFrom(copied, uid))) return 0;
  const { artifacts, more } = await artifactsOf(round, facts, status);
  const copies = artifacts.flatMap(({ copy }) => copy ?? []);
  for (const old of before) if (!copies.includes(old)) await directory.remove(old);
  for (const taken of await directory.claim(copies)) foreign.add(taken);
  let written = 0;
  for (const artifact of artifacts)
    if (!foreign.has(artifact.copy ?? '') && (await copy(directory, artifact, uid))) written += 1;
  if (foreign.has(path)) return written;
  const shown = artifacts.map((one) => withoutMissing(directory, one));
  const page = withoutStatusOnFault(status, (one = {}) =>
    renderRun({ facts, status: one as Partial<RunStatus>, artifacts: shown, moreArtifacts: more }, model),
  );
  return (await directory.put(path, page, from)) ? written + 1 : written;
}

/** Only of a run that ended: before that its files are not masked. */
async function artifactsOf(
  { stateDirectory }: SiteRound,
  facts: RunFacts,
  status: CommonStatus | undefined,
): Promise<ArtifactListing> {
  if (!facts.ended || status?.artifacts === undefined) return { artifacts: [], more: 0 };
  return await listArtifacts(join(stateDirectory, 'runs', runDirectoryName(facts.name, facts.uid)), facts);
}

/** Paths of all copies, by the name of their run. */
function copiesByRun({ files }: SiteDirectory): Map<string, string[]> {
  const copies = [...files.keys()].filter((path) => path.split('/').length === 3);
  return Map.groupBy(copies, (path) => path.split('/')[1] ?? '');
}

async function copy(directory: SiteDirectory, { copy: path, read }: Artifact, uid: string): Promise<boolean> {
  if (path === undefined || directory.isFrom(path, uid)) return false;
  const content = await read?.();
  if (content !== undefined) return await directory.put(path, content, uid);
  // gone meanwhile
  await directory.remove(path);
  return false;
}

/** No page links to a copy that could not be made. */
function withoutMissing(directory: SiteDirectory, artifact: Artifact): Artifact {
  const { copy: path, sort: _sort, cut: _cut, ...named } = artifact;
  const isMissing = path !== undefined && (directory.files.get(path)?.digest ?? '') === '';
  return isMissing ? named : artifact;
}

/** Files of objects that are gone; those of the others stay, whether or not this round looked at them. */
async function removeGone(directory: SiteDirectory, { recipes }: SiteModel): Promise<void> {
  const runs = recipes.flatMap((recipe) => recipe.runs.map(({ name }) => name));
  const names = new Set(runs);
  const wanted = new Set([
    OVERVIEW,
    FEED,
    ...runs.map(runPath),
    ...recipes.flatMap(({ recipe }) => [recipePath(recipe), badgePath(recipe)]),
  ]);
  for (const [index, path] of [...directory.files.keys()].entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await giveWay();
    const [, run = '', copied] = path.split('/');
    if (!wanted.has(path) && !(copied !== undefined && names.has(run))) await directory.remove(path);
  }
}
