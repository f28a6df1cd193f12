import { expect } from 'chai';
import type { SsoProvider } from '../../lib/sso/provider.ts';
import { claimOf, ssoContract } from '../contract/sso/sso-contract.ts';
import { ssoFaultContract } from '../contract/sso/sso-fault-contract.ts';
import { SsoSubject } from '../contract/sso/sso-subject.ts';
import { codeOf } from '../rig/code-of.ts';
import { CURRENT } from './distribution.ts';
import { KeycloakServer } from './keycloak-server.ts';

const INSTANCE = 'instance-one';
const never = new AbortController().signal;

/** One start for all. What a gate does is tried on the double; here is what only a Keycloak can do. */
describe(`Keycloak ${CURRENT}`, function () {
  this.timeout(180_000);
  let server: KeycloakServer;

  before(async () => {
    server = await KeycloakServer.spawn(CURRENT);
  });
  after(async () => {
    await server?.process.kill();
  });

  it('is not ready while it starts, and then it is', async () => {
    expect(await server.ready()).to.be.greaterThan(0);
  });

  ssoContract('Keycloak', async () => server);
  ssoFaultContract('Keycloak', async () => server, []);

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

    it('an admin who may not create realms: Misconfigured', async () => {
      const admin = await server.admin();
      const user = {
        username: 'helper',
        enabled: true,
        email: 'helper@example.org',
        firstName: 'A',
        lastName: 'Helper',
      };
      const credentials = [{ type: 'password', value: 'p4ss word$"&%é', temporary: false }];
      const { id } = await admin.users.create({ ...user, credentials });
      const site = { ...subject.site, adminUser: user.username };
      expect(await codeOf(provider.create(site, claimOf(), never))).to.equal('Misconfigured');
      await (await server.admin()).users.del({ id });
    });

    it('twelve runs at once get twelve realms, and leave none', async () => {
      const { site } = subject;
      const claims = Array.from({ length: 12 }, () => claimOf());
      const made = await Promise.all(claims.map((claim) => provider.create(site, claim, never)));
      await Promise.all(made.map((credentials) => provider.verify(site, credentials, never)));
      expect(await provider.list(site, never)).to.have.length(12);
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
