import { byteSize } from '../cli/print/age.ts';
import { badgeOf } from './badge.ts';
import { type Content, type Html, html, linkOut } from './html.ts';
import type { EnrolmentFacts, RecipeModel, RunFacts, SiteModel } from './model.ts';
import { linkFrom, renderPage } from './page.ts';
import {
  bounded,
  commitText,
  spaced,
  spanText,
  stateWord,
  table,
  terms,
  timeText,
  trendPicture,
  trendWords,
} from './parts.ts';
import { badgePath, recipePath, runPath } from './paths.ts';

/** Runs in the table; there may be hundreds. */
const RUNS_SHOWN = 100;

/** The page of a recipe. Pure. */
export function renderRecipe(model: RecipeModel, site: Pick<SiteModel, 'version' | 'url'>): string {
  const { recipe, enrolment, trend, runs } = model;
  const path = recipePath(recipe);
  const badge = linkFrom(path, badgePath(recipe));
  const main = html`<h1>${recipe}</h1>
<p><img class="badge" src="${badge}" alt="cc-ci: ${badgeOf(model).message}" height="20"></p>
${enrolment === undefined ? html`<p>No Canonical enrols this recipe.</p>` : enrolled(enrolment, model, path)}
<h2>Trend</h2>
${trend.length === 0 ? html`<p>No run has ended.</p>` : html`${trendPicture(trend)}<p class="small dim">${trendWords(trend)}.</p>`}
<h2>Runs</h2>
${runs.length === 0 ? html`<p>There are none.</p>` : runTable(runs, path)}
${enrolment === undefined || enrolment.history.length === 0 ? undefined : promotions(enrolment)}
${site.url === undefined ? undefined : snippet(recipe, site.url)}`;
  return renderPage({ path, title: recipe, main }, site);
}

function enrolled(facts: EnrolmentFacts, { runs }: RecipeModel, page: string): Html {
  const { standing, knownGood, nextAction, source, canonical } = facts;
  const isThere = runs.some(({ name }) => name === knownGood?.run);
  const run =
    knownGood && isThere
      ? html`<a href="${linkFrom(page, runPath(knownGood.run))}">${knownGood.run}</a>`
      : knownGood?.run;
  return terms([
    ['Canonical', canonical],
    ['State', stateWord(standing)],
    ['Why', standing.tone === 'Good' ? undefined : bounded(standing.message)],
    [
      'Next',
      nextAction &&
        html`${nextAction.what} ${nextAction.time === undefined ? undefined : html`(${timeText(nextAction.time)})`}`,
    ],
    ['Source', source === undefined ? undefined : linkOut(source, source)],
    ['Known-good', knownGood?.version],
    ['Commit', commitText(knownGood?.commit)],
    ['Proved by', run],
    ['Promoted', timeText(knownGood?.promotedTime)],
    ['Snapshot', knownGood && byteSize(knownGood.snapshot.bytes)],
  ]);
}

function runTable(runs: readonly RunFacts[], page: string): Html {
  const columns = [
    { head: 'Run' },
    { head: 'Result' },
    { head: 'Level', class: 'num' },
    { head: 'Version' },
    { head: 'Mode' },
    { head: 'Took' },
    { head: 'Ended' },
  ];
  const shown = runs.slice(0, RUNS_SHOWN);
  const caption = shown.length < runs.length ? `The newest ${RUNS_SHOWN} of ${runs.length}.` : 'The newest first.';
  return table(
    caption,
    columns,
    shown.map((run) => runRow(run, page)),
  );
}

function runRow(run: RunFacts, page: string): Content[] {
  const { name, standing, level, version, mode, startTime, completionTime, pullRequest, ref } = run;
  const asked = pullRequest === undefined ? ref : `pull request ${pullRequest.number}`;
  return [
    html`<a href="${linkFrom(page, runPath(name))}">${name}</a>${asked === undefined ? undefined : html` <span class="dim small">${asked}</span>`}`,
    stateWord(standing),
    level,
    version,
    mode,
    spanText(startTime, completionTime),
    timeText(completionTime),
  ];
}

function promotions({ history }: EnrolmentFacts): Html {
  const columns = [{ head: 'Version' }, { head: 'Result' }, { head: 'Commit' }, { head: 'Run' }, { head: 'When' }];
  const rows = history.map(({ version, result, commit, run, time }) => [
    version,
    spaced(result),
    commitText(commit),
    run,
    timeText(time),
  ]);
  return html`<h2>Promotions</h2>
${table('The newest first, ten at most.', columns, rows)}`;
}

function snippet(recipe: string, url: string): Html {
  const markdown = `[![cc-ci](${url}${badgePath(recipe)})](${url}${recipePath(recipe)})`;
  return html`<h2>Badge</h2>
<p>In Markdown:</p>
<pre>${markdown}</pre>`;
}
