import { expect } from 'chai';
import type { SourcedFile } from '../../../lib/store/object-facts.ts';
import { isStillAtRest, restOf } from '../../../lib/store/round-rest.ts';
import type { SourcesSeen } from '../../../lib/store/spec-sources.ts';
import type { StoredObject } from '../../../lib/store/store.ts';

const file = { path: '/specs/a.yaml' } as SourcedFile;
const seen = (over: Partial<SourcesSeen> = {}): SourcesSeen => ({
  ...{ files: [file], unsettled: new Map(), dangling: [], unread: [], failures: {} },
  ...over,
});
const remembered: readonly StoredObject[] = [];

describe('listings at rest', () => {
  const rest = restOf(seen(), remembered);

  it('one that saw the same needs no judgement', () => {
    expect(isStillAtRest(rest, { seen: seen(), remembered })).to.equal(true);
    expect(isStillAtRest(rest, { seen: seen({ files: [] }), remembered })).to.equal(false);
    expect(isStillAtRest(rest, { seen: seen(), remembered: [] })).to.equal(false);
    expect(isStillAtRest(undefined, { seen: seen(), remembered })).to.equal(false);
  });

  for (const [what, over] of [
    ['something bears the name of a spec file and is none', { unread: [{ path: '/specs/b.yaml', message: 'no' }] }],
    [
      'a file cannot be read',
      { unsettled: new Map([['/specs/b.yaml', { source: 'Specs', message: 'no', state: 'Lasting' }]]) },
    ],
    ['a link names nothing', { dangling: ['/specs/b'] }],
    ['a directory cannot be listed', { failures: { Specs: { reason: 'DirectoryMissing', message: 'no' } } }],
  ] as [string, Partial<SourcesSeen>][])
    it(`there is no rest while ${what}`, () => {
      expect(restOf(seen(over), remembered)).to.equal(undefined);
      expect(isStillAtRest(rest, { seen: seen(over), remembered })).to.equal(false);
    });
});
