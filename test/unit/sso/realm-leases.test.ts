import { expect } from 'chai';
import { RealmLeases } from '../../../lib/sso/realm-leases.ts';

const of = (run: string) => ({ run, service: 'keycloak', realm: `${run}-0a1b2c` });
const shown = (run: string) => ({ run, realm: `${run}-0a1b2c` });

describe('RealmLeases', () => {
  let told: string[];
  let leases: RealmLeases;

  beforeEach(() => {
    told = [];
    leases = new RealmLeases((service) => void told.push(service));
  });

  it('gives those of a service, by run', () => {
    leases.note('uid-b', [of('b'), { ...of('b'), service: 'other' }]);
    leases.note('uid-a', [of('a')]);
    expect(leases.of('keycloak')).to.deep.equal([shown('a'), shown('b')]);
    expect(leases.of('other')).to.deep.equal([shown('b')]);
    expect(leases.of('none')).to.deep.equal([]);
  });

  it('WC1b tells of each service that is used now, or no more, and of none where nothing is new', () => {
    const rows: [string, () => unknown, string[]][] = [
      ['nothing', () => leases.note('uid-a', []), []],
      ['taken', () => leases.take('uid-a', of('a')), ['keycloak']],
      ['journaled', () => leases.note('uid-a', [of('a')]), []],
      ['taken by another', () => leases.take('uid-b', of('b')), ['keycloak']],
      ['moved', () => leases.note('uid-a', [{ ...of('a'), service: 'other' }]), ['keycloak', 'other']],
      ['given back', () => leases.note('uid-a', []), ['other']],
      ['given back again', () => leases.note('uid-a', []), []],
    ];
    for (const [what, act, wanted] of rows) {
      told = [];
      act();
      expect(told, what).to.deep.equal(wanted);
    }
    expect(leases.of('other')).to.deep.equal([]);
  });

  it('gives none in a service that is being changed; what was taken and not journaled goes with the next note', () => {
    leases.noteChanging('keycloak', 'Changing');
    expect(leases.take('uid-a', of('a'))).to.equal(false);
    expect(leases.of('keycloak')).to.deep.equal([]);
    expect(told).to.deep.equal([]);
    leases.noteChanging('keycloak', 'AtRest');
    expect(leases.take('uid-a', of('a'))).to.equal(true);
    expect(leases.of('keycloak')).to.deep.equal([shown('a')]);
    leases.note('uid-a', []);
    expect(told).to.deep.equal(['keycloak', 'keycloak']);
    expect(leases.of('keycloak')).to.deep.equal([]);
  });
});
