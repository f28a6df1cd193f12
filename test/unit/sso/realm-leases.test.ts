import { expect } from 'chai';
import { RealmLeases } from '../../../lib/sso/realm-leases.ts';

const of = (run: string) => ({ run, service: 'keycloak', realm: `${run}-0a1b2c` });
const shown = (run: string) => ({ run, realm: `${run}-0a1b2c` });

describe('RealmLeases', () => {
  it('gives those of a service, by run', () => {
    const leases = new RealmLeases();
    leases.note('uid-b', [of('b'), { ...of('b'), service: 'other' }]);
    leases.note('uid-a', [of('a')]);
    expect(leases.of('keycloak')).to.deep.equal([shown('a'), shown('b')]);
    expect(leases.of('other')).to.deep.equal([shown('b')]);
    expect(leases.of('none')).to.deep.equal([]);
  });

  it('names the services of which somebody may think otherwise, and none where nothing is new', () => {
    const leases = new RealmLeases();
    expect(leases.note('uid-a', [])).to.deep.equal([]);
    expect(leases.note('uid-a', [of('a')])).to.deep.equal(['keycloak']);
    expect(leases.note('uid-a', [of('a')])).to.deep.equal([]);
    expect(leases.note('uid-a', [{ ...of('a'), service: 'other' }])).to.deep.equal(['keycloak', 'other']);
    expect(leases.note('uid-a', [])).to.deep.equal(['other']);
    expect(leases.of('other')).to.deep.equal([]);
  });

  it('gives none in a service that is being changed; what was taken and not journaled goes with the next note', () => {
    const leases = new RealmLeases();
    leases.noteChanging('keycloak', 'Changing');
    expect(leases.take('uid-a', of('a'))).to.equal(false);
    expect(leases.of('keycloak')).to.deep.equal([]);
    leases.noteChanging('keycloak', 'AtRest');
    expect(leases.take('uid-a', of('a'))).to.equal(true);
    expect(leases.of('keycloak')).to.deep.equal([shown('a')]);
    expect(leases.note('uid-a', [])).to.deep.equal(['keycloak']);
    expect(leases.of('keycloak')).to.deep.equal([]);
  });
});
