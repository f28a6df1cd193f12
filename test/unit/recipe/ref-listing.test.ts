import { expect } from 'chai';
import {
  defaultBranchOf,
  isUpToDate,
  type ListedRef,
  type RefListing,
  sourceRefsOf,
} from '../../../lib/recipe/ref-listing.ts';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];

function listing(objects: Record<string, string>, head?: string): RefListing {
  const refs = Object.entries(objects).map(([name, object]): [string, ListedRef] => [
    name,
    { object, annotated: false, commit: object },
  ]);
  return { refs: new Map(refs), head };
}

function said(objects: Record<string, string>, head?: string): string {
  const lines = Object.entries(objects).map(([name, object]) => `${object}\t${name}\n`);
  return [...(head === undefined ? [] : [`ref: ${head}\tHEAD\n`]), `${A}\tHEAD\n`, ...lines].join('');
}

const MAIN = { 'refs/heads/main': A };

describe('refs of a mirror beside those of its source', () => {
  const here = listing({ ...MAIN, 'refs/tags/1.0.0+1': B }, 'refs/heads/main');
  for (const [what, output, expected] of [
    ['the same', said({ ...MAIN, 'refs/tags/1.0.0+1': B }, 'refs/heads/main'), true],
    ['the same, and no default branch named', said({ ...MAIN, 'refs/tags/1.0.0+1': B }), true],
    ['what a tag comes to', said({ ...MAIN, 'refs/tags/1.0.0+1': B, 'refs/tags/1.0.0+1^{}': A }), true],
    ['a ref that is not mirrored', said({ ...MAIN, 'refs/tags/1.0.0+1': B, 'refs/pull/1/merge': A }), true],
    ['a branch that moved', said({ 'refs/heads/main': B, 'refs/tags/1.0.0+1': B }), false],
    ['a new pull request', said({ ...MAIN, 'refs/tags/1.0.0+1': B, 'refs/pull/1/head': A }), false],
    ['a tag that is gone', said(MAIN), false],
    ['a tag in the place of another', said({ ...MAIN, 'refs/tags/1.0.0+2': B }), false],
    ['another default branch', said({ ...MAIN, 'refs/tags/1.0.0+1': B }, 'refs/heads/next'), false],
    ['nothing', '', false],
  ] as const)
    it(`${expected ? 'need no' : 'need a'} fetch for ${what}`, () => {
      expect(isUpToDate(here, sourceRefsOf(output))).to.equal(expected);
    });

  it('need a fetch where the default branch here is not that of the source', () => {
    expect(isUpToDate(listing({ ...MAIN, 'refs/heads/old': B }, 'refs/heads/old'), sourceRefsOf(said(MAIN)))).to.equal(
      false,
    );
  });
});

describe('the default branch of a mirror', () => {
  for (const [names, named, expected] of [
    [['refs/heads/a', 'refs/heads/main'], 'refs/heads/a', 'refs/heads/a'],
    [['refs/heads/master', 'refs/heads/main'], undefined, 'refs/heads/main'],
    [['refs/heads/a', 'refs/heads/master'], undefined, 'refs/heads/master'],
    [['refs/heads/a', 'refs/tags/b'], undefined, 'refs/heads/a'],
    [['refs/heads/a', 'refs/heads/b'], undefined, 'refs/heads/main'],
    [[], undefined, 'refs/heads/main'],
  ] as const)
    it(`of ${names.join(', ') || 'nothing'} with ${named ?? 'none'} named is ${expected}`, () => {
      const { refs } = listing(Object.fromEntries(names.map((name) => [name, A])));
      expect(defaultBranchOf(refs, named)).to.equal(expected);
    });
});
