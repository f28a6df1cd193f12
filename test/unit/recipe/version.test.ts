import { expect } from 'chai';
import fc from 'fast-check';
import {
  compareVersions,
  listVersions,
  parseVersion,
  type RawTag,
  sameVersion,
  versionTagsOf,
} from '../../../lib/recipe/version.ts';

const COMMIT = 'a'.repeat(40);

function version(text: string): NonNullable<ReturnType<typeof parseVersion>> {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(`no version: ${text}`);
  return parsed;
}

function annotated(tag: string): RawTag {
  return { tag, annotated: true, commit: COMMIT };
}

const part = fc.nat({ max: 30 });
const upstreams = fc.constantFrom(
  '',
  '1.0.9',
  '1.0.10',
  'v9',
  'v10',
  '1.0.9-social',
  '27.0.1-fpm',
  '1',
  '01',
  '1.2.3_rc',
);
const versions = fc
  .tuple(part, part, part, upstreams)
  .map(([a, b, c, up]) => `${a}.${b}.${c}${up === '' ? '' : `+${up}`}`);

describe('recipe versions', () => {
  for (const [text, recipe, upstream] of [
    ['2.0.1+1.0.6-social-amd64', '2.0.1', '1.0.6-social-amd64'],
    ['5.0.3+27.0.1-fpm', '5.0.3', '27.0.1-fpm'],
    ['1.0.0+v1.6.870-0', '1.0.0', 'v1.6.870-0'],
    ['1.1.0+1.15', '1.1.0', '1.15'],
    ['1.0.0+1.2.3_rc', '1.0.0', '1.2.3_rc'],
    ['v1.0.3', '1.0.3', ''],
    ['v2.4.8-d7d63b0d', '2.4.8-d7d63b0d', ''],
    ['1.0.0-rc.1+4.0', '1.0.0-rc.1', '4.0'],
  ] as const) {
    it(`reads ${text}`, () => expect(parseVersion(text)).to.deep.equal({ recipe, upstream }));
  }

  for (const text of [
    '',
    'latest',
    '1.15',
    '1.14.1-rootless_1',
    'hardcover-v0.4.21.37',
    '+1.2.3',
    '1.2.3+',
    '1.2.3+a b',
    '01.2.3',
    ' 1.2.3',
    '=1.2.3',
    '1.2.3.4+1',
  ]) {
    it(`does not read "${text}"`, () => expect(parseVersion(text)).to.equal(undefined));
  }

  for (const [lower, higher, why] of [
    ['2.0.0+9', '10.0.0+1', 'numbers, not text'],
    ['1.0.0+1.0.9-social', '1.0.0+1.0.10-social', 'numbers in the upstream part'],
    ['1.0.0+v9', '1.0.0+v10', 'numbers behind letters'],
    ['1.0.0', '1.0.0+1', 'an upstream part is more than none'],
    ['1.14.1-rootless', '1.14.1', 'a pre-release is below its release'],
    ['1.0.0+99', '1.0.1+1', 'the recipe part counts first'],
  ] as const) {
    it(`orders ${lower} below ${higher}: ${why}`, () => {
      expect(compareVersions(version(lower), version(higher))).to.be.lessThan(0);
      expect(compareVersions(version(higher), version(lower))).to.be.greaterThan(0);
    });
  }

  it('is a total order', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        const [x, y, z] = [version(a), version(b), version(c)];
        expect(Math.sign(compareVersions(x, y))).to.equal(0 - Math.sign(compareVersions(y, x)));
        expect(compareVersions(x, y) === 0).to.equal(x.recipe === y.recipe && x.upstream === y.upstream);
        if (compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0) expect(compareVersions(x, z)).to.be.at.most(0);
      }),
    );
  });

  for (const [a, b, same] of [
    ['v1.0.3', '1.0.3+1.0.3', true],
    ['1.0.3+1.0.3', '1.0.3+1.0.3', true],
    ['1.0.3+1.0.2', '1.0.3+1.0.3', false],
    ['1.0.4', '1.0.3+1.0.3', false],
    ['latest', 'latest', true],
    ['latest', '1.0.0', false],
  ] as const) {
    it(`${a} and the label ${b} are ${same ? 'one version' : 'different'}`, () => {
      expect(sameVersion(a, b)).to.equal(same);
      expect(sameVersion(b, a)).to.equal(same);
    });
  }
});

describe('version listing', () => {
  it('T07 leaves out lightweight tags, with the reason', () => {
    const listing = listVersions([annotated('1.0.0+1'), { tag: '1.1.0+1', annotated: false, commit: COMMIT }]);
    expect(listing.versions.map(({ tag }) => tag)).to.deep.equal(['1.0.0+1']);
    expect(listing.ignored).to.deep.equal([{ tag: '1.1.0+1', reason: 'Lightweight' }]);
  });

  it('lists newest first and names what it cannot read', () => {
    const listing = listVersions(['2.0.0+1', 'nightly', '10.0.0+1', '9.1.0+1'].map(annotated));
    expect(listing.versions.map(({ tag }) => tag)).to.deep.equal(['10.0.0+1', '9.1.0+1', '2.0.0+1']);
    expect(listing.ignored).to.deep.equal([{ tag: 'nightly', reason: 'Unparsable' }]);
  });

  it('counts one of several tags with an equal recipe part, whatever the order they come in', () => {
    const tags = ['1.0.0+1.9', '1.0.0+1.10', 'v1.0.0'].map(annotated);
    for (const order of [tags, tags.toReversed()]) {
      const { versions: listed, ignored } = listVersions(order);
      expect(listed.map(({ tag }) => tag)).to.deep.equal(['1.0.0+1.10']);
      expect(ignored).to.deep.equal([
        { tag: '1.0.0+1.9', reason: 'DuplicateLeftPart' },
        { tag: 'v1.0.0', reason: 'DuplicateLeftPart' },
      ]);
    }
    expect(versionTagsOf(tags)).to.have.lengthOf(3);
  });

  it('does not take a tag of something that is no commit', () => {
    expect(listVersions([{ tag: '1.0.0+1', annotated: true }]).versions).to.deep.equal([]);
  });
});
