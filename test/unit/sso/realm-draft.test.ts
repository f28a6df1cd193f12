import { expect } from 'chai';
import { draftCredentials } from '../../../lib/sso/account.ts';
import { draftRealm } from '../../../lib/sso/keycloak/realm-draft.ts';

const claim = {
  realm: 'notes-0a1b2c',
  run: 'uid',
  attempt: 2,
  appUrl: 'https://note-0a1b2c.ci.example.org/base/?q=1#f',
};

function draft(url: string) {
  let secrets = 0;
  const nextSecret = (): string => {
    secrets += 1;
    return `secret-${secrets}`;
  };
  const credentials = draftCredentials(claim, { url, issuer: `${url}/realms/${claim.realm}` }, nextSecret);
  return { credentials, realm: draftRealm(claim, credentials, 'one') };
}

describe('draftRealm', () => {
  const { credentials, realm } = draft('https://sso.example.org');

  it('I17 carries its marks from the call on that creates it', () => {
    const marks = { 'cc-ci.instance': 'one', 'cc-ci.run': 'uid', 'cc-ci.attempt': '2' };
    expect(realm).to.deep.include({ realm: claim.realm, enabled: true, attributes: marks });
  });

  it('has one confidential client, which leads back to the app and nowhere else', () => {
    const place = 'https://note-0a1b2c.ci.example.org/base';
    expect(realm.clients).to.have.length(1);
    expect(realm.clients![0]).to.deep.include({
      clientId: credentials.clientId,
      secret: credentials.clientSecret,
      publicClient: false,
      standardFlowEnabled: true,
      directAccessGrantsEnabled: true,
      implicitFlowEnabled: false,
      serviceAccountsEnabled: false,
      redirectUris: [place, `${place}/*`],
      webOrigins: ['https://note-0a1b2c.ci.example.org'],
    });
  });

  it('has one user, who is asked for nothing before signing in', () => {
    expect(realm.users).to.have.length(1);
    const [user] = realm.users!;
    expect(user).to.include({ username: credentials.user, enabled: true, emailVerified: true });
    expect(user!.requiredActions).to.deep.equal([]);
    for (const field of ['email', 'firstName', 'lastName'] as const) expect(user![field], field).to.match(/.../);
    const { password } = credentials;
    expect(user!.credentials).to.deep.equal([{ type: 'password', value: password, temporary: false }]);
  });

  it('gives no two secrets that are the same', () => {
    expect(credentials.password).not.to.equal(credentials.clientSecret);
  });

  it('demands TLS of a provider that has it', () => {
    expect(realm.sslRequired).to.equal('external');
    expect(draft('http://127.0.0.1:8080').realm.sslRequired).to.equal('none');
  });
});
