import { expect } from 'chai';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { RunStatus, StageResult } from '../../../lib/api/generated/types.ts';
import { renderBadge } from '../../../lib/site/badge.ts';
import { renderFeed } from '../../../lib/site/feed.ts';
import type { AlertEntry, RecipeModel, RunFacts, SiteModel, TrendEntry } from '../../../lib/site/model.ts';
import { renderOverview } from '../../../lib/site/overview.ts';
import { spaced, trendWords } from '../../../lib/site/parts.ts';
import { renderRecipe } from '../../../lib/site/recipe-page.ts';
import { renderRun } from '../../../lib/site/run-page.ts';
import { STYLE } from '../../../lib/site/style.ts';
import { ALL_HOSTILE, hostileText } from '../../builders/hostile-texts.ts';
import { TIME } from '../../builders/stored-object.ts';

const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/;

/** A run with this text wherever one may stand. */
function runWith(text: string): RunFacts {
  return {
    name: 'notes-1',
    uid: 'uid-1',
    recipe: 'notes',
    created: TIME,
    standing: { word: 'Failed', message: text, tone: 'Bad' },
    ended: true,
    mode: 'Cold',
    ref: text,
    pullRequest: { number: 3, url: text, author: text },
    counts: true,
    verdict: 'Failed',
    level: 1,
    version: text,
    commit: text,
    startTime: text,
    completionTime: TIME,
  };
}

function trendWith(text: string): TrendEntry {
  return {
    run: 'notes-1',
    uid: 'uid-1',
    time: TIME,
    word: text,
    tone: 'Bad',
    mode: 'Cold',
    counts: true,
    version: text,
  };
}

function recipeWith(text: string): RecipeModel {
  return {
    recipe: 'notes',
    runs: [runWith(text)],
    trend: [trendWith(text)],
    enrolment: {
      canonical: 'notes',
      uid: 'uid-c',
      recipe: 'notes',
      source: text,
      standing: { word: text, message: text, tone: 'Bad' },
      nextAction: { what: text, reason: 'X', time: text },
      knownGood: {
        generation: text,
        version: text,
        commit: text,
        run: 'notes-1',
        promotedTime: text,
        snapshot: { digest: text, bytes: 5, volumes: [] },
      },
      history: [{ version: text, commit: text, run: 'notes-1', result: 'Promoted', time: TIME }],
    },
  };
}

function alertWith(text: string): AlertEntry {
  const object = { kind: 'WarmService', name: 'shop' } as const;
  return { id: 'a1', time: TIME, severity: 'Critical', reason: 'RollbackFailed', object, message: text };
}

function siteWith(text: string): SiteModel {
  const standing = { word: text, message: text, tone: 'Bad' } as const;
  const swept = { recipe: 'notes', canonical: 'notes', to: text, result: text, message: text } as const;
  return {
    instance: 'i1',
    version: text,
    url: 'https://ci.example.org/',
    recipes: [recipeWith(text), { recipe: 'bare', runs: [], trend: [] }],
    services: [
      {
        name: 'shop',
        uid: 'u',
        recipe: 'shop',
        standing,
        health: standing,
        version: { current: text, held: text },
        operation: text,
        history: [],
      },
    ],
    sweeps: [
      {
        name: 'weekly',
        uid: 'u',
        standing,
        nextScheduleTime: text,
        lastSweep: { occurrence: text, cause: 'Schedule', startTime: text, warmServices: [], recipes: [swept] },
        history: [],
      },
    ],
    openAlerts: [alertWith(text)],
    alerts: [alertWith(text)],
  };
}

function statusWith(text: string): Partial<RunStatus> {
  const stage: StageResult = {
    name: 'Custom',
    result: 'Failed',
    reason: 'TestsFailed',
    message: text,
    service: text,
    exitCode: 3,
    evidence: text,
    logTail: [text, text],
    startTime: text,
    endTime: text,
    tests: [{ name: text, result: 'Failed', durationSeconds: 0.5, message: text }],
    usage: { samples: 1, services: [{ service: text, peakMemoryBytes: 5 }] },
  };
  return {
    stages: [stage],
    version: { base: text },
    promotion: { result: 'Failed', reason: text },
    dependencies: [{ as: text, mode: 'Warm' }],
    queue: { reason: 'Lease', holder: text },
  };
}

/** Every text that the site is made of, by path. */
function renderedWith(text: string): Map<string, string> {
  const model = siteWith(text);
  const artifacts = [
    { path: text, bytes: 5 },
    { path: text, bytes: 5, copy: 'runs/notes-1/a-0123456789.png', sort: 'Picture' as const },
  ];
  const run = { facts: runWith(text), status: statusWith(text), artifacts, moreArtifacts: 2 };
  return new Map([
    ['index.html', renderOverview(model)],
    ['recipes/notes.html', renderRecipe(recipeWith(text), model)],
    ['runs/notes-1.html', renderRun(run, model)],
    ['feed.xml', renderFeed(model)],
    ['badge/notes.svg', renderBadge(recipeWith(text))],
  ]);
}

/** Tags in the order in which they stand, without attributes: what a text must not change. */
function tagsOf(markup: string): string[] {
  return [...markup.matchAll(/<\/?[a-zA-Z!?][\w-]*/g)].map(([tag]) => tag);
}

/** Names of all attributes. */
function attributesOf(markup: string): string[] {
  const tags = markup.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<[a-zA-Z][^>]*>/g);
  return [...tags].flatMap(([tag]) => [...tag.matchAll(/\s([\w:-]+)="/g)].map(([, name]) => name ?? ''));
}

describe('pages of the site', () => {
  it('hostile text in every field stays text: the markup is the same as with harmless text', () => {
    const [harmless, hostile] = [renderedWith('harmless'), renderedWith(ALL_HOSTILE)];
    for (const [path, markup] of hostile) {
      expect(markup, path).to.not.match(UNSAFE);
      const attributes = [...new Set(attributesOf(markup))];
      expect(
        attributes.filter((name) => name.startsWith('on')),
        path,
      ).to.deep.equal([]);
      // a text that is no time, or is cut, may be shown with fewer tags
      const known = new Set([...tagsOf(harmless.get(path) ?? ''), '<time', '</time', '<span', '</span']);
      expect(
        tagsOf(markup).filter((tag) => !known.has(tag)),
        path,
      ).to.deep.equal([]);
    }
  });

  it('are well-formed with any text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const [path, markup] of renderedWith(text)) {
          expect(markup).to.not.match(UNSAFE);
          expect(markup.isWellFormed()).to.equal(true);
          const isXml = !path.endsWith('.html');
          const xml = isXml ? markup : closed(markup);
          expect(XMLValidator.validate(xml), `${path}\n${xml}`).to.equal(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lead nowhere but to pages of the site and http(s)', () => {
    for (const markup of renderedWith(ALL_HOSTILE).values())
      for (const [, url = ''] of markup.matchAll(/\s(?:href|src)="([^"]*)"/g))
        expect(url).to.match(
          /^(?:https:\/\/ci\.example\.org\/|(?:\.\.\/)?(?:index\.html|feed\.xml|runs\/|recipes\/|badge\/)|#)/,
        );
  });

  it('allow no script, by a policy that names the style sheet they have', () => {
    for (const [path, markup] of renderedWith('x')) {
      if (!path.endsWith('.html')) continue;
      const sheet = /<style>([\s\S]*)<\/style>/.exec(markup)?.[1];
      expect(sheet).to.equal(STYLE.sheet.toString());
      expect(markup).to.include(`default-src &#39;none&#39;; style-src &#39;${STYLE.hash}&#39;`);
      expect(markup).to.not.match(/<script|\sstyle="/);
    }
  });

  it('every table has a caption and headings with their scope; every page one main and one h1', () => {
    for (const [path, markup] of renderedWith('x')) {
      if (!path.endsWith('.html')) continue;
      expect(markup.match(/<main/g), path).to.have.length(1);
      expect(markup.match(/<h1/g), path).to.have.length(1);
      const tables = markup.match(/<table/g) ?? [];
      expect(markup.match(/<caption>./g) ?? [], path).to.have.length(tables.length);
      expect(markup, path).to.not.match(/<th(?![^>]*scope=)[\s>]/);
    }
  });

  it('a run of very many tests shows those that failed', () => {
    const tests = Array.from({ length: 3_000 }, (_, index) => ({
      name: `t${index}`,
      result: index === 2_999 ? ('Failed' as const) : ('Passed' as const),
    }));
    const status: Partial<RunStatus> = { stages: [{ name: 'Custom', result: 'Failed', tests }] };
    const page = renderRun({ facts: runWith('x'), status, artifacts: [], moreArtifacts: 0 }, siteWith('x'));
    expect(page).to.include('>t2999<').and.include('500 of 3000');
    expect(page.length).to.be.lessThan(300_000);
  });
});

/** HTML of ours as XML: elements that have no end are closed, the type of document and entities go. */
function closed(markup: string): string {
  return markup
    .replace(/^<!DOCTYPE html>\n/, '')
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<((?:meta|link|img|br)\b[^>]*)>/g, '<$1/>')
    .replace(/\/\/>/g, '/>');
}

describe('the feed', () => {
  const parser = new XMLParser({ ignoreAttributes: false });
  const entriesOf = (model: SiteModel) => {
    const { feed } = parser.parse(renderFeed(model)) as { feed: Record<string, unknown> };
    return [feed.entry ?? []].flat() as { id: string; title: string; updated: string; link: { '@_href': string } }[];
  };

  it('has runs that ended, promotions and alerts, each with an id that stays', () => {
    const before = entriesOf(siteWith('x'));
    expect(before).to.have.length(3);
    const changed = siteWith('another text');
    expect(entriesOf(changed).map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id));
    expect(new Set(before.map(({ id }) => id)).size).to.equal(3);
    for (const { id } of before)
      expect(id).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('has other ids for another instance, and absolute links where the address is known', () => {
    const model = siteWith('x');
    const ids = entriesOf(model).map(({ id }) => id);
    expect(entriesOf({ ...model, instance: 'i2' }).filter(({ id }) => ids.includes(id))).to.deep.equal([]);
    for (const { link } of entriesOf(model)) expect(link['@_href']).to.match(/^https:\/\/ci\.example\.org\//);
  });

  it('of a site in which nothing happened is one', () => {
    const empty = { ...siteWith('x'), recipes: [], alerts: [] };
    expect(XMLValidator.validate(renderFeed(empty))).to.equal(true);
    expect(entriesOf(empty)).to.deep.equal([]);
  });

  it('has the fifty newest, the newest first', () => {
    const alerts = Array.from({ length: 80 }, (_, index) => ({
      ...alertWith('x'),
      id: `a${index}`,
      time: `2030-01-01T00:${String(index % 60).padStart(2, '0')}:00.000Z`,
    }));
    const times = entriesOf({ ...siteWith('x'), recipes: [], alerts }).map(({ updated }) => updated);
    expect(times).to.have.length(50);
    expect(times).to.deep.equal(times.toSorted().reverse());
  });
});

describe('the badge', () => {
  const entry = (more: Partial<TrendEntry>): TrendEntry => ({ ...trendWith('x'), ...more });
  const rows: [string, TrendEntry[], string][] = [
    ['no run', [], 'unknown'],
    ['a run that passed', [entry({ verdict: 'Passed', level: 4 })], 'level 4'],
    ['one that failed after it', [entry({ verdict: 'Passed', level: 4 }), entry({ verdict: 'Failed' })], 'failed'],
    ['one that says nothing after it', [entry({ verdict: 'Passed', level: 5 }), entry({})], 'level 5'],
    [
      'one that does not count after it',
      [entry({ verdict: 'Passed', level: 3 }), entry({ verdict: 'Failed', counts: false })],
      'level 3',
    ],
    ['a level of 0', [entry({ verdict: 'Passed', level: 0 })], 'level 0'],
  ];
  for (const [why, trend, message] of rows) {
    it(`${why}: ${message}`, () => {
      const badge = renderBadge({ trend });
      expect(badge).to.include(`aria-label="cc-ci: ${message}"`).and.include(`<title>cc-ci: ${message}</title>`);
      expect(XMLValidator.validate(badge)).to.equal(true);
    });
  }
});

describe('words of the pages', () => {
  it('reasons are spaced', () => {
    expect(['DeadlineExceeded', 'Failed', 'InfraError', 'URL', ''].map(spaced)).to.deep.equal([
      'Deadline exceeded',
      'Failed',
      'Infra error',
      'URL',
      '',
    ]);
  });

  it('a trend is told in words', () => {
    const tones = ['Good', 'Bad', 'Doubt', 'Good'] as const;
    const trend = tones.map((tone) => ({ ...trendWith('Passed'), tone }));
    expect(trendWords(trend)).to.equal('Last 4 runs: 2 passed, 1 failed, 1 without an answer; the last one: passed');
    expect(trendWords(trend.slice(0, 1))).to.equal('One run: 1 passed');
  });
});
