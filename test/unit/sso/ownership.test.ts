import { expect } from 'chai';
import fc from 'fast-check';
import { isSameRealm, marksOf, ownerBy } from '../../../lib/sso/ownership.ts';

const own = { realm: 'notes-0a1b2c', run: '0c8e1a3e-9a55-4d63-9f0c-0d7f3a1f2b11', attempt: 3 };
const marks = marksOf(own, 'one');

describe('ownerBy', () => {
  it('finds what marksOf marked, for its instance and no other', () => {
    const realms = fc.record({ realm: fc.string(), run: fc.uuid(), attempt: fc.integer({ min: 1, max: 999_999_999 }) });
    fc.assert(
      fc.property(realms, fc.uuid(), fc.string(), (realm, instance, other) => {
        expect(ownerBy(marksOf(realm, instance), realm.realm, instance)).to.deep.equal(realm);
        if (other !== instance) expect(ownerBy(marksOf(realm, instance), realm.realm, other)).to.equal(undefined);
      }),
    );
  });

  const rows: [string, unknown][] = [
    ['no attributes', undefined],
    ['a list', [marks]],
    ['none of ours', { displayName: 'Notes' }],
    ['a list where a text is wanted', { ...marks, 'cc-ci.run': [own.run] }],
    ['an empty run', { ...marks, 'cc-ci.run': '' }],
    ['no attempt', { 'cc-ci.instance': 'one', 'cc-ci.run': own.run }],
    ...['0', '-1', '1.5', '1e3', ' 1', '٣', '12345678901', 'NaN', ''].map((attempt): [string, unknown] => [
      `attempt ${JSON.stringify(attempt)}`,
      { ...marks, 'cc-ci.attempt': attempt },
    ]),
  ];
  for (const [why, attributes] of rows) {
    it(`I17 concludes nothing from ${why}`, () => {
      expect(ownerBy(attributes, own.realm, 'one')).to.equal(undefined);
    });
  }

  it('I17 whatever the attributes are, it never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (attributes) => {
        ownerBy(attributes, own.realm, 'one');
      }),
    );
  });
});

describe('isSameRealm', () => {
  it('asks for name, run and attempt', () => {
    expect(isSameRealm(own, { ...own })).to.equal(true);
    for (const other of [{ realm: 'notes-ffffff' }, { run: 'another' }, { attempt: 4 }])
      expect(isSameRealm(own, { ...own, ...other }), JSON.stringify(other)).to.equal(false);
  });
});
