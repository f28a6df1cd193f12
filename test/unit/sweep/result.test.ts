import { expect } from 'chai';
import { sweepMarkdown } from '../../../controllers/sweep/report.ts';
import { countsOf, resultOf, sweepSummary } from '../../../controllers/sweep/result.ts';
import type { SweepRecord, SweptRecipe, SweptWarmService } from '../../../lib/api/index.ts';

const row = (overrides: Partial<SweptRecipe> = {}): SweptRecipe => ({
  recipe: 'notes',
  canonical: 'notes',
  ...overrides,
});
const green = row({ decision: 'Run', reason: 'NewVersion', result: 'Passed', level: 5 });
const red = row({ decision: 'Run', reason: 'NewVersion', result: 'Failed', blame: 'Recipe' });
const infra = row({ decision: 'Run', reason: 'NewVersion', result: 'InfraError', blame: 'Infra' });
const skipped = row({ decision: 'Skip', reason: 'NoNewVersion' });
const unfetched = row({ decision: 'Skip', reason: 'FetchFailed', blame: 'Infra' });
const refused = row({ decision: 'Skip', reason: 'NotAccepted' });
const cancelled = row({ decision: 'Run', reason: 'NewVersion', result: 'Cancelled' });
const upgraded: SweptWarmService = { name: 'proxy', result: 'Upgraded' };
const rolledBack: SweptWarmService = { name: 'proxy', result: 'RolledBack' };

const ROWS: readonly [string, SweptRecipe[], SweptWarmService[], string][] = [
  ['all green or skipped', [green, skipped], [upgraded], 'Passed'],
  ['nothing new', [skipped], [], 'Passed'],
  ['T10 nobody is enrolled', [], [upgraded], 'NothingEnrolled'],
  ['T10 nobody but those that are refused', [refused], [], 'NothingEnrolled'],
  ['T10 nobody who is still there', [row({ decision: 'Skip', reason: 'Removed' })], [], 'NothingEnrolled'],
  ['a red recipe', [green, red, infra, unfetched], [rolledBack], 'Failed'],
  ['a run that somebody cancelled is not green', [green, cancelled], [], 'Failed'],
  ['T12 green and not promoted is green', [{ ...green, promotion: 'Failed' }], [], 'Passed'],
  ['a warm service that went back', [green, infra, unfetched], [rolledBack], 'ServiceFailed'],
  ['T13 a fetch that failed', [green, infra, unfetched], [upgraded], 'FetchFailed'],
  ['only the infrastructure', [green, infra], [], 'InfraError'],
];

describe('result of a sweep', () => {
  for (const [name, recipes, warmServices, wanted] of ROWS)
    it(name, () => expect(resultOf({ recipes, warmServices })).to.equal(wanted));

  it('counts', () => {
    expect(countsOf({ recipes: [green, red, infra, skipped, unfetched, row()] })).to.deep.equal({
      ...{ passed: 1, failed: 2, skipped: 2 },
    });
  });

  it('in one line, with the names of what went wrong', () => {
    const recipes = [
      green,
      { ...red, recipe: 'wiki' },
      skipped,
      { ...unfetched, recipe: 'mail' },
      row({ recipe: 'zoo' }),
    ];
    expect(sweepSummary({ recipes, warmServices: [rolledBack] })).to.equal(
      '1 passed, 1 failed (wiki), 1 skipped, 1 not fetched (mail), 1 not reached (zoo), warm services in trouble: proxy',
    );
    const unpromoted = { recipes: [{ ...green, promotion: 'Failed' as const }], warmServices: [] };
    expect(sweepSummary(unpromoted)).to.include('1 green but not promoted (notes)');
  });
});

describe('report of a sweep for people', () => {
  const record = (overrides: Partial<SweepRecord> = {}): SweepRecord => ({
    ...{ occurrence: '20300101T000000Z', cause: 'Schedule', startTime: 'A', completionTime: 'B', result: 'Failed' },
    ...{ warmServices: [upgraded], recipes: [green, red] },
    ...overrides,
  });

  it('has a table each for warm services and recipes, with the columns that say something', () => {
    expect(sweepMarkdown('weekly', record()).split('\n')).to.deep.equal([
      '# Sweep weekly, 20300101T000000Z',
      '',
      '**Failed**: 1 passed, 1 failed (notes), 0 skipped.',
      '',
      'Started A by its schedule, ended B.',
      '',
      '## Warm services',
      '',
      '| service | result |',
      '|---|---|',
      '| proxy | Upgraded |',
      '',
      '## Recipes',
      '',
      '| recipe | decision | reason | result | level | blame |',
      '|---|---|---|---|---|---|',
      '| notes | Run | NewVersion | Passed | 5 |  |',
      '| notes | Run | NewVersion | Failed |  | Recipe |',
      '',
    ]);
  });

  it('says in words that there is nothing', () => {
    const text = sweepMarkdown('weekly', record({ result: 'NothingEnrolled', warmServices: [], recipes: [] }));
    expect(text).to.include('No recipe is enrolled.').and.include('No warm service was rolled.');
    expect(sweepMarkdown('weekly', record({ result: 'Cancelled', recipes: [] }))).to.include('cancelled before');
  });

  for (const [name, message, shown] of [
    ['a new row', 'a\n| b | c |', 'a \\| b \\| c \\|'],
    ['a link', '[x](http://example.org)', '\\[x\\](http://example.org)'],
    ['HTML', '<script>alert(1)</script> & <img>', '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img&gt;'],
    ['a mention, code and emphasis', '@all `x` *y* _z_ ~w~', '&#64;all \\`x\\` \\*y\\* \\_z\\_ \\~w\\~'],
    ['an escape of the escape', '\\| \\', '\\\\\\| \\\\'],
    ['a sequence of the terminal', '\u001b[31mred\u001b[0m\r\u202eback', 'red back'],
  ] as const)
    it(`T90 makes no ${name} of a hostile message`, () => {
      const text = sweepMarkdown('weekly', record({ recipes: [{ ...red, message }] }));
      const line = text.split('\n').find((one) => one.startsWith('| notes'));
      expect(line).to.equal(`| notes | Run | NewVersion | Failed | Recipe | ${shown} |`);
    });

  it('cuts what is long', () => {
    const text = sweepMarkdown('weekly', record({ recipes: [{ ...red, message: 'x'.repeat(10_000) }] }));
    expect(text.length).to.be.lessThan(1_000);
  });
});
