import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { SsoProvider } from '../../lib/sso/provider.ts';
import { claimOf, ssoContract } from '../contract/sso/sso-contract.ts';
import { ADMIN, SsoSubject } from '../contract/sso/sso-subject.ts';
import { codeOf } from '../rig/code-of.ts';
import { CURRENT } from './distribution.ts';
import { KeycloakServer } from './keycloak-server.ts';

const INSTANCE = 'instance-one';
const never = new AbortController().signal;

/** One start for all. Faults on the way are tried on the double, and here at night; what only a Keycloak can do, here. */
describe(`Keycloak ${CURRENT}`, function () {
  this.timeout(360_000);
  let server: KeycloakServer;
  let looks: number;

  before(async () => {
    server = await KeycloakServer.spawn(CURRENT);
    looks = await server.ready();
  });
  after(async () => {
    await server?.process.kill();
  });

  it('was not ready while it started', () => {
    expect(looks).to.be.greaterThan(0);
  });

  ssoContract('Keycloak', async () => server);

  describe('by itself', () => {
    let subject: SsoSubject;
    let provider: SsoProvider;

    before(async () => {
      subject = await SsoSubject.open(server);
      provider = server.adapter(INSTANCE);
    });
    after(async () => {
      await subject?.close();
    });

    it('a token that expires in the middle of a create is renewed once', async () => {
      const { gate, site } = subject;
      const admin = await server.admin();
      await admin.realms.update({ realm: 'master' }, { accessTokenLifespan: 1 });
      void gate.fail({ conduct: { lateMs: 2_500 }, on: server.calls.look, times: 1 });
      const claim = claimOf();
      const credentials = await provider.create(site, claim, never);
      expect(gate.seen.filter((line) => server.calls.signIn.test(line))).to.have.length(2);
      await (await server.admin()).realms.update({ realm: 'master' }, { accessTokenLifespan: 60 });
      await provider.verify(site, credentials, never);
      expect(await provider.remove(site, claim, never)).to.equal('Removed');
    });

    it('a wrong password of the admin: Misconfigured', async () => {
      const { adminPasswordFile } = subject.site;
      await writeFile(adminPasswordFile, 'wrong');
      expect(await codeOf(provider.list(subject.site, never))).to.equal('Misconfigured');
      await writeFile(adminPasswordFile, ADMIN.password);
      expect(await provider.list(subject.site, never)).to.deep.equal([]);
    });

    it('an admin who may not create realms: Misconfigured', async () => {
      const admin = await server.admin();
      const user = {
        username: 'helper',
        enabled: true,
        email: 'helper@example.org',
        firstName: 'A',
        lastName: 'Helper',
      };
      const credentials = [{ type: 'password', value: ADMIN.password, temporary: false }];
      const { id } = await admin.users.create({ ...user, credentials });
      const site = { ...subject.site, adminUser: user.username };
      expect(await codeOf(provider.create(site, claimOf(), never))).to.equal('Misconfigured');
      await (await server.admin()).users.del({ id });
    });

    it('six runs at once get six realms, and leave none', async () => {
      const { site } = subject;
      const claims = Array.from({ length: 6 }, () => claimOf());
      const made = await Promise.all(claims.map((claim) => provider.create(site, claim, never)));
      await Promise.all(made.map((credentials) => provider.verify(site, credentials, never)));
      expect(await provider.list(site, never)).to.have.length(6);
      await Promise.all(claims.map((claim) => provider.remove(site, claim, never)));
      expect(await server.realms()).to.deep.equal(['master']);
    });

    it('one that stands still, and one that was killed: Unreachable, and not ready', async () => {
      const hasty = server.adapter(INSTANCE, 500);
      server.process.signal('SIGSTOP');
      expect(await codeOf(hasty.create(subject.site, claimOf(), never))).to.equal('Unreachable');
      expect(await hasty.isReady(subject.site, never)).to.equal(false);
      server.process.signal('SIGCONT');
      await server.ready();
      await server.process.kill();
      expect(await codeOf(provider.list({ ...subject.site, url: `http://127.0.0.1:${server.port}` }, never))).to.equal(
        'Unreachable',
      );
    });
  });
});
