import type { RunStatus, StageResult, TestResult } from '../api/generated/types.ts';
import { byteSize } from '../cli/print/age.ts';
import { type Content, type Html, html, linkOut } from './html.ts';
import type { ArtifactFacts, RunFacts, RunPageModel, SiteModel, Tone } from './model.ts';
import { linkFrom, renderPage } from './page.ts';
import { bounded, classOf, commitText, spaced, spanText, stateWord, table, terms, timeText } from './parts.ts';
import { recipePath, runPath } from './paths.ts';

/** Rows of tests; a JUnit file may have many thousands, and all are in the artifacts. */
const TESTS_SHOWN = 500;
const LINE_LONGEST = 1_000;

/** The page of a run. Pure. */
export function renderRun(model: RunPageModel, site: Pick<SiteModel, 'version'>): string {
  const { facts, status } = model;
  const path = runPath(facts.name);
  const stages = status.stages ?? [];
  const main = html`<h1>Run ${facts.name}</h1>
${verdict(facts)}
${about(facts, status, path)}
<h2>Stages</h2>
${stages.length === 0 ? html`<p>None has begun.</p>` : stageTable(stages)}
${stages.filter(({ logTail = [] }) => logTail.length > 0).map(logTail)}
${tests(stages)}
${artifacts(model, path)}`;
  return renderPage({ path, title: `Run ${facts.name}`, main }, site);
}

function verdict({ standing, level, mode }: RunFacts): Html {
  const doubt = mode === 'Quick' ? ' Quick run: of low confidence.' : '';
  const reached = level === undefined ? '' : `, level ${level}`;
  return html`<div class="summary ${classOf(standing.tone)}">${stateWord(standing)}${reached}<p>${bounded(standing.message)}${doubt}</p></div>`;
}

function about(facts: RunFacts, status: Partial<RunStatus>, page: string): Html {
  const { recipe, mode, ref, pullRequest, version, commit, blame, startTime, completionTime, created } = facts;
  const { promotion, fallback, attempts = [], queue, deploys, dependencies = [] } = status;
  const request =
    pullRequest && `${pullRequest.number}${pullRequest.author === undefined ? '' : ` by ${pullRequest.author}`}`;
  return terms([
    ['Recipe', html`<a href="${linkFrom(page, recipePath(recipe))}">${recipe}</a>`],
    [
      'Mode',
      `${mode}${fallback === undefined ? '' : `, as quick was not possible: ${spaced(fallback).toLowerCase()}`}`,
    ],
    ['Version', version],
    ['Upgraded from', status.version?.base],
    ['Ref', ref],
    ['Commit', commitText(commit)],
    ['Pull request', request && linkOut(pullRequest?.url ?? '', request)],
    ['Blame', blame === undefined ? undefined : spaced(blame)],
    [
      'Promotion',
      promotion &&
        [promotion.result, promotion.reason]
          .filter((part) => part)
          .map((part) => spaced(part ?? ''))
          .join(', '),
    ],
    ['Dependencies', dependencies.map(({ as, mode: got }) => `${as} (${got})`).join(', ')],
    ['Waits for', queue && `${spaced(queue.reason)}${queue.holder === undefined ? '' : `, held by ${queue.holder}`}`],
    ['Attempts', attempts.length > 1 ? attempts.length : undefined],
    ['Deploys', deploys && `${deploys.count} of ${deploys.expected}`],
    ['Created', timeText(created)],
    ['Began', timeText(startTime)],
    ['Ended', timeText(completionTime)],
    ['Took', spanText(startTime, completionTime)],
  ]);
}

const TONES: Readonly<Record<StageResult['result'], Tone>> = {
  Passed: 'Good',
  Failed: 'Bad',
  Skipped: 'Doubt',
  Unverified: 'Doubt',
  Interrupted: 'Bad',
  Running: 'Live',
  Pending: 'Doubt',
};

function stageTable(stages: readonly StageResult[]): Html {
  const columns = [
    { head: 'Stage' },
    { head: 'Result' },
    { head: 'Took' },
    { head: 'Remark' },
    { head: 'Peak memory' },
  ];
  const rows = stages.map((stage) => [
    stage.name,
    stateWord({ word: stage.result, tone: TONES[stage.result] }),
    spanText(stage.startTime, stage.endTime),
    remark(stage),
    peaks(stage),
  ]);
  return table('In the order in which they are gone through.', columns, rows);
}

function remark({ reason, message, service, exitCode, evidence }: StageResult): Content {
  const said = [
    reason && html`<b>${spaced(reason)}</b>`,
    message && bounded(message),
    service && `service ${service}`,
    exitCode === undefined ? undefined : `exit code ${exitCode}`,
    evidence && `evidence: ${evidence}`,
  ].filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? undefined : said.map((part, index) => [index === 0 ? '' : html`<br>`, part]);
}

function peaks({ usage }: StageResult): Content {
  const known = (usage?.services ?? []).filter(({ peakMemoryBytes }) => peakMemoryBytes !== undefined);
  const shown = known.map(({ service, peakMemoryBytes = 0 }) => `${service} ${byteSize(peakMemoryBytes)}`);
  return shown.length === 0 ? undefined : shown.join(', ');
}

function logTail({ name, logTail: lines = [] }: StageResult): Html {
  return html`<h3>Last lines of ${name}</h3>
<pre>${lines.map((line) => `${bounded(line, LINE_LONGEST)}\n`)}</pre>`;
}

function tests(stages: readonly StageResult[]): Content {
  const all = stages.flatMap((stage) => (stage.tests ?? []).map((test) => ({ stage: stage.name, test })));
  if (all.length === 0) return undefined;
  // What failed is what people look for: it is never among those that are left out.
  const rank = (test: TestResult): number => (test.result === 'Failed' ? 0 : 1);
  const shown = all.length > TESTS_SHOWN ? all.toSorted((a, b) => rank(a.test) - rank(b.test)) : all;
  const columns = [{ head: 'Test' }, { head: 'Stage' }, { head: 'Result' }, { head: 'Took' }, { head: 'Remark' }];
  const rows = shown.slice(0, TESTS_SHOWN).map(({ stage, test }) => testRow(stage, test));
  const caption =
    all.length > TESTS_SHOWN
      ? `${TESTS_SHOWN} of ${all.length}, those that failed first.`
      : 'In the order in which they ran.';
  return html`<h2>Tests</h2>
${table(caption, columns, rows)}`;
}

function testRow(stage: string, { name, result, durationSeconds, reason, message }: TestResult): Content[] {
  const tone: Tone = result === 'Passed' ? 'Good' : result === 'Failed' ? 'Bad' : 'Doubt';
  const said = [reason && spaced(reason), message && bounded(message)].filter((part) => part).join(': ');
  return [
    bounded(name, LINE_LONGEST),
    stage,
    stateWord({ word: result, tone }),
    durationSeconds === undefined ? undefined : html`<span class="num">${durationSeconds.toFixed(1)}s</span>`,
    said === '' ? undefined : said,
  ];
}

function artifacts({ artifacts: all, moreArtifacts, facts }: RunPageModel, page: string): Content {
  if (all.length === 0) return facts.ended ? html`<h2>Artifacts</h2><p>None are kept.</p>` : undefined;
  const pictures = all.filter(({ sort }) => sort === 'Picture');
  const columns = [{ head: 'File' }, { head: 'Size', class: 'num' }, { head: 'Remark' }];
  const rows = all.map((file) => [artifactName(file, page), byteSize(file.bytes), artifactRemark(file)]);
  const more = moreArtifacts === 0 ? '' : ` ${moreArtifacts} more are not listed.`;
  return html`${pictures.length === 0 ? undefined : html`<h2>Screenshots</h2>`}
${pictures.map((picture) => figure(picture, page))}
<h2>Artifacts</h2>
${table(`Copies of small texts and pictures; the rest is on the host.${more}`, columns, rows)}`;
}

function artifactName({ path, copy }: ArtifactFacts, page: string): Content {
  const name = bounded(path, 300);
  return copy === undefined ? name : html`<a href="${linkFrom(page, copy)}">${name}</a>`;
}

function artifactRemark({ copy, cut }: ArtifactFacts): Content {
  if (copy === undefined) return 'on the host only';
  return cut === true ? 'only its end' : undefined;
}

function figure({ path, copy = '' }: ArtifactFacts, page: string): Html {
  const href = linkFrom(page, copy);
  const name = bounded(path, 300);
  return html`<figure><a href="${href}"><img src="${href}" alt="Picture ${name}"></a><figcaption>${name}</figcaption></figure>
`;
}
