import { expect } from 'chai';
import fc from 'fast-check';
import { isSitePath, parseManifest } from '../../../lib/site/manifest.ts';
import type { TrendEntry } from '../../../lib/site/model.ts';
import { badgePath, recipePath, runPath } from '../../../lib/site/paths.ts';
import { speakingRun, TREND_LENGTH, withEntry } from '../../../lib/site/trend.ts';

const entry = (index: number): TrendEntry => ({
  run: `r${index}`,
  uid: `u${index}`,
  time: new Date(index * 1_000).toISOString(),
  word: 'Passed',
  tone: 'Good',
  mode: 'Cold',
  counts: true,
  verdict: 'Passed',
});

describe('a trend', () => {
  it('keeps the last thirty by their end, in whatever order and however often they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 200 }), (indexes) => {
        const trend = indexes.reduce<readonly TrendEntry[]>((all, index) => withEntry(all, entry(index)), []);
        const expected = [...new Set(indexes)].sort((a, b) => a - b).slice(-TREND_LENGTH);
        expect(trend.map(({ uid }) => uid)).to.deep.equal(expected.map((index) => `u${index}`));
      }),
    );
  });

  it('is the same list where nothing changed', () => {
    const trend = withEntry([], entry(1));
    expect(withEntry(trend, entry(1))).to.equal(trend);
  });

  it('the newest with a verdict that counts speaks', () => {
    const { verdict: _, ...silent } = entry(4);
    const trend = [entry(1), entry(2), { ...entry(3), counts: false }, silent];
    expect(speakingRun(trend)?.uid).to.equal('u2');
  });
});

describe('a manifest', () => {
  it('names only what can be a file of ours', () => {
    for (const path of [runPath('notes-1'), recipePath('a.b_c'), badgePath('notes'), 'runs/x/log-0a.txt'])
      expect(isSitePath(path), path).to.equal(true);
    for (const path of [
      ...['../x.html', '/etc/passwd', 'runs/../x.html', 'runs/x/../../y.txt', 'runs/.x.html', 'runs//x.html', 'x.html'],
      ...['runs/x.js', 'runs/x/y.html', 'runs/x/y.svg', 'runs/x/y/z.txt', 'recipes/x.html\n', '', '.', 'index.html/x'],
    ])
      expect(isSitePath(path), path).to.equal(false);
  });

  it('that is none is none, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(parseManifest(text)).to.equal(undefined);
      }),
    );
  });

  it('with entries that are none loses them alone', () => {
    const files = { 'index.html': { digest: 'd' }, 'feed.xml': 3, '../x': { digest: 'd' } };
    const trends = { notes: [entry(1), { run: 5 }, null], shop: 'x' };
    const text = JSON.stringify({ format: 1, instance: 'i', files, trends });
    const found = parseManifest(text);
    expect(Object.keys(found?.files ?? {})).to.deep.equal(['index.html']);
    expect(found?.trends).to.deep.equal({ notes: [entry(1)], shop: [] });
  });
});
