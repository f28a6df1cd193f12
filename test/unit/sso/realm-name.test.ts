import { expect } from 'chai';
import fc from 'fast-check';
import { attemptHex, runDomain } from '../../../lib/app/domain.ts';
import { hasCode } from '../../../lib/errors.ts';
import { checkedRealm, isNamedAfter, isRealmName, realmName } from '../../../lib/sso/realm-name.ts';
import { hostileName } from '../../builders/hostile-names.ts';

const uid = '0c8e1a3e-9a55-4d63-9f0c-0d7f3a1f2b11';

describe('realmName', () => {
  it('is the recipe and the hex of the domain', () => {
    const hex = attemptHex(uid, 2);
    expect(realmName('notes', uid, 2)).to.equal(`notes-${hex}`);
    expect(runDomain('notes', uid, 2, 'ci.example.org')).to.equal(`note-${hex}.ci.example.org`);
  });

  const rows = [
    ['Matrix_Synapse', 'matrix-synapse'],
    ['../../master', 'master'],
    ['a'.repeat(300), 'a'.repeat(40)],
    [`${'a'.repeat(39)}-b`, 'a'.repeat(39)],
    ['', 'run'],
    ['%2e%2e', '2e-2e'],
    ['ünï', 'n'],
    ['--', 'run'],
  ] as const;
  for (const [recipe, stem] of rows) {
    it(`T82 ${JSON.stringify(recipe.slice(0, 20))} becomes ${stem.slice(0, 20)}`, () => {
      expect(realmName(recipe, uid, 1)).to.equal(`${stem}-${attemptHex(uid, 1)}`);
    });
  }

  it('I17 is that of one attempt, whatever the recipe, and of no other', () => {
    const realm = realmName('notes', uid, 2);
    expect(isNamedAfter({ realm, run: uid, attempt: 2 })).to.equal(true);
    expect(isNamedAfter({ realm: realm.replace('notes', 'shop'), run: uid, attempt: 2 })).to.equal(true);
    expect(isNamedAfter({ realm, run: uid, attempt: 1 })).to.equal(false);
    expect(isNamedAfter({ realm, run: 'another', attempt: 2 })).to.equal(false);
    expect(isNamedAfter({ realm: `../${realm}`, run: uid, attempt: 2 })).to.equal(false);
  });

  it('T82 is a name of ours, and means itself in a URL, whatever the recipe is called', () => {
    fc.assert(
      fc.property(hostileName, fc.uuid(), fc.integer({ min: 1 }), (recipe, run, attempt) => {
        const name = realmName(recipe, run, attempt);
        expect(checkedRealm(name)).to.equal(name);
        expect(new URL(`http://h/admin/realms/${name}`).pathname).to.equal(`/admin/realms/${name}`);
        expect(realmName(recipe, run, attempt)).to.equal(name);
      }),
    );
  });
});

describe('checkedRealm', () => {
  for (const name of ['master', 'notes', 'notes-0a1b2', 'notes-0A1B2C', '-0a1b2c', 'notes-0a1b2c\n', 'a b-0a1b2c']) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(isRealmName(name)).to.equal(false);
      expect(() => checkedRealm(name))
        .to.throw()
        .satisfies((error: unknown) => hasCode(error, 'Refused'));
    });
  }

  it('T82 takes nothing that a URL would have to escape', () => {
    const near = fc.tuple(hostileName, fc.stringMatching(/^[0-9a-f]{6}$/)).map(([stem, hex]) => `${stem}-${hex}`);
    fc.assert(
      fc.property(fc.oneof(hostileName, near), (text) => {
        if (isRealmName(text)) expect(encodeURIComponent(text)).to.equal(text);
      }),
    );
  });
});
