import { counted, sentence } from '../sentences.ts';
import { badgeOf } from './badge.ts';
import { type Content, type Html, html } from './html.ts';
import type {
  AlertEntry,
  RecipeModel,
  RunFacts,
  ServiceFacts,
  SiteModel,
  SweepFacts,
  Tone,
  TrendEntry,
} from './model.ts';
import { renderPage } from './page.ts';
import {
  bounded,
  type Column,
  classOf,
  spaced,
  stateWord,
  table,
  tableOf,
  tableRow,
  terms,
  timeText,
  trendPicture,
} from './parts.ts';
import { anchorOf, OVERVIEW, recipePath, runPath } from './paths.ts';

/**
 * The page of everything: recipes, services, alerts, the last sweep. Pure.
 * @param rows those of its recipes, for who makes them in parts.
 */
export function renderOverview(model: SiteModel, rows: readonly Html[] = recipeRows(model.recipes)): string {
  const live = model.recipes.flatMap(({ runs }) => runs.filter(({ ended }) => !ended));
  const main = html`<h1>Status</h1>
${summary(model)}
${section('alerts', 'Open alerts', alerts(model.openAlerts))}
${live.length === 0 ? undefined : section('live', 'Runs under way', liveRuns(live))}
${section('recipes', 'Recipes', recipes(rows))}
${section('services', 'Warm services', services(model.services))}
${section('sweep', 'Sweep', model.sweeps.length === 0 ? html`<p>There is no sweep.</p>` : model.sweeps.map(sweep))}`;
  return renderPage({ path: OVERVIEW, title: 'Status', main }, model);
}

function section(id: string, title: string, content: Content): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}</section>`;
}

function summary({ recipes, services, openAlerts }: SiteModel): Html {
  const red = recipes.filter((recipe) => badgeOf(recipe).message === 'failed');
  const down = services.filter(({ standing }) => standing.tone === 'Bad');
  const tone: Tone = red.length + down.length + openAlerts.length > 0 ? 'Bad' : 'Good';
  const parts = [
    red.length === 0 ? 'no recipe is red' : `${counted(red.length, 'recipe')} red`,
    down.length === 0 ? 'every warm service is ready' : `${counted(down.length, 'warm service')} not ready`,
    openAlerts.length === 0 ? 'no alert is open' : `${counted(openAlerts.length, 'alert')} open`,
  ];
  const word = tone === 'Good' ? 'All is well' : 'Something needs a look';
  return html`<div class="summary ${classOf(tone)}">${stateWord({ word, tone })}<p>${sentence(parts.join(', '))}</p></div>`;
}

function alerts(open: readonly AlertEntry[]): Html {
  if (open.length === 0) return html`<p>There are none.</p>`;
  return html`<ul class="plain">${open.map(alert)}</ul>`;
}

function alert({ severity, reason, object, message, time }: AlertEntry): Html {
  const tone: Tone = severity === 'Critical' ? 'Bad' : 'Doubt';
  const { kind, name } = object;
  return html`<li>${stateWord({ word: severity, tone })} <b>${spaced(reason)}</b>, ${kind} ${name} <span class="dim small">since ${timeText(time)}</span><br>${bounded(message)}</li>
`;
}

function liveRuns(runs: readonly RunFacts[]): Html {
  const columns = [{ head: 'Run' }, { head: 'Recipe' }, { head: 'State' }, { head: 'Mode' }, { head: 'Since' }];
  const rows = runs.map(({ name, recipe, standing, mode, startTime, created }) => [
    html`<a href="${runPath(name)}">${name}</a>`,
    recipe,
    stateWord(standing),
    mode,
    timeText(startTime ?? created),
  ]);
  return table('Runs that have not ended.', columns, rows);
}

const RECIPE_COLUMNS: readonly Column[] = [
  { head: 'Recipe' },
  { head: 'Level', class: 'num' },
  { head: 'Known-good' },
  { head: 'Last run' },
  { head: 'Trend' },
];

/** The rows of some recipes in the page of everything. Pure. */
export function recipeRows(some: readonly RecipeModel[]): Html[] {
  return some.map((recipe) => tableRow(RECIPE_COLUMNS, recipeRow(recipe)));
}

function recipes(rows: readonly Html[]): Html {
  if (rows.length === 0) return html`<p>No recipe is enrolled, and none was tested.</p>`;
  const caption =
    'The level is that of the newest cold run of the recipe itself; quick runs and pull requests do not count.';
  return tableOf(caption, RECIPE_COLUMNS, rows);
}

function recipeRow(model: RecipeModel): Content[] {
  const { recipe, enrolment, trend, runs } = model;
  const last = trend.at(-1);
  const known = enrolment?.knownGood;
  return [
    html`<a href="${recipePath(recipe)}">${recipe}</a>`,
    badgeWord(model),
    known?.version ?? html`<span class="dim">${enrolment === undefined ? 'not enrolled' : 'none'}</span>`,
    last && lastRun(last, runs),
    trendPicture(trend),
  ];
}

function badgeWord(model: RecipeModel): Content {
  const { message } = badgeOf(model);
  if (message === 'unknown') return html`<span class="dim">unknown</span>`;
  const isRed = message === 'failed';
  return stateWord({ word: isRed ? message : message.replace('level ', ''), tone: isRed ? 'Bad' : 'Good' });
}

/** A link where the run is still there. */
function lastRun(last: TrendEntry, runs: readonly RunFacts[]): Html {
  const state = stateWord(last);
  const run = runs.find(({ uid }) => uid === last.uid);
  const of = run?.pullRequest === undefined ? '' : `pull request ${run.pullRequest.number}, `;
  const linked = run
    ? html`<a href="${runPath(last.run)}" aria-label="${`${spaced(last.word)}: run ${last.run}`}">${state}</a>`
    : state;
  return html`${linked} <span class="dim small">${last.mode === 'Quick' ? 'quick, ' : ''}${of}${timeText(last.time)}</span>`;
}

function services(all: readonly ServiceFacts[]): Html {
  if (all.length === 0) return html`<p>There are none.</p>`;
  const columns = [{ head: 'Service' }, { head: 'Version' }, { head: 'Health' }, { head: 'State' }, { head: 'Held' }];
  const rows = all.map(({ name, version, health, standing, operation }) => [
    html`<span id="${anchorOf('service', name)}">${name}</span>`,
    version.current ?? html`<span class="dim">none</span>`,
    health && stateWord(health),
    html`${stateWord(standing)}${operation === undefined ? undefined : html` <span class="dim small">${operation}</span>`}${standing.tone === 'Good' ? undefined : html`<br><span class="small">${bounded(standing.message, 300)}</span>`}`,
    version.held,
  ]);
  return table(
    'Apps that are kept up and upgraded when it is safe. Held: a version that waits for approval.',
    columns,
    rows,
  );
}

function sweep({ name, standing, lastSweep, nextScheduleTime }: SweepFacts): Html {
  return html`<h3 id="${anchorOf('sweep', name)}">${name}</h3>
${terms([
  ['State', stateWord(standing)],
  ['Why', standing.tone === 'Good' ? undefined : bounded(standing.message, 500)],
  ['Last', lastSweep && timeText(lastSweep.startTime)],
  ['Result', lastSweep && spaced(lastSweep.result ?? 'Running')],
  ['Next', timeText(nextScheduleTime)],
])}
${lastSweep === undefined || lastSweep.recipes.length === 0 ? undefined : sweptRecipes(lastSweep.recipes)}`;
}

function sweptRecipes(rows: NonNullable<SweepFacts['lastSweep']>['recipes']): Html {
  const columns = [
    { head: 'Recipe' },
    { head: 'Decision' },
    { head: 'Result' },
    { head: 'Version' },
    { head: 'Promotion' },
  ];
  const cells = rows.map(({ recipe, decision, reason, result, to, promotion }) => [
    html`<a href="${recipePath(recipe)}">${recipe}</a>`,
    decision && `${decision}${reason === undefined ? '' : `, ${spaced(reason).toLowerCase()}`}`,
    result && stateWord({ word: result, tone: toneOfResult(result) }),
    to,
    promotion,
  ]);
  return table('Recipes of the last sweep.', columns, cells);
}

function toneOfResult(result: string): Tone {
  if (result === 'Passed') return 'Good';
  return ['Cancelled', 'InfraError', 'Removed'].includes(result) ? 'Doubt' : 'Bad';
}
