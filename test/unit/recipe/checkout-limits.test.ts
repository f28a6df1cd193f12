import { expect } from 'chai';
import { assertCheckoutSize, CHECKOUT_LIMITS, treeFilesOf } from '../../../lib/recipe/checkout.ts';

const COMMIT = 'a'.repeat(40);
const files = (count: number, bytes = 1) => Array.from({ length: count }, (_, at) => ({ path: `f${at}`, bytes }));

describe('the size of a checkout', () => {
  it('of any recipe will do', () => {
    assertCheckoutSize(COMMIT, files(500, 100_000));
  });

  for (const [what, tree] of [
    ['too many files', files(CHECKOUT_LIMITS.files + 1)],
    ['too many bytes', files(2, CHECKOUT_LIMITS.bytes / 2 + 1)],
    ['a path too long', [{ path: 'd/'.repeat(600), bytes: 1 }]],
  ] as const) {
    it(`T83 refuses ${what}`, () => {
      expect(() => assertCheckoutSize(COMMIT, tree))
        .to.throw()
        .with.property('code', 'InvalidInput');
    });
  }

  it('is read from what git lists, links, submodules and odd names included', () => {
    const object = 'b'.repeat(40);
    const listing = [
      `100644 blob ${object}      12\tcompose.yml`,
      `120000 blob ${object}       4\tlink`,
      `160000 commit ${object}       -\tmodule`,
      `100755 blob ${object} 1234567\todd\n\tname`,
      '',
    ].join('\0');
    expect(treeFilesOf(listing)).to.deep.equal([
      { path: 'compose.yml', bytes: 12 },
      { path: 'link', bytes: 4 },
      { path: 'module', bytes: 0 },
      { path: 'odd\n\tname', bytes: 1234567 },
    ]);
  });
});
