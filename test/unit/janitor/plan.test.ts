import { expect } from 'chai';
import fc from 'fast-check';
import { type CleanSeen, fullDisks, planClean, sinceSeen } from '../../../lib/janitor/plan.ts';
import { cleanSeen, DAY_MS, GIB, seenArtifacts, seenImage, seenMirror } from '../../builders/clean-seen.ts';

const day = (days: number) => days * DAY_MS;
/** `type id`, and after how many days. */
const texts = (seen: Partial<CleanSeen>): string[] =>
  planClean(cleanSeen(seen)).map(
    ({ type, id, afterMs }) => `${type} ${id}${afterMs === undefined ? '' : ` in ${afterMs / DAY_MS}d`}`,
  );
const full = { usedPercent: 90, totalBytes: 100 * GIB };
const since = (days: Record<string, number>) =>
  Object.fromEntries(Object.entries(days).map(([key, value]) => [key, day(value)]));

describe('the plan of a clean', () => {
  const rows: [string, Partial<CleanSeen>, string[]][] = [
    ['nothing is seen', {}, []],
    [
      'nothing could be looked at',
      { orphans: undefined, artifacts: undefined, mirrors: undefined, images: undefined },
      [],
    ],
    ['an app of an attempt that is over', { orphans: [{ domain: 'a.test', owner: 'Run/x' }] }, ['App a.test']],
    ['as many artifacts as are kept', { keepArtifacts: 1, artifacts: [seenArtifacts('a', 1)] }, []],
    [
      'more: the older ones go',
      { keepArtifacts: 1, artifacts: [seenArtifacts('a', 1), seenArtifacts('c', 3), seenArtifacts('b', 2)] },
      ['Artifacts uid-b', 'Artifacts uid-a'],
    ],
    ['a mirror that was never seen without a name before', { mirrors: [seenMirror('m')] }, ['Mirror m in 1d']],
    ['for half a day', { mirrors: [seenMirror('m')], since: since({ 'Mirror/m': 9.5 }) }, ['Mirror m in 0.5d']],
    ['for a day', { mirrors: [seenMirror('m')], since: since({ 'Mirror/m': 9 }) }, ['Mirror m']],
    ['one that is named', { mirrors: [seenMirror('m', { named: true })], since: since({ 'Mirror/m': 1 }) }, []],
    ['I6 one that keeps a commit', { mirrors: [seenMirror('m', { keeps: 1 })], since: since({ 'Mirror/m': 1 }) }, []],
    ['one of many packs', { mirrors: [seenMirror('m', { named: true, packs: 20 })] }, ['Packs m']],
    ['one of a few', { mirrors: [seenMirror('m', { named: true, packs: 19, looseObjects: 1_999 })] }, []],
    ['one of many loose objects', { mirrors: [seenMirror('m', { keeps: 1, looseObjects: 2_000 })] }, ['Packs m']],
    ['images, and their disk has room', { images: [seenImage('i')], imageDisk: { ...full, usedPercent: 80 } }, []],
    ['images, and nobody knows of their disk', { images: [seenImage('i')] }, []],
    ['WC8 images, and their disk is too full', { images: [seenImage('i')], imageDisk: full }, ['Image i in 1d']],
    [
      'WC8 of those that are unused for a day as many as it takes, the longest unused first',
      {
        images: ['i', 'j', 'k'].map((id) => seenImage(id, { bytes: 6 * GIB })),
        imageDisk: full,
        since: since({ 'Image/i': 8, 'Image/j': 7, 'Image/k': 6 }),
      },
      ['Image k', 'Image j'],
    ],
    [
      'one that is not a day old frees nothing now: the others are counted on',
      {
        images: [seenImage('i', { bytes: 50 * GIB }), seenImage('j', { bytes: GIB })],
        imageDisk: full,
        since: since({ 'Image/i': 9.5, 'Image/j': 9 }),
      },
      ['Image j', 'Image i in 0.5d'],
    ],
    [
      'asked for: all that are unused for a day, whatever room there is',
      { occasion: 'Asked', images: [seenImage('i'), seenImage('j')], since: since({ 'Image/i': 1, 'Image/j': 2 }) },
      ['Image i', 'Image j'],
    ],
    [
      'de-enrolled data goes by itself',
      { leaving: [{ id: 'Canonical/x', what: 'data of canonical/x', leftMs: day(2) }] },
      ['Data Canonical/x in 2d'],
    ],
    [
      'what goes now comes first, in the order of the types',
      {
        ...{ images: [seenImage('i')], imageDisk: full, since: since({ 'Image/i': 1 }), mirrors: [seenMirror('m')] },
        ...{ orphans: [{ domain: 'a.test', owner: 'Run/x' }], keepArtifacts: 0, artifacts: [seenArtifacts('a', 1)] },
      },
      ['App a.test', 'Artifacts uid-a', 'Image i', 'Mirror m in 1d'],
    ],
  ];
  for (const [title, seen, wanted] of rows)
    it(title, () => {
      expect(texts(seen)).to.deep.equal(wanted);
    });

  it('says of each why it goes', () => {
    const whole = cleanSeen({
      ...{ occasion: 'Asked', orphans: [{ domain: 'a.test', owner: 'Run/x' }], keepArtifacts: 0 },
      ...{
        artifacts: [seenArtifacts('a', 1)],
        mirrors: [seenMirror('m'), seenMirror('n', { named: true, packs: 30 })],
      },
      ...{ images: [seenImage('i')], leaving: [{ id: 'Canonical/x', what: 'data', leftMs: -1 }] },
    });
    const items = planClean(whole);
    expect(items.map(({ type }) => type).toSorted()).to.deep.equal([
      'App',
      'Artifacts',
      'Data',
      'Image',
      'Mirror',
      'Packs',
    ]);
    for (const { why, what } of items) expect(`${what}${why}`.length).to.be.greaterThan(20);
    expect(items.find(({ type }) => type === 'Data')?.afterMs).to.equal(0);
  });

  it('a round plans nothing that the same look would not plan for who asks', () => {
    const mirror = fc.record({ named: fc.boolean(), keeps: fc.nat(1), packs: fc.nat(40) });
    const looks = fc.record({
      images: fc.array(fc.nat(10), { maxLength: 5 }),
      mirrors: fc.array(mirror, { maxLength: 5 }),
      usedPercent: fc.nat(100),
      days: fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 10, maxLength: 10 }),
    });
    fc.assert(
      fc.property(looks, ({ images, mirrors, usedPercent, days }) => {
        const keys = [...images.map((_, at) => `Image/i${at}`), ...mirrors.map((_, at) => `Mirror/m${at}`)];
        const seen = cleanSeen({
          images: images.map((gib, at) => seenImage(`i${at}`, { bytes: gib * GIB })),
          mirrors: mirrors.map((one, at) => seenMirror(`m${at}`, one)),
          imageDisk: { usedPercent, totalBytes: 100 * GIB },
          since: Object.fromEntries(keys.map((key, at) => [key, day(days[at % 10] ?? 0)])),
        });
        const asked = planClean({ ...seen, occasion: 'Asked' });
        expect(asked).to.deep.include.members(planClean(seen));
        const kept = seen.mirrors?.filter(({ named, keeps }) => named || keeps > 0).map(({ name }) => name) ?? [];
        expect(asked.filter(({ type, id }) => type === 'Mirror' && kept.includes(id))).to.deep.equal([]);
        for (const { type, id, afterMs } of asked.filter(({ type: one }) => one === 'Image' || one === 'Mirror'))
          expect(afterMs === undefined).to.equal(seen.runningMs - (seen.since[`${type}/${id}`] ?? 0) >= DAY_MS);
      }),
    );
  });
});

describe('since when something is unused', () => {
  it('counts from the look that saw it first, in running time, and from anew once it was used', () => {
    const first = sinceSeen(cleanSeen({ runningMs: 5, images: [seenImage('i')], mirrors: [seenMirror('m')] }));
    expect(first).to.deep.equal({ 'Image/i': 5, 'Mirror/m': 5 });
    const second = sinceSeen(cleanSeen({ runningMs: 9, since: first, images: [seenImage('i'), seenImage('j')] }));
    expect(second).to.deep.equal({ 'Image/i': 5, 'Image/j': 9 });
  });

  it('stays as it was for what could not be looked at', () => {
    const before = { 'Image/i': 5, 'Mirror/m': 6 };
    expect(sinceSeen(cleanSeen({ since: before, images: undefined, mirrors: undefined }))).to.deep.equal(before);
    expect(sinceSeen(cleanSeen({ since: before, images: undefined }))).to.deep.equal({ 'Image/i': 5 });
  });

  it('is not counted for what is named or keeps a commit', () => {
    const mirrors = [seenMirror('m', { named: true }), seenMirror('n', { keeps: 1 })];
    expect(sinceSeen(cleanSeen({ mirrors }))).to.deep.equal({});
  });
});

describe('full disks', () => {
  it('are those above the mark', () => {
    expect(fullDisks(cleanSeen())).to.deep.equal([]);
    expect(fullDisks(cleanSeen({ stateDisk: { ...full, usedPercent: 80 } }))).to.deep.equal([]);
    expect(fullDisks(cleanSeen({ stateDisk: full, imageDisk: full }))).to.deep.equal([
      'the images',
      'the state directory',
    ]);
  });
});
