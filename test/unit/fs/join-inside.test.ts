import { join, relative } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { hasCode } from '../../../lib/errors.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { hostileName } from '../../builders/hostile-names.ts';

const BASE = '/state/apps/x';

describe('joinInside', () => {
  it('joins names', () => {
    expect(joinInside(BASE, 'secrets', 'db_password')).to.equal('/state/apps/x/secrets/db_password');
    expect(joinInside(BASE)).to.equal(BASE);
  });

  for (const name of ['', '.', '..', 'a/b', '/etc', '../x', 'a\0b', 'x'.repeat(256), 'ü'.repeat(128)]) {
    it(`T82 refuses ${JSON.stringify(name.slice(0, 20))} of ${Buffer.byteLength(name)} bytes`, () => {
      expect(() => joinInside(BASE, name))
        .to.throw()
        .with.property('code', 'InvalidInput');
    });
  }

  it('T82 never leaves its base, and never lands on it, whatever the names are', () => {
    fc.assert(
      fc.property(fc.array(hostileName, { minLength: 1, maxLength: 4 }), (names) => {
        let path: string;
        try {
          path = joinInside(BASE, ...names);
        } catch (error) {
          expect(hasCode(error, 'InvalidInput')).to.equal(true);
          return;
        }
        expect(relative(BASE, path).split('/')).to.deep.equal(names);
        expect(path).to.equal(join(path));
      }),
    );
  });
});
